import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { pathOf, useDepartments } from "../departments";
import { Ago, stamp } from "../parts/Ago";
import { SessionStateBadge } from "../parts/Badges";
import { Who } from "../parts/Who";
import type { Column } from "../table/types";
import type { Session } from "../types";

export type NamedSession = Session & { customer: string; staff: string };

export function useSessionColumns(): readonly Column<NamedSession>[] {
  const { t, i18n } = useTranslation();
  const { departments } = useDepartments();
  return useMemo(() => {
    const department = (one: Session): string => (one.department_id ? pathOf(departments, one.department_id) : "");
    const time = (id: string, label: string, of: (one: Session) => number | undefined, more: Partial<Column<NamedSession>> = {}): Column<NamedSession> => ({
      id, label, cell: (one) => <Ago ts={of(one)} />, text: (one) => stamp(of(one)), ...more,
    });
    return [
      { id: "customer", label: t("console.sessions.customer"), cell: (one) => <Who name={one.customer} />, text: (one) => one.customer },
      { id: "state", label: t("console.state"), cell: (one) => <SessionStateBadge state={one.state} />, text: (one) => t(`console.sessionState.${one.state}`) },
      { id: "staff", label: t("console.sessions.staff"), cell: (one) => (one.staff ? <span className="name">{one.staff}</span> : <span className="soft">{t("console.sessions.nobody")}</span>), text: (one) => one.staff },
      { id: "department", label: t("console.department"), cell: department, text: department },
      { id: "topic", label: t("console.sessions.topic"), cell: (one) => <span className="clip">{one.topic ?? ""}</span>, text: (one) => one.topic ?? "" },
      time("waiting", t("console.sessions.waitingSince"), (one) => (one.state === "waiting" ? one.waiting_ts : undefined), { sort: "waiting" }),
      time("updated", t("console.updated"), (one) => one.updated_ts, { sort: "updated" }),
      time("created", t("console.created"), (one) => one.created_ts, { sort: "created", isExtra: true }),
      time("closed", t("console.sessions.closed"), (one) => one.closed_ts, { isExtra: true }),
      { id: "language", label: t("console.language"), cell: (one) => one.language ?? "", text: (one) => one.language ?? "", isExtra: true },
      { id: "customer_id", label: t("console.sessions.customerId"), cell: (one) => one.customer_id, text: (one) => one.customer_id, isExtra: true },
      { id: "staff_id", label: t("console.sessions.staffId"), cell: (one) => one.staff_id ?? "", text: (one) => one.staff_id ?? "", isExtra: true },
      { id: "room_id", label: t("console.sessions.roomId"), cell: (one) => one.room_id, text: (one) => one.room_id, isExtra: true },
    ];
  }, [t, i18n.language, departments]);
}
