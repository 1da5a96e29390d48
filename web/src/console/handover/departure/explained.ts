/** Each row explains itself: what a customer's status means, for them and for the successor. */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import type { NamedOffer } from "./columns";

export function useExplained(): (offer: NamedOffer) => string {
  const { t, i18n } = useTranslation();
  return useCallback((offer: NamedOffer) => {
    const names = { customer: offer.customer, successor: offer.successor || t("handover.nobody"), leaver: offer.leaver };
    if (offer.status === "failed") return t("handover.explained.failed", { ...names, error: offer.error || t("handover.unknown") });
    if (offer.status === "waiting") {
      const said = t(`handover.explained.waiting_${offer.way === "question" ? "question" : "invitation"}`, names);
      return offer.take_over_ts ? `${said} ${t("handover.explained.takesOver", { ...names, time: exact(offer.take_over_ts) })}` : said;
    }
    if (offer.status === "taken_over") return t(`handover.explained.taken_over_${offer.way === "existing" ? "existing" : "in_place"}`, names);
    if (offer.status === "declined") return t(`handover.explained.declined_${offer.kind}`, names);
    return t(`handover.explained.${offer.status}`, names);
  }, [t, i18n.language]);
}
