import { Badge, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { namesOf } from "../../names";
import { Ago, stamp } from "../../parts/Ago";
import { Id } from "../../parts/Id";
import { hrefOf } from "../../route";
import { DataTable } from "../../table/DataTable";
import type { Column, Load } from "../../table/types";
import type { GroupRoom } from "../types";
import type { NamedReport } from "./DeparturePage";

type NamedRoom = GroupRoom & { successor: string };
const TONES = { done: "good", failed: "bad", restored: "quiet" } as const;

/** Rooms that are no sessions, and who has the leaver's place there. */
export function OtherRooms({ report, version }: { report: NamedReport; version: number }) {
  const { t } = useTranslation();
  const id = report.departure.departure_id;
  const load: Load<NamedRoom> = async ({ from, limit, signal }) => {
    const answer = await call<{ rooms: GroupRoom[]; next_batch?: string }>("GET", `/departures/${encodeURIComponent(id)}/rooms`, { query: { from, limit }, signal });
    const name = await namesOf(answer.rooms.map((one) => one.successor_id), signal);
    return { rows: answer.rooms.map((one) => ({ ...one, successor: one.successor_id ? name(one.successor_id) : "" })), next: answer.next_batch ?? null };
  };
  return (
    <>
      <Text fz="sm" c="dimmed" mb="md">{t(report.departure.kind === "transfer" ? "handover.rooms.transfer" : "handover.rooms.text", { name: report.name })}</Text>
      <DataTable
        name="other-rooms" label={t("handover.view.rooms")} columns={useColumns()} keyOf={(one) => one.room_id} load={load} version={version} place={{ href: () => hrefOf("handover", id, { view: "rooms" }), open: null }}
        empty={{ title: t("handover.rooms.none"), text: t("handover.rooms.noneText", { name: report.name }) }}
      />
    </>
  );
}

function useColumns(): readonly Column<NamedRoom>[] {
  const { t, i18n } = useTranslation();
  return useMemo<readonly Column<NamedRoom>[]>(
    () => [
      { id: "room", label: t("handover.rooms.room"), cell: (one) => <Id text={one.room_id} />, text: (one) => one.room_id },
      { id: "status", label: t("handover.column.status"), cell: (one) => <Badge className="tone" data-tone={TONES[one.status]} tt="none">{t(`handover.rooms.status.${one.status}`)}</Badge>, text: (one) => t(`handover.rooms.status.${one.status}`) },
      { id: "successor", label: t("handover.column.successor"), cell: (one) => one.successor, text: (one) => one.successor },
      { id: "level", label: t("handover.rooms.level"), cell: (one) => one.level ?? 0, text: (one) => String(one.level ?? 0) },
      { id: "since", label: t("console.updated"), cell: (one) => <Ago ts={one.updated_ts} />, text: (one) => stamp(one.updated_ts) },
      { id: "error", label: t("handover.error"), cell: (one) => <span className="wrap">{one.error ?? ""}</span>, text: (one) => one.error ?? "" },
    ],
    [t, i18n.language],
  );
}
