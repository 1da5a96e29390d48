import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Ago, stamp } from "../../parts/Ago";
import { Who } from "../../parts/Who";
import type { Column } from "../../table/types";
import { StatusBadge } from "../marks";
import type { Kind, Offer } from "../types";
import { useExplained } from "./explained";

export type NamedOffer = Offer & { customer: string; successor: string; leaver: string; kind: Kind };

/** Since when a customer has their status. */
export function sinceOf(one: Offer): number {
  return (one.status === "waiting" ? one.offered_ts : one.answered_ts) ?? one.updated_ts;
}

export function useOfferColumns(): readonly Column<NamedOffer>[] {
  const { t, i18n } = useTranslation();
  const explained = useExplained();
  return useMemo<readonly Column<NamedOffer>[]>(() => {
    const plain = (id: string, text: (one: NamedOffer) => string): Column<NamedOffer> => ({ id, label: t(`handover.column.${id}`), cell: text, text, isExtra: true });
    return [
      { id: "customer", label: t("handover.column.customer"), cell: (one) => <Who name={one.customer} />, text: (one) => one.customer },
      { id: "status", label: t("handover.column.status"), cell: (one) => <StatusBadge status={one.status} />, text: (one) => t(`handover.status.${one.status}`) },
      { id: "successor", label: t("handover.column.successor"), cell: (one) => (one.successor ? <span className="name">{one.successor}</span> : <span className="soft">{t("handover.nobody")}</span>), text: (one) => one.successor },
      { id: "since", label: t("handover.column.since"), cell: (one) => <Ago ts={sinceOf(one)} />, text: (one) => stamp(sinceOf(one)) },
      { id: "why", label: t("handover.column.why"), cell: (one) => <Text fz="xs" c={one.error ? "var(--rk-danger)" : "dimmed"} className="wrap" lineClamp={3}>{explained(one)}</Text>, text: explained },
      { id: "unanswered", label: t("handover.column.unanswered"), cell: (one) => (one.unanswered ? t("handover.yes") : ""), text: (one) => (one.unanswered ? t("handover.yes") : "") },
      plain("language", (one) => one.language ?? ""),
      plain("way", (one) => t(`handover.way.${one.way ?? "invitation"}`)),
      plain("customer_id", (one) => one.customer_id),
      plain("successor_id", (one) => one.successor_id ?? ""),
      plain("room_id", (one) => one.room_id),
      plain("new_room_id", (one) => one.new_room_id ?? ""),
    ];
  }, [t, i18n.language, explained]);
}
