import { Anchor, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Candidates } from "../../safety/identify/Candidates";
import type { Submission, SubmissionPage } from "../../safety/identify/types";
import type { EventView } from "../../safety/types";
import { namesOf } from "../names";
import { Ago, stamp } from "../parts/Ago";
import { PageDrawer } from "../parts/PageDrawer";
import { hrefOf, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";

type Row = Submission & { by: string; title: string };

/** What was submitted for any event and waits for a decision; one of them in the drawer. */
export default function CandidatesView() {
  const { t } = useTranslation();
  const { subject } = useRoute();
  const [version, setVersion] = useState(0);
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const page = await call<SubmissionPage>("GET", "/safety/identifications", { query: { from, limit }, signal });
    const name = await namesOf(page.identifications.map((one) => one.requested_by), signal);
    const titles = new Map(await Promise.all([...new Set(page.identifications.map((one) => one.event_id))].map((id) => titleOf(id, signal))));
    return { rows: page.identifications.map((one) => ({ ...one, by: name(one.requested_by), title: titles.get(one.event_id) ?? one.event_id })), next: page.next_batch ?? null };
  };
  const [eventId, identificationId] = subject?.split(" ") ?? [];
  return (
    <Stack gap="sm">
      <Text fz="sm" c="dimmed" maw={720}>{t("safetyDesk.candidates.text")}</Text>
      <DataTable name="safety-candidates" label={t("safetyDesk.view.candidates")} columns={useColumns()} keyOf={(one) => `${one.event_id} ${one.identification_id}`} load={load} version={version} empty={{ title: t("safetyDesk.candidates.emptyTitle"), text: t("safetyDesk.candidates.emptyText") }} />
      <PageDrawer opened={subject !== null} title={t("safetyDesk.candidates.one")} size={640}>
        {eventId && identificationId && (
          <Stack>
            <Anchor fz="sm" href={hrefOf("safety", eventId, { view: "events" })}>{t("safetyDesk.candidates.event")}</Anchor>
            <Candidates key={identificationId} eventId={eventId} identificationId={identificationId} onChanged={() => setVersion((before) => before + 1)} />
          </Stack>
        )}
      </PageDrawer>
    </Stack>
  );
}

async function titleOf(eventId: string, signal: AbortSignal): Promise<[string, string]> {
  const { event } = await call<EventView>("GET", `/safety/events/${encodeURIComponent(eventId)}`, { signal });
  return [eventId, event.details.title];
}

function useColumns(): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => [
    { id: "event", label: t("safetyDesk.candidates.of"), cell: (one) => one.title, text: (one) => one.title },
    { id: "what", label: t("safetyDesk.candidates.what"), cell: (one) => t(`safety.identify.kind.${one.content_type.split("/")[0]}`), text: (one) => one.content_type },
    { id: "by", label: t("safetyDesk.candidates.by"), cell: (one) => one.by, text: (one) => one.by },
    { id: "when", label: t("safetyDesk.candidates.when"), cell: (one) => <Ago ts={one.created_ts} />, text: (one) => stamp(one.created_ts) },
    { id: "note", label: t("safetyDesk.candidates.note"), cell: (one) => <span className="wrap">{one.note ?? ""}</span>, text: (one) => one.note ?? "", isExtra: true },
  ], [t, i18n.language]);
}
