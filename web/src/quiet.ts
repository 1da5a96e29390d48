/** What the SDK does and says that nobody here needs. */
import type { MatrixClient } from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger";

/** Errors alone go to the browser's console, and no request is made for calls, which there are none of. Before the start. */
export function quieten(client: MatrixClient): void {
  (logger as unknown as { setLevel: (level: "error", persist: boolean) => void }).setLevel("error", false);
  // Servers without calls answer this with an error that browsers log.
  const { cachedRtcTransports } = client as unknown as { cachedRtcTransports?: { start: () => void } };
  if (cachedRtcTransports) cachedRtcTransports.start = () => {};
}
