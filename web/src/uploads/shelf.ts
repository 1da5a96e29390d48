/**
 * Files that are not sent yet, kept on the device: those of the composer, of messages on their way, and those that other
 * programs share with us (the service worker puts them here). What cannot be kept is no error: it is gone with the page.
 */
const NAME = "roomkeeper.files";
const FILES = "files";
const RECORDS = "records";

export type Message = { txnId: string; roomId: string; threadId: string | null; content: Record<string, unknown>; ts: number };

/** What is known of a file that is kept. `user` is empty where nobody had been signed in. Times in milliseconds since 1970. */
export type Entry = {
  id: string;
  user: string;
  place: string;
  /** Those of a place stand in this order. */
  order: number;
  mxc: string | null;
  /** When the id `mxc` was made. */
  madeAt: number;
  /** SHA-256 of what was uploaded, null while it is not. */
  digest: string | null;
  isUploaded: boolean;
  message: Message | null;
  /** The server's case of its refusal, if there is one. */
  caseId?: string | null;
};
export type Kept = { record: Entry; file: File };

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(FILES);
      request.result.createObjectStore(RECORDS);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function change(act: (files: IDBObjectStore, records: IDBObjectStore) => void): Promise<boolean> {
  try {
    const transaction = (await open()).transaction([FILES, RECORDS], "readwrite");
    act(transaction.objectStore(FILES), transaction.objectStore(RECORDS));
    return await new Promise((resolve) => {
      transaction.oncomplete = () => resolve(true);
      transaction.onabort = transaction.onerror = () => resolve(false);
    });
  } catch {
    return false;
  }
}

async function read<T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const request = ask((await open()).transaction(store).objectStore(store));
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Keep a file, or several at once; whether they are kept. */
export function put(...kept: Kept[]): Promise<boolean> {
  return change((files, records) => {
    for (const { record, file } of kept) {
      files.put(file, record.id);
      records.put(record, record.id);
    }
  });
}

/** Note what has become of a file that is kept, without writing it anew. */
export function note(record: Entry): Promise<boolean> {
  return change((_files, records) => records.put(record, record.id));
}

export function remove(...ids: string[]): Promise<boolean> {
  return change((files, records) => {
    for (const id of ids) {
      files.delete(id);
      records.delete(id);
    }
  });
}

/** All that is kept for this user, or for whoever signs in, in order. */
export async function kept(user: string): Promise<Kept[]> {
  try {
    const records = (await read(RECORDS, (store) => store.getAll())) as Entry[];
    const own = records.filter((record) => record.user === user || record.user === "").sort((one, other) => one.order - other.order);
    const files = await Promise.all(own.map((record) => read(FILES, (store) => store.get(record.id)) as Promise<File | undefined>));
    return own.flatMap((record, index) => (files[index] ? [{ record, file: files[index] }] : []));
  } catch {
    return [];
  }
}
