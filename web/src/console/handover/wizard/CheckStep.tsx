import { Alert, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { pathOf, useDepartments } from "../../departments";
import { Bars } from "../../operations/charts/Bars";
import { number } from "../../operations/units";
import { Broken } from "../../parts/Broken";
import { hrefOf } from "../../route";
import { useDraft } from "./draft";
import { type NamedPreview, usePreview } from "./usePreview";

/** The dry run: what would happen if it began now. Nothing is changed. */
export function CheckStep() {
  const { t } = useTranslation();
  const [draft] = useDraft();
  const { value, error, reload } = usePreview(draft);
  if (value === undefined && error !== null) {
    return <Stack><Broken error={error} onRetry={reload} /><a href={hrefOf("handover", "new", { step: "plan" })}>{t("handover.check.mend")}</a></Stack>;
  }
  if (!value) return <Skeleton h={200} />;
  return (
    <Stack gap="lg">
      <Text fz="sm" c="dimmed">{t(draft.isDated ? "handover.check.dated" : "handover.check.text")}</Text>
      <Conflicts preview={value} />
      <ul className="behind">
        <li><b>{number(value.customers)}</b><span>{t("handover.behind.sessions", { count: value.customers })}</span></li>
        <li data-bad={value.unanswered > 0 || undefined}><b>{number(value.unanswered)}</b><span>{t("handover.behind.promises", { count: value.unanswered })}</span></li>
        {draft.kind === "departure" && <li><b>{number(value.group_rooms)}</b><span>{t("handover.behind.rooms", { count: value.group_rooms })}</span></li>}
      </ul>
      <Shares preview={value} />
    </Stack>
  );
}

const CONFLICTS = [
  { id: "nobody", isBad: true },
  { id: "other_language", isBad: false },
  { id: "queue", isBad: false },
  { id: "unanswered", isBad: false },
] as const;

/** What may not be as it should be, the worst first; each leads to where it is mended. */
function Conflicts({ preview }: { preview: NamedPreview }) {
  const { t } = useTranslation();
  const queued = preview.groups.find((group) => group.by === "queue")?.customers ?? 0;
  const counts = { nobody: preview.nobody, other_language: preview.other_language, queue: queued, unanswered: preview.unanswered };
  const found = CONFLICTS.filter(({ id }) => counts[id] > 0);
  if (found.length === 0) return <Alert color="green" variant="light" icon={<IconCircleCheck />}>{t("handover.check.well")}</Alert>;
  return (
    <section className="ops-stack" aria-label={t("handover.check.conflicts")}>
      <Title order={3} fz="md">{t("handover.check.conflicts")}</Title>
      {found.map(({ id, isBad }) => (
        <Paper key={id} component="a" withBorder p="md" className="finding attention" data-state={isBad ? "failing" : "warning"} data-conflict={id} href={hrefOf("handover", "new", { step: "plan", only: id })}>
          <IconAlertTriangle size={20} aria-hidden color={isBad ? "var(--rk-danger)" : "var(--rk-warn)"} />
          <span className="attention-words"><b>{t(`handover.conflict.${id}`, { count: counts[id] })}</b><span>{t(`handover.conflict.${id}Text`)}</span></span>
        </Paper>
      ))}
    </section>
  );
}

function Shares({ preview }: { preview: NamedPreview }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const name = ({ user_id, department_id }: NamedPreview["shares"][number]): string => (user_id ? preview.nameOf(user_id) : t("handover.queueOf", { department: pathOf(departments, department_id ?? "") }));
  const shares = preview.shares.slice(0, MOST_BARS);
  return (
    <>
      <Bars
        title={t("handover.check.shares")} unit={t("handover.chart.customers")} rows={shares.map(name)} empty={t("handover.check.noShares")}
        parts={[{ name: t("handover.check.has"), tone: "soft", values: shares.map((share) => share.sessions) }, { name: t("handover.check.gets"), tone: "link", values: shares.map((share) => share.customers) }]}
      />
      {preview.shares.length > MOST_BARS && <Text fz="sm" c="dimmed">{t("handover.check.more", { count: preview.shares.length - MOST_BARS })}</Text>}
    </>
  );
}

const MOST_BARS = 20;
