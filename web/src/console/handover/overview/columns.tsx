import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { number } from "../../operations/units";
import { Ago, stamp } from "../../parts/Ago";
import { Who } from "../../parts/Who";
import type { Column } from "../../table/types";
import { StateBadge } from "../marks";
import { type Departure, type Statuses, total, withoutAnybody } from "../types";

export type NamedDeparture = Departure & { name: string; by: string; statuses: Statuses };

export function useDepartureColumns(): readonly Column<NamedDeparture>[] {
  const { t, i18n } = useTranslation();
  return useMemo<readonly Column<NamedDeparture>[]>(() => {
    const count = (id: string, of: (one: NamedDeparture) => number): Column<NamedDeparture> => ({
      id, label: t(`handover.column.${id}`), text: (one) => String(of(one)), cell: (one) => <span className="number" data-bad={(id === "nobody" && of(one) > 0) || undefined}>{number(of(one))}</span>,
    });
    const time = (id: string, of: (one: NamedDeparture) => number | undefined, isExtra: boolean): Column<NamedDeparture> => ({
      id, label: t(`handover.column.${id}`), cell: (one) => <Ago ts={of(one)} />, text: (one) => stamp(of(one)), isExtra,
    });
    return [
      { id: "name", label: t("handover.who"), cell: (one) => <Who name={one.name} />, text: (one) => one.name },
      { id: "state", label: t("console.state"), cell: (one) => <StateBadge state={one.state} />, text: (one) => t(`handover.state.${one.state}`) },
      { id: "kind", label: t("handover.column.kind"), cell: (one) => t(`handover.kind.${one.kind}`), text: (one) => t(`handover.kind.${one.kind}`) },
      time("effective", (one) => one.effective_ts, false),
      count("customers", (one) => total(one.statuses)),
      count("waiting", (one) => one.statuses.waiting ?? 0),
      count("nobody", (one) => withoutAnybody(one.statuses)),
      { id: "reason", label: t("console.reason"), cell: (one) => <span className="clip">{one.reason ?? ""}</span>, text: (one) => one.reason ?? "", isExtra: true },
      { id: "by", label: t("handover.column.by"), cell: (one) => one.by || t("handover.byServer"), text: (one) => one.by || t("handover.byServer"), isExtra: true },
      time("recorded", (one) => one.created_ts, true),
      time("finished", (one) => one.finished_ts, true),
      { id: "id", label: t("handover.column.id"), cell: (one) => one.departure_id, text: (one) => one.departure_id, isExtra: true },
      { id: "user_id", label: t("console.userId"), cell: (one) => one.user_id, text: (one) => one.user_id, isExtra: true },
    ];
  }, [t, i18n.language]);
}
