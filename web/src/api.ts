/** The server's endpoints by plain fetch, for what needs no SDK. */
import { ended, storedCredentials } from "./session";

/** What the server refused: its Matrix error. `incident` is to be given to its administrator. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly errcode: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>>,
  ) {
    super(message);
  }

  get incident(): string | null {
    return /\bIncident ([0-9a-f]+)/.exec(this.message)?.[1] ?? null;
  }
}

/** The server did not answer. */
export class Unreachable extends Error {}

export type QueryValue = string | number | boolean | null | undefined;
export type Call = { query?: Readonly<Record<string, QueryValue>>; body?: unknown; signal?: AbortSignal; headers?: Readonly<Record<string, string>> };

const LONGEST_WAIT_MS = 30_000;
const DEFAULT_WAIT_MS = 1000;
const MOST_ATTEMPTS = 5;

/** The decoded answer to a request below `/_roomkeeper/v1`. Rejects with `ApiError` or `Unreachable`. */
export async function call<T>(method: string, path: string, options: Call = {}): Promise<T> {
  return (await (await request(method, `/_roomkeeper/v1${path}`, options)).json()) as T;
}

/** The answer to a request; a look is repeated where there were too many. A `Blob` is sent as it is. */
export async function request(method: string, path: string, options: Call = {}): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const token = storedCredentials()?.accessToken;
    const answer = await ask(method, path, token, options);
    if (answer.ok) return answer;
    const error = await errorOf(answer);
    if (error.status === 429 && method === "GET" && attempt < MOST_ATTEMPTS) {
      await pause(Math.min(Number(error.data["retry_after_ms"]) || DEFAULT_WAIT_MS, LONGEST_WAIT_MS), options.signal);
      continue;
    }
    if (isOver(error) && token && token === storedCredentials()?.accessToken) ended(error.data["soft_logout"] === true);
    throw error;
  }
}

/** The token counts no longer. */
function isOver(error: ApiError): boolean {
  return error.status === 401 && (error.errcode === "M_UNKNOWN_TOKEN" || error.errcode === "M_USER_LOCKED");
}

async function ask(method: string, path: string, token: string | undefined, { query, body, signal, headers: more }: Call): Promise<Response> {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  const isPlain = body instanceof Blob || body === undefined;
  const headers: Record<string, string> = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...more };
  if (!isPlain) headers["content-type"] = "application/json";
  try {
    return await fetch(url, { method, headers, signal: signal ?? null, body: isPlain ? (body ?? null) : JSON.stringify(body) });
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new Unreachable();
  }
}

async function errorOf(answer: Response): Promise<ApiError> {
  const data = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  return new ApiError(answer.status, String(data["errcode"] ?? ""), String(data["error"] ?? ""), data);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}
