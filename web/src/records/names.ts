/** What people and records are called. */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Details, Shown } from "./types";

/** The part of a user id that people read. */
export function plainId(userId: string): string {
  return userId.replace(/^@/, "").split(":")[0] ?? userId;
}

export function useNames(details: Details): (userId: string) => string {
  return useCallback((userId) => details.names[userId] || plainId(userId), [details]);
}

export function useSpeaker(details: Details): (entry: Shown) => string {
  const { t } = useTranslation();
  const nameOf = useNames(details);
  return useCallback((entry) => (entry.sender_name ? entry.sender_name : entry.sender ? nameOf(entry.sender) : t(entry.kind === "screenshot" ? "record.screenshot" : "record.nobody")), [nameOf, t]);
}

/** A record is called after its room, or after who is not of the organisation. */
export function titleOf(title: string, people: readonly string[], staff: readonly string[], nameOf: (userId: string) => string): string {
  const others = people.filter((one) => !staff.includes(one));
  return title || (others.length > 0 ? others : people).slice(0, 3).map(nameOf).join(", ");
}

export function useTitle(details: Details): string {
  const { t } = useTranslation();
  return titleOf(details.title, details.people, details.staff, useNames(details)) || t("record.untitled");
}
