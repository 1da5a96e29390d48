import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconHistory, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { Empty } from "../../../parts/States";
import { useLoad } from "../../load";
import { may, useMe } from "../../me";
import { Broken } from "../../parts/Broken";
import { PageDrawer } from "../../parts/PageDrawer";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { openSubject, useRoute } from "../../route";
import type { Detector, Detectors, Policy, PolicySet } from "../types";
import { newName, useDraft } from "./draft";
import { PolicyCard } from "./PolicyCard";
import { SaveBar } from "./SaveBar";
import { TryBox } from "./TryBox";
import { Versions } from "./Versions";

/** By which rules verdicts are made; what would become of something by them. */
export default function PoliciesView() {
  const { value, error, reload } = useLoad(async (signal) => {
    const [set, { detectors }] = await Promise.all([call<PolicySet>("GET", "/screening/policies", { signal }), call<Detectors>("GET", "/screening/detectors", { signal })]);
    return { set, detectors };
  }, []);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return <Editor set={value.set} detectors={value.detectors} onSaved={reload} />;
}

function Editor({ set, detectors, onSaved }: { set: PolicySet; detectors: readonly Detector[]; onSaved: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const { subject } = useRoute();
  const [open, setOpen] = useState<number | null>(null);
  const draft = useDraft(set);
  const isEditable = may(me, "screening.policies");
  const { policies } = draft;
  const put = (at: number, policy: Policy): void => draft.change(policies.map((one, index) => (index === at ? policy : one)));
  const move = (at: number, to: number): void => {
    const next = [...policies];
    next.splice(to, 0, ...next.splice(at, 1));
    setOpen(open === at ? to : open === to ? at : open);
    draft.change(next);
  };
  const add = (): void => {
    draft.change([...policies, { name: newName(policies, t("screening.policies.newName")) }]);
    setOpen(policies.length);
  };
  return (
    <div className="policies">
      <Stack>
        <Group justify="space-between">
          <Text fz="sm" c="dimmed" maw={560}>{t("screening.policies.text")}</Text>
          <Group gap="sm">
            <Button variant="default" h={44} leftSection={<IconHistory size={18} />} onClick={() => openSubject("versions")}>{t("screening.policies.versions")}</Button>
            {isEditable && <Button h={44} leftSection={<IconPlus size={18} />} onClick={add}>{t("screening.policies.add")}</Button>}
          </Group>
        </Group>
        {draft.isBehind && (
          <Alert color="orange" variant="light" classNames={{ label: "warn-title" }} role="status" title={t("screening.policies.behind")}>
            <Group gap="sm"><Button variant="default" h={44} onClick={draft.drop}>{t("screening.policies.drop")}</Button><Button variant="default" h={44} onClick={draft.rebase}>{t("screening.policies.keepMine")}</Button></Group>
          </Alert>
        )}
        {policies.length === 0 && <Empty title={t("screening.policies.emptyTitle")} text={t("screening.policies.emptyText")} {...(isEditable ? { action: t("screening.policies.add"), onAction: add } : {})} />}
        <ol className="rules">
          {policies.map((policy, index) => (
            <li key={index}>
              <PolicyCard
                policy={policy} detectors={detectors} isOpen={open === index} isEditable={isEditable} isFirst={index === 0} isLast={index === policies.length - 1} number={index + 1}
                onOpen={() => setOpen(open === index ? null : index)} onChange={(next) => put(index, next)} onMove={(step) => move(index, index + step)}
                onRemove={() => { setOpen(null); draft.change(policies.filter((_, at) => at !== index)); }}
              />
            </li>
          ))}
        </ol>
        {policies.length > 0 && <Text fz="sm" c="dimmed">{t("screening.policies.last")}</Text>}
        {isEditable && draft.isChanged && <SaveBar set={set} draft={draft} onSaved={() => { draft.drop(); onSaved(); }} />}
      </Stack>
      {may(me, "screening.review") && <TryBox policies={draft.isChanged ? policies : null} />}
      <PageDrawer opened={subject === "versions"} title={t("screening.policies.versions")} size={680}>
        {subject === "versions" && <Versions current={set} isEditable={isEditable} onRestored={() => { draft.drop(); onSaved(); }} />}
      </PageDrawer>
    </div>
  );
}
