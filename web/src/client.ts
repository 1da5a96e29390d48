/** The one client of the SDK that speaks for who is signed in. */
import { ClientEvent, createClient, HttpApiEvent, IndexedDBStore, type MatrixClient, type MatrixError, MemoryStore, PendingEventOrdering, SyncState } from "matrix-js-sdk";
import { forgetKeys, recovery, storeOf } from "./security/keys";
import { type Credentials, ended } from "./session";
import { track } from "./track";

const SYNC_LIMIT = 30;

/** The server that serves this page is the homeserver. */
export const BASE_URL = window.location.origin;

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

/**
 * Start syncing. `onEnded` is called once when the server says that the access token counts no longer, `onLocked` when
 * it says that the account is locked: then it may count again some day. spec: client-server §Account locking
 */
export async function startClient(client: MatrixClient, onEnded: (soft: boolean) => void, onLocked: () => void): Promise<void> {
  client.on(ClientEvent.Sync, (_state, _before, data) => {
    const error = data?.error as MatrixError | undefined;
    if (error?.errcode !== "M_USER_LOCKED" || !client.clientRunning) return;
    track("account_locked");
    client.stopClient();
    onLocked();
  });
  client.on(HttpApiEvent.SessionLoggedOut, (error: MatrixError) => {
    const soft = error.data["soft_logout"] === true;
    client.stopClient();
    ended(soft);
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
  ended(false);
}
