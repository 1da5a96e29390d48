import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { pathOf, useDepartments } from "../departments";
import { useLoad } from "../load";
import { namesOf } from "../names";
import { useAction } from "../parts/action";
import { Ago, stamp } from "../parts/Ago";
import { Broken } from "../parts/Broken";
import { Confirm } from "../parts/Confirm";
import { CopyText } from "../parts/CopyText";
import { Facts } from "../parts/Facts";
import { PageDrawer } from "../parts/PageDrawer";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { openSubject, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { type Link, type NamedLink, spokenCode } from "./links";
import { NewLink } from "./NewLink";

/** Codes with which customers reach somebody, or a department. */
export function LinksView() {
  const { t } = useTranslation();
  const { subject } = useRoute();
  const { departments } = useDepartments();
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const target = (link: Link, name: (userId: string) => string): string => (link.staff_id ? name(link.staff_id) : pathOf(departments, link.department_id ?? ""));
  const named = async (links: readonly Link[], signal: AbortSignal): Promise<NamedLink[]> => {
    const name = await namesOf(links.flatMap((link) => [link.staff_id, link.created_by]), signal);
    return links.map((link) => ({ ...link, target: target(link, name), by: name(link.created_by) }));
  };
  const load: Load<NamedLink> = async ({ from, limit, signal }) => {
    const answer = await call<{ links: Link[]; next_batch?: string }>("GET", "/links", { query: { from, limit }, signal });
    return { rows: await named(answer.links, signal), next: answer.next_batch ?? null };
  };
  const find = async (code: string, signal: AbortSignal): Promise<NamedLink | undefined> => {
    // The list is in the order of the codes: the one after what comes just before it.
    const { links } = await call<{ links: Link[] }>("GET", "/links", { query: { from: code.slice(0, -1), limit: 50 }, signal });
    return (await named(links.filter((link) => link.code === code), signal))[0];
  };
  return (
    <>
      <Group justify="space-between" mb="md">
        <Text fz="sm" c="dimmed" maw={640}>{t("console.links.text")}</Text>
        <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => openSubject("new")}>{t("console.links.new")}</Button>
      </Group>
      <DataTable
        key={departments.length} name="links" label={t("console.sessions.view.links")} columns={useColumns()} keyOf={(link) => link.code} load={load} version={version}
        empty={{ title: t("console.links.emptyTitle"), text: t("console.links.emptyText"), action: t("console.links.new"), onAction: () => openSubject("new") }}
      />
      <PageDrawer opened={subject === "new"} title={t("console.links.new")}><NewLink onDone={changed} /></PageDrawer>
      <PageDrawer opened={subject !== null && subject !== "new"} title={t("console.links.one")}>
        {subject !== null && subject !== "new" && <LinkPanel key={subject} code={subject} find={find} onDone={() => { changed(); openSubject(null); }} />}
      </PageDrawer>
    </>
  );
}

function LinkPanel({ code, find, onDone }: { code: string; find: (code: string, signal: AbortSignal) => Promise<NamedLink | undefined>; onDone: () => void }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const { value, error, isLoading, reload } = useLoad((signal) => find(code, signal), [code]);
  const action = useAction("link_delete");
  const remove = async (): Promise<void> => {
    if (await action.run(async () => void (await call("DELETE", `/links/${encodeURIComponent(code)}`)))) onDone();
  };
  if (isLoading && value === undefined) return <RowsSkeleton />;
  if (error !== null) return <Broken error={error} onRetry={reload} />;
  if (value === undefined) return <Text>{t("console.links.gone")}</Text>;
  return (
    <Stack>
      <Title order={2} fz="lg">{t("console.links.to", { target: value.target })}</Title>
      <CopyText label={t("console.links.code")} text={spokenCode(value.code)} />
      <Facts
        facts={[
          [t("console.links.uses"), usesOf(value)],
          [t("console.links.expires"), value.expires_ts ? <Ago ts={value.expires_ts} /> : t("console.links.never")],
          [t("console.links.by"), value.by],
          [t("console.created"), <Ago ts={value.created_ts} />],
        ]}
      />
      <Group><Button variant="default" h={44} onClick={() => { action.clear(); setAsking(true); }}>{t("console.links.delete")}</Button></Group>
      <Confirm opened={isAsking} title={t("console.links.deleteSure")} label={t("console.links.delete")} isDanger action={action} onClose={() => setAsking(false)} onConfirm={() => void remove()}>
        <Text fz="sm">{t("console.links.deleteText")}</Text>
      </Confirm>
    </Stack>
  );
}

function usesOf(link: Link): string {
  return link.uses_allowed ? `${link.uses} / ${link.uses_allowed}` : String(link.uses);
}

function useColumns(): readonly Column<NamedLink>[] {
  const { t, i18n } = useTranslation();
  return useMemo<readonly Column<NamedLink>[]>(
    () => [
      { id: "code", label: t("console.links.code"), cell: (link) => <code>{spokenCode(link.code)}</code>, text: (link) => spokenCode(link.code) },
      { id: "target", label: t("console.links.target"), cell: (link) => link.target, text: (link) => link.target },
      { id: "uses", label: t("console.links.uses"), cell: usesOf, text: usesOf },
      { id: "expires", label: t("console.links.expires"), cell: (link) => (link.expires_ts ? <Ago ts={link.expires_ts} /> : t("console.links.never")), text: (link) => stamp(link.expires_ts) },
      { id: "by", label: t("console.links.by"), cell: (link) => link.by, text: (link) => link.by },
      { id: "created", label: t("console.created"), cell: (link) => <Ago ts={link.created_ts} />, text: (link) => stamp(link.created_ts) },
    ],
    [t, i18n.language],
  );
}
