/** Who is at the console, and what they may do. The server decides; here is only what is worth showing. */
import { createContext, useContext } from "react";
import type { Person } from "./types";

export type Held = { everywhere: boolean; departments: string[] };
export type Me = {
  person: Person;
  server_name: string;
  roles: { role: string; department_id: string }[];
  permissions: Record<string, Held>;
  pages: { id: string; permissions: string[] }[];
};

const MeContext = createContext<Me | null>(null);
export const MeProvider = MeContext.Provider;

export function useMe(): Me {
  const me = useContext(MeContext);
  if (me === null) throw new Error("nobody is at the console");
  return me;
}

/** Whether they may do something: somewhere, or in one of these departments. */
export function may(me: Me, permission: string, departments?: readonly (string | null | undefined)[]): boolean {
  const held = me.permissions[permission];
  if (held === undefined || departments === undefined) return held !== undefined;
  return held.everywhere || departments.some((one) => one && held.departments.includes(one));
}
