import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { clock, day, exact } from "../../../times";
import { Id } from "../../parts/Id";
import { stamp } from "../../parts/Ago";
import type { Column } from "../../table/types";
import type { AuditEntry } from "../types";

export function useAuditColumns(): readonly Column<AuditEntry>[] {
  const { t, i18n } = useTranslation();
  return useMemo<readonly Column<AuditEntry>[]>(() => {
    const object = (entry: AuditEntry): string => (entry.object === "*" ? t("operations.audit.everything") : entry.object);
    return [
      {
        id: "time", label: t("operations.audit.time"), sort: "time", text: (entry) => stamp(entry.ts),
        cell: (entry) => <time className="nowrap" dateTime={stamp(entry.ts)} title={exact(entry.ts)}>{day(entry.ts)} {clock(entry.ts)}</time>,
      },
      { id: "actor", label: t("operations.audit.actor"), cell: (entry) => <Id text={entry.actor} />, text: (entry) => entry.actor },
      { id: "permission", label: t("operations.audit.permission"), cell: (entry) => <code className="nowrap">{entry.permission}</code>, text: (entry) => entry.permission },
      { id: "object", label: t("operations.audit.object"), cell: (entry) => <Id text={object(entry)} />, text: object },
      { id: "reason", label: t("operations.audit.reason"), cell: (entry) => <span className="wrap">{entry.reason}</span>, text: (entry) => entry.reason },
      { id: "number", label: t("operations.audit.number"), cell: (entry) => entry.id, text: (entry) => String(entry.id), isExtra: true },
    ];
  }, [t, i18n.language]);
}
