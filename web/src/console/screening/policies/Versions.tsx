import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { namesOf, shortId } from "../../names";
import { useAction } from "../../parts/action";
import { Ago } from "../../parts/Ago";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { openSubject } from "../../route";
import type { PolicySet } from "../types";
import { Differences } from "./Differences";

const PAGE = 20;
type Props = { current: PolicySet; isEditable: boolean; onRestored: () => void };

/** What the policies were before: who changed what, and why; the way back. */
export function Versions({ current, isEditable, onRestored }: Props) {
  const { t } = useTranslation();
  const [from, setFrom] = useState<number | null>(null);
  const [wanted, setWanted] = useState<PolicySet | null>(null);
  const { value, error, reload } = useLoad(async (signal) => {
    const answer = await call<{ versions: PolicySet[]; next_batch?: number }>("GET", "/screening/policies/versions", { query: { from, limit: PAGE }, signal });
    return { ...answer, name: await namesOf(answer.versions.map((one) => one.changed_by), signal).catch(() => shortId) };
  }, [current.version, from]);
  const action = useAction("screening_policies_restore");
  const restore = async (): Promise<void> => {
    if (wanted === null) return;
    const body = { version: current.version, policies: wanted.policies ?? [], reason: t("screening.versions.reason", { version: wanted.version }) };
    if (!(await action.run(async () => void (await call("PUT", "/screening/policies", { body }))))) return;
    openSubject(null);
    onRestored();
  };
  if (value === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  if (value.versions.length === 0) return <Text fz="sm">{t("screening.versions.none")}</Text>;
  return (
    <Stack>
      {value.versions.map((one, index) => {
        const before = value.versions[index + 1];
        return (
          <Paper key={one.version} component="article" withBorder p="md" aria-label={t("screening.versions.one", { version: one.version })}>
            <Group justify="space-between">
              <Title order={3} fz="md">{t("screening.versions.one", { version: one.version })}</Title>
              {one.version === current.version && <Text fz="sm" c="dimmed">{t("screening.versions.inForce")}</Text>}
              {one.version !== current.version && isEditable && <Button variant="default" h={44} onClick={() => { action.clear(); setWanted(one); }}>{t("screening.versions.back")}</Button>}
            </Group>
            <Text fz="sm">{one.changed_by ? value.name(one.changed_by) : ""} · <Ago ts={one.changed_ts} />{one.reason ? ` · ${one.reason}` : ""}</Text>
            {(before !== undefined || one.version === 1) && <Differences before={before?.policies ?? []} after={one.policies ?? []} />}
          </Paper>
        );
      })}
      {value.next_batch !== undefined && <Button variant="default" h={44} onClick={() => setFrom(value.next_batch ?? null)}>{t("screening.versions.older")}</Button>}
      <Confirm opened={wanted !== null} title={t("screening.versions.sure", { version: wanted?.version ?? 0 })} label={t("screening.versions.back")} action={action} onClose={() => setWanted(null)} onConfirm={() => void restore()}>
        <Text fz="sm">{t("screening.versions.sureText")}</Text>
        <Differences before={current.policies ?? []} after={wanted?.policies ?? []} />
      </Confirm>
    </Stack>
  );
}
