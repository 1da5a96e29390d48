import { Badge, Button } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Ago, stamp } from "../../parts/Ago";
import { Who } from "../../parts/Who";
import type { Column } from "../../table/types";
import type { PlannedCustomer } from "../types";

export type NamedPlanned = PlannedCustomer & { customer: string; to: string };

export function useChoiceColumns(onChoose: (customer: NamedPlanned) => void): readonly Column<NamedPlanned>[] {
  const { t, i18n } = useTranslation();
  return useMemo<readonly Column<NamedPlanned>[]>(() => {
    const by = (one: NamedPlanned): string => {
      if (one.is_named) return t("handover.choices.named");
      return one.rule === undefined ? "" : t("handover.rule.number", { number: one.rule + 1 });
    };
    const notes = (one: NamedPlanned): string[] => [
      ...(one.to === "" ? ["nobody"] : []),
      ...(one.other_language ? ["other_language"] : []),
      ...(one.unanswered ? ["unanswered"] : []),
    ];
    return [
      { id: "customer", label: t("handover.column.customer"), cell: (one) => <Who name={one.customer} />, text: (one) => one.customer },
      { id: "to", label: t("handover.choices.to"), cell: (one) => <>{one.to || <b className="bad">{t("handover.nobody")}</b>} <small className="soft">{by(one)}</small></>, text: (one) => [one.to, by(one)].filter(Boolean).join(", ") },
      {
        id: "notes", label: t("handover.choices.notes"), text: (one) => notes(one).map((note) => t(`handover.only.${note}`)).join("; "),
        cell: (one) => <span className="notes">{notes(one).map((note) => <Badge key={note} className="tone" data-tone={note === "nobody" ? "bad" : "warn"} tt="none">{t(`handover.only.${note}`)}</Badge>)}</span>,
      },
      { id: "language", label: t("console.language"), cell: (one) => one.language ?? "", text: (one) => one.language ?? "" },
      { id: "topic", label: t("console.sessions.topic"), cell: (one) => <span className="clip">{one.topic ?? ""}</span>, text: (one) => one.topic ?? "", isExtra: true },
      { id: "updated", label: t("console.updated"), cell: (one) => <Ago ts={one.updated_ts} />, text: (one) => stamp(one.updated_ts) },
      { id: "customer_id", label: t("handover.column.customer_id"), cell: (one) => one.customer_id, text: (one) => one.customer_id, isExtra: true },
      {
        id: "choose", label: t("handover.choices.choose"), text: () => "", isActions: true,
        cell: (one) => <Button variant="default" h={44} px="sm" aria-label={t("handover.choices.chooseFor", { name: one.customer })} onClick={() => onChoose(one)}>{t("handover.choices.choose")}</Button>,
      },
    ];
  }, [t, i18n.language]);
}
