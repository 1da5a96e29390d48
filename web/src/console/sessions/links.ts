export type Link = {
  code: string;
  staff_id?: string;
  department_id?: string;
  created_by: string;
  created_ts: number;
  expires_ts?: number;
  uses_allowed?: number;
  uses: number;
};
export type NamedLink = Link & { target: string; by: string };

/** As people read it out. */
export function spokenCode(code: string): string {
  return code.match(/.{1,4}/g)?.join("-") ?? code;
}
