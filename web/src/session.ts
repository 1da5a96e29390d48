/** Who is signed in on this device: one for the chat and the console. Nothing of the SDK is needed for it. */
import { request } from "./api";
import { track } from "./track";

export type Credentials = { userId: string; deviceId: string; accessToken: string };

const KEY = "roomkeeper.session";
type Listener = () => void;
const listeners = new Set<Listener>();

/** What was signed in here before, if anything. A soft logout keeps the device: signing in again takes it up. */
export function storedCredentials(): Credentials | null {
  try {
    const text = localStorage.getItem(KEY);
    if (text === null) return null;
    const found = JSON.parse(text) as Partial<Credentials>;
    return found.userId && found.deviceId && found.accessToken !== undefined ? (found as Credentials) : null;
  } catch {
    return null;
  }
}

function keep(credentials: Credentials): void {
  localStorage.setItem(KEY, JSON.stringify(credentials));
}

/** Sign in with a password. Rejects with `ApiError` or `Unreachable`. spec: client-server §Login */
export async function signIn(user: string, password: string): Promise<Credentials> {
  const before = storedCredentials();
  const body = {
    type: "m.login.password",
    identifier: { type: "m.id.user", user },
    password,
    initial_device_display_name: deviceName(),
    ...(before?.accessToken === "" && isSame(before.userId, user) ? { device_id: before.deviceId } : {}),
  };
  type Answer = { user_id: string; device_id: string; access_token: string };
  const answer = (await (await request("POST", "/_matrix/client/v3/login", { body })).json()) as Answer;
  const credentials = { userId: answer.user_id, deviceId: answer.device_id, accessToken: answer.access_token };
  keep(credentials);
  track("sign_in", { device_id: credentials.deviceId });
  return credentials;
}

function isSame(userId: string, given: string): boolean {
  return given === userId || userId.startsWith(`@${given.toLowerCase()}:`);
}

function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Firefox/.test(agent) ? "Firefox" : /Edg\//.test(agent) ? "Edge" : /Chrome/.test(agent) ? "Chrome" : "Safari";
  const system = /Android|iPhone|iPad|Windows|Mac OS X|Linux/.exec(agent)?.[0].replace("Mac OS X", "macOS") ?? "?";
  return `Roomkeeper, ${browser}, ${system}`;
}

/** The access token counts no longer. A soft logout keeps the device, so that signing in again takes it up. */
export function ended(soft: boolean): void {
  const before = storedCredentials();
  if (soft && before !== null) keep({ ...before, accessToken: "" });
  else localStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

/** Called when somebody is signed in or out, in this window or in another one. What comes back stops that. */
export function onCredentials(listener: Listener): () => void {
  const look = (event: StorageEvent): void => {
    if (event.key === KEY || event.key === null) listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", look);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", look);
  };
}

/** Sign out without the SDK: on the server, and all that the chat keeps on this device. */
export async function signOutHere(): Promise<void> {
  track("sign_out");
  await request("POST", "/_matrix/client/v3/logout", { body: {} }).catch(() => {});
  const databases = (await window.indexedDB.databases?.().catch(() => [])) ?? [];
  for (const { name } of databases) if (name?.startsWith("matrix-js-sdk") || name?.startsWith("roomkeeper-")) window.indexedDB.deleteDatabase(name);
  ended(false);
}
