/** How present one wants to be seen from this device. */
import { type MatrixClient, SetPresence } from "matrix-js-sdk";

export const PRESENCES = ["online", "unavailable", "offline"] as const;
export type Presence = (typeof PRESENCES)[number];

const KEY = "roomkeeper.presence";

export function chosenPresence(): Presence {
  const kept = localStorage.getItem(KEY);
  return PRESENCES.find((one) => one === kept) ?? "online";
}

/** Be seen like this: with the next sync, and whenever the page is opened again. */
export async function applyPresence(client: MatrixClient): Promise<void> {
  await client.setSyncPresence(chosenPresence() as SetPresence);
}

export async function choosePresence(client: MatrixClient, presence: Presence, status: string): Promise<void> {
  await client.setPresence({ presence, status_msg: status });
  localStorage.setItem(KEY, presence);
  await applyPresence(client);
}
