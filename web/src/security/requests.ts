/** The verification that is on the screen: one at a time, begun here or asked for by somebody else. */
import type { VerificationRequest } from "matrix-js-sdk/lib/crypto-api/verification";
import { useSyncExternalStore } from "react";

let shown: VerificationRequest | null = null;
const listeners = new Set<() => void>();

export function showVerification(request: VerificationRequest | null): void {
  shown = request;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useShownVerification(): VerificationRequest | null {
  return useSyncExternalStore(subscribe, () => shown);
}
