/** What the plan would do, as the server says; anew when it has not been changed for a moment. */
import { useDebouncedValue } from "@mantine/hooks";
import { call } from "../../../api";
import { type Loaded, useLoad } from "../../load";
import { namesOf } from "../../names";
import type { Preview } from "../types";
import { bodyOf, type Draft, lackOfRule } from "./draft";

const WAIT_MS = 500;

export type NamedPreview = Preview & { nameOf: (userId: string) => string };

/** The draft as it was when it was last left alone. `key` is another one when it says something else. */
export function useSettled(draft: Draft): { body: ReturnType<typeof bodyOf>; isComplete: boolean; key: string } {
  const [key] = useDebouncedValue(JSON.stringify({ ...bodyOf(draft), effective_ts: undefined, reason: "" }), WAIT_MS);
  const body = JSON.parse(key) as ReturnType<typeof bodyOf>;
  const isComplete = body.user_id !== "" && (body.plan.rules ?? []).every((rule) => lackOfRule(rule) === null);
  return { body, isComplete, key };
}

export function usePreview(draft: Draft): Loaded<NamedPreview | null> {
  const { body, isComplete, key } = useSettled(draft);
  return useLoad(async (signal) => {
    if (!isComplete) return null;
    const preview = await call<Preview>("POST", "/departures/preview", { body, signal });
    const nameOf = await namesOf([...preview.shares.map((share) => share.user_id), ...preview.rules.map((rule) => rule.staff_id)], signal);
    return { ...preview, nameOf };
  }, [key, isComplete]);
}
