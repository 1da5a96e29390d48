/** Who is signed in on this device, and the one client that speaks for them. */
import {
  ClientEvent, createClient, HttpApiEvent, IndexedDBStore, type MatrixClient, MatrixError, MemoryStore, PendingEventOrdering, SyncState,
} from "matrix-js-sdk";
import { forgetKeys, recovery, storeOf } from "./security/keys";
import { track } from "./track";

export type Credentials = { userId: string; deviceId: string; accessToken: string };

const KEY = "roomkeeper.session";
const SYNC_LIMIT = 30;

/** The server that serves this page is the homeserver. */
export const BASE_URL = window.location.origin;

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

/** Sign in with a password. Rejects with the server's `MatrixError`. */
export async function signIn(user: string, password: string): Promise<Credentials> {
  const before = storedCredentials();
  const client = createClient({ baseUrl: BASE_URL });
  const answer = await client.loginRequest({
    type: "m.login.password",
    identifier: { type: "m.id.user", user },
    password,
    initial_device_display_name: deviceName(),
    ...(before?.accessToken === "" && isSame(before.userId, user) ? { device_id: before.deviceId } : {}),
  });
  const credentials = { userId: answer.user_id, deviceId: answer.device_id, accessToken: answer.access_token };
  keep(credentials);
  track("sign_in");
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

/** A client for somebody who is signed in, with what it had last time. Not started. */
export async function openClient(credentials: Credentials): Promise<MatrixClient> {
  const store = await openStore(credentials);
  return createClient({
    baseUrl: BASE_URL,
    ...credentials,
    store,
    timelineSupport: true,
    fallbackICEServerAllowed: false,
    disableVoip: true,
    cryptoCallbacks: {
      getSecretStorageKey: async ({ keys }) => {
        const id = Object.keys(keys)[0];
        return id !== undefined && recovery.key !== null ? [id, recovery.key] : null;
      },
    },
  });
}

async function openStore(credentials: Credentials) {
  const options = { indexedDB: window.indexedDB, localStorage: window.localStorage, dbName: `roomkeeper-${credentials.userId}` };
  const store = new IndexedDBStore(options);
  try {
    await store.startup();
    return store;
  } catch {
    return new MemoryStore({ localStorage: window.localStorage });
  }
}

/** Start syncing. `onEnded` is called once when the server says that the access token counts no longer. */
export async function startClient(client: MatrixClient, onEnded: (soft: boolean) => void): Promise<void> {
  client.on(HttpApiEvent.SessionLoggedOut, (error: MatrixError) => {
    const soft = error.data["soft_logout"] === true;
    client.stopClient();
    forget(soft ? client : null);
    onEnded(soft);
  });
  await client.startClient({
    lazyLoadMembers: true,
    initialSyncLimit: SYNC_LIMIT,
    threadSupport: true,
    pendingEventOrdering: PendingEventOrdering.Detached,
  });
}

/** Resolves when the rooms are there, from the device or from the server. */
export function whenPrepared(client: MatrixClient): Promise<void> {
  return new Promise((resolve) => {
    const look = (state: SyncState): void => {
      if (state === SyncState.Prepared || state === SyncState.Syncing || state === SyncState.Catchup) {
        client.off(ClientEvent.Sync, look);
        resolve();
      }
    };
    const now = client.getSyncState();
    if (now !== null) look(now);
    client.on(ClientEvent.Sync, look);
  });
}

/** Sign out: here at once, on the server as soon as it can be told. */
export async function signOut(client: MatrixClient): Promise<void> {
  track("sign_out");
  client.stopClient();
  try {
    await client.logout(true);
  } catch {
    // The token dies with the device's data below; the server is told by the list of devices.
  }
  const device = { userId: client.getSafeUserId(), deviceId: client.getDeviceId() ?? "" };
  await client.clearStores({ cryptoDatabasePrefix: storeOf(device) });
  forgetKeys(device);
  forget(null);
}

function forget(soft: MatrixClient | null): void {
  const before = storedCredentials();
  if (soft !== null && before !== null) keep({ ...before, accessToken: "" });
  else localStorage.removeItem(KEY);
}
