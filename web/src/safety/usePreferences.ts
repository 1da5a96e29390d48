/** What a person agrees to: what was changed here counts at once, until all is asked for anew. */
import { useEffect, useState } from "react";
import { call } from "../api";
import type { Kept, Preferences } from "./types";

export type Agreed = { preferences: Preferences; change: (changes: Partial<Preferences>) => Promise<void> };

export function usePreferences(kept: Kept, onChanged: () => void): Agreed {
  const [saved, setSaved] = useState<Preferences | null>(null);
  useEffect(() => setSaved(null), [kept]);
  const preferences = saved ?? kept.preferences;
  const change = async (changes: Partial<Preferences>): Promise<void> => {
    // The server takes all of it: a second change must not bring back what the first one has changed.
    setSaved(await call<Preferences>("PUT", `/safety/people/${encodeURIComponent(kept.user_id)}/preferences`, { body: { ...preferences, ...changes } }));
    onChanged();
  };
  return { preferences, change };
}
