import { Anchor, Code, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLive } from "../../operations/live";
import { Ago } from "../../parts/Ago";
import { Broken } from "../../parts/Broken";
import { DrawerSection } from "../../parts/DrawerSection";
import { Facts } from "../../parts/Facts";
import { Id } from "../../parts/Id";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { hrefOf } from "../../route";
import { Timeline } from "../flow/Timeline";
import type { Flow } from "../types";
import { useKinds } from "../useKinds";
import { Actions } from "./Actions";
import { Runs } from "./Runs";
import { StateBadge } from "./StateBadge";
import type { Verification, Whole } from "./types";
import { Verified } from "./Verified";

const EVERY_MS = 3000;

/** One report with everything that was collected: the flow, what was run, what both logs say; and what can be done. */
export function ReportDrawer({ reportId, onChanged }: { reportId: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const { value, error, reload } = useLive<Whole>((signal) => call<Whole>("GET", `/repair/desk/reports/${encodeURIComponent(reportId)}`, { signal }), [reportId], EVERY_MS);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  const { report, collected, runs } = value;
  const flow = collected.find((one) => one.what === "flow")?.document as Flow | undefined;
  const verification = collected.find((one) => one.what === "verification")?.document as Verification | undefined;
  const changed = (): void => { reload(); onChanged(); };
  return (
    <Stack gap="sm">
      <Title order={2} fz="lg" className="break">{report.text || t("repairDesk.report.wordless")}</Title>
      <Facts
        facts={[
          [t("repairDesk.report.state"), <StateBadge key="state" state={report.state} />],
          [t("repairDesk.report.why"), report.why ? t(`repairDesk.why.${report.why}`) : ""],
          [t("repairDesk.report.kind"), report.kind ?? ""],
          [t("repairDesk.incident.one"), report.incident_id ? <Anchor key="incident" href={hrefOf("repair", report.incident_id, { view: "incidents" })}>{t("repairDesk.incident.open")}</Anchor> : ""],
          [t("repairDesk.report.about"), report.user_id],
          [t("repairDesk.report.by"), report.reported_by === report.user_id ? "" : report.reported_by || t("repairDesk.report.nobody")],
          [t("repairDesk.report.source"), [t(`repairDesk.source.${report.source}`), report.client].filter(Boolean).join(" · ")],
          [t("repairDesk.report.made"), <Ago key="made" ts={report.created_ts} />],
          [t("repairDesk.report.properties"), Object.entries(report.properties ?? {}).map(([name, of]) => <div key={name}><Code className="break">{name}={of}</Code></div>)],
          [t("repairDesk.report.report_id"), <Id key="id" text={report.report_id} />],
        ]}
      />
      <Actions whole={value} onChanged={changed} />
      <DrawerSection title={t("repairDesk.report.flow")}>{flow === undefined ? <Text fz="sm" c="dimmed">{t("repairDesk.report.noFlow")}</Text> : <Shown flow={flow} />}</DrawerSection>
      <DrawerSection title={t("repairDesk.report.runs")}><Runs runs={runs} /></DrawerSection>
      <DrawerSection title={t("repairDesk.report.verification")}>{verification === undefined ? <Text fz="sm" c="dimmed">{t("repairDesk.report.noVerification")}</Text> : <Verified verification={verification} />}</DrawerSection>
      <DrawerSection title={t("repairDesk.report.notes")}>
        <ol className="findings">{report.notes?.map((note, place) => <li key={place}><Ago ts={note.ts} /> · {t(`repairDesk.note.${note.what}`)}{note.by && ` · ${note.by}`}{note.values?.["text"] && <small>{note.values["text"]}</small>}</li>)}</ol>
      </DrawerSection>
    </Stack>
  );
}

function Shown({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  const kinds = useKinds();
  const plan = kinds.value?.find((one) => one.plan.kind === flow.kind)?.plan;
  const attempt = flow.subject === null ? undefined : flow.attempts[flow.subject];
  if (plan === undefined) return <RowsSkeleton />;
  return attempt === undefined ? <Text fz="sm" c="dimmed">{t("repairDesk.flow.nothing")}</Text> : <Timeline attempt={attempt} plan={plan} />;
}
