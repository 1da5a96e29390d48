import { useNames } from "./names";
import type { Details } from "./types";

const MOST = 5;

/** Who takes part. */
export function People({ details }: { details: Details }) {
  const nameOf = useNames(details);
  const named = details.people.map(nameOf);
  return <>{named.slice(0, MOST).join(", ")}{named.length > MOST ? ` +${named.length - MOST}` : ""}</>;
}
