/** Hears when the server asks this client to try again what did not work; how that is done is loaded then. */
import { ClientEvent, type MatrixClient, type MatrixEvent } from "matrix-js-sdk";

export const REPEAT = "org.roomkeeper.repair.repeat";
export type Wanted = { report_id: string; kind: string; about: Record<string, string>; asked_ts: number; expires_ts: number };

export function listenForRepeats(client: MatrixClient): void {
  const done = new Set<string>();
  const hear = (event: MatrixEvent): void => {
    if (event.getType() !== REPEAT) return;
    const wanted = event.getContent<Wanted>();
    const key = `${wanted.report_id} ${wanted.asked_ts}`;
    if (done.has(key) || wanted.expires_ts < Date.now()) return;
    done.add(key);
    void import("./repeat").then(({ repeat }) => repeat(client, wanted)).catch(() => {});
  };
  const before = client.getAccountData(REPEAT as never);
  if (before) hear(before);
  client.on(ClientEvent.AccountData, hear);
}
