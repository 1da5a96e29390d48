import type { Grant } from "../types";

/** Roles that somebody must be given; `staff` and `customer` come with what somebody is. */
export const GRANTED = ["owner", "supervisor", "moderator", "records_officer", "safety_officer", "support_engineer"] as const;

export type Declared = Record<string, { description: string; roles: string[] }>;

/** Stands in the address for one role of somebody: user id, role, department. */
export function keyOf(grant: Pick<Grant, "user_id" | "role" | "department_id">): string {
  return `${grant.user_id} ${grant.role} ${grant.department_id}`.trim();
}

export function readKey(key: string): { userId: string; role: string; department: string } {
  const [userId = "", role = "", department = ""] = key.split(" ");
  return { userId, role, department };
}

/** The path of a role of somebody. */
export function pathOfRole(userId: string, role: string, department: string): string {
  return `/people/${encodeURIComponent(userId)}/roles/${encodeURIComponent(role)}?department=${encodeURIComponent(department)}`;
}
