/**
 * Whether this device takes part in encrypted rooms. The cryptography is large and loads only then: when an encrypted
 * room is there for the first time, and from then on with every start, since keys come at any time.
 */
import type { MatrixClient } from "matrix-js-sdk";
import type { Credentials } from "../session";

type Device = Pick<Credentials, "userId" | "deviceId">;

function flagOf(device: Device): string {
  return `roomkeeper.keys.${device.userId}.${device.deviceId}`;
}

/** Where the device keeps its keys. */
export function storeOf(device: Device): string {
  return `roomkeeper-keys-${device.userId}-${device.deviceId}`;
}

export function usesKeys(device: Device): boolean {
  return localStorage.getItem(flagOf(device)) !== null;
}

export function noteKeys(device: Device): void {
  localStorage.setItem(flagOf(device), "on");
}

export function forgetKeys(device: Device): void {
  localStorage.removeItem(flagOf(device));
}

/** Load the cryptography and what the device knows already. Before the client starts. */
export async function startKeys(client: MatrixClient, device: Device): Promise<void> {
  await client.initRustCrypto({ cryptoDatabasePrefix: storeOf(device) });
}

/** Whether somebody is in a room for which the device needs keys. */
export function needsKeys(client: MatrixClient): boolean {
  return client.getCrypto() === undefined && client.getVisibleRooms().some((room) => room.getMyMembership() === "join" && room.hasEncryptionStateEvent());
}

const wanted = new EventTarget();

/** Ask for the cryptography where it is not there yet: the client is opened anew with it. */
export function wantKeys(): void {
  wanted.dispatchEvent(new Event("wanted"));
}

export function onKeysWanted(listener: () => void): () => void {
  wanted.addEventListener("wanted", listener);
  return () => wanted.removeEventListener("wanted", listener);
}

/** The key that opens the secret storage, while it is being used: asked for by the SDK, given by who enters it. */
export const recovery: { key: Uint8Array<ArrayBuffer> | null } = { key: null };
