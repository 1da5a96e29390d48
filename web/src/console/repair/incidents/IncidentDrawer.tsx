import { Anchor, Button, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { useAction } from "../../parts/action";
import { Ago } from "../../parts/Ago";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { Facts } from "../../parts/Facts";
import { Id } from "../../parts/Id";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { hrefOf } from "../../route";
import { Declare } from "./Declare";
import { IncidentBadge } from "./IncidentsView";
import type { Incident } from "./types";

/** One incident: how many have it and since when; what they are told meanwhile, and that it is over. */
export function IncidentDrawer({ incidentId, onChanged }: { incidentId: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const path = `/repair/incidents/${encodeURIComponent(incidentId)}`;
  const { value, error, reload } = useLoad<Incident>((signal) => call<Incident>("GET", path, { signal }), [path]);
  const [isDeclaring, setDeclaring] = useState(false);
  const [isEnding, setEnding] = useState(false);
  const changed = (): void => { setDeclaring(false); setEnding(false); reload(); onChanged(); };
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack gap="md">
      <Title order={2} fz="lg"><code>{value.kind}</code></Title>
      <Facts
        facts={[
          [t("repairDesk.report.state"), <IncidentBadge key="state" incident={value} />],
          [t("repairDesk.incident.users"), String(value.users ?? 0)],
          [t("repairDesk.view.reports"), <Anchor key="reports" href={hrefOf("repair", null, { incident: value.incident_id })}>{t("repairDesk.incident.show", { count: value.reports ?? 0 })}</Anchor>],
          [t("repairDesk.report.deviation"), value.deviation ?? ""],
          [t("repairDesk.incident.by"), value.opened_by === "server" ? t("repairDesk.incident.server") : value.opened_by],
          [t("repairDesk.incident.opened"), <Ago key="opened" ts={value.opened_ts} />],
          [t("repairDesk.incident.last"), <Ago key="last" ts={value.last_ts} />],
          [t("repairDesk.incident.over"), value.closed_ts ? <Ago key="over" ts={value.closed_ts} /> : ""],
          [t("repairDesk.incident.said"), [value.text_en, value.text_zh].filter(Boolean).map((text) => <div key={text}>{text}</div>)],
          [t("repairDesk.report.report_id"), <Id key="id" text={value.incident_id} />],
        ]}
      />
      {value.is_known && !value.closed_ts && <Text fz="sm" c="dimmed">{t(value.holds ? "repairDesk.incident.held" : "repairDesk.incident.goesOn")}</Text>}
      {!value.closed_ts && (
        <Group>
          <Button h={44} variant="default" onClick={() => setDeclaring(true)}>{t(value.is_known ? "repairDesk.incident.change" : "repairDesk.incident.declare")}</Button>
          <Button h={44} onClick={() => setEnding(true)}>{t("repairDesk.incident.end")}</Button>
        </Group>
      )}
      {isDeclaring && <Declare incident={value} onClose={() => setDeclaring(false)} onDeclared={changed} />}
      {isEnding && <End path={path} onClose={() => setEnding(false)} onEnded={changed} />}
    </Stack>
  );
}

function End({ path, onClose, onEnded }: { path: string; onClose: () => void; onEnded: () => void }) {
  const { t } = useTranslation();
  const action = useAction("repair_incident_end");
  const [text, setText] = useState("");
  const [textZh, setTextZh] = useState("");
  const end = (): void => void action.run(async () => { await call("POST", `${path}/close`, { body: { text_en: text.trim(), text_zh: textZh.trim() } }); }).then((isDone) => isDone && onEnded());
  return (
    <Confirm opened title={t("repairDesk.incident.endTitle")} label={t("repairDesk.incident.end")} action={action} onConfirm={end} onClose={onClose}>
      <Text fz="sm">{t("repairDesk.incident.endText")}</Text>
      <Textarea size="md" label={t("repairDesk.incident.textEn")} autosize minRows={2} maxLength={4000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <Textarea size="md" label={t("repairDesk.incident.textZh")} autosize minRows={2} maxLength={4000} value={textZh} onChange={(event) => setTextZh(event.currentTarget.value)} />
    </Confirm>
  );
}
