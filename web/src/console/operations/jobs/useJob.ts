/** One job as it goes on: the server answers as soon as there is news of it. */
import { useEffect, useState } from "react";
import { call } from "../../../api";
import type { Job } from "../types";

const WAIT_MS = 25_000;
const PAUSE_MS = 300;
const AGAIN_MS = 4000;

export function isOver(job: Job): boolean {
  return job.state === "succeeded" || job.state === "failed" || job.state === "cancelled";
}

export function useJob(jobId: string | null): { job: Job | undefined; error: unknown } {
  const [state, setState] = useState<{ job: Job | undefined; error: unknown }>({ job: undefined, error: null });
  useEffect(() => {
    setState({ job: undefined, error: null });
    if (jobId === null) return;
    const stop = new AbortController();
    void follow(jobId, stop.signal, (job) => setState({ job, error: null }), (error) => setState((before) => ({ ...before, error })));
    return () => stop.abort();
  }, [jobId]);
  return state;
}

async function follow(jobId: string, signal: AbortSignal, tell: (job: Job) => void, fail: (error: unknown) => void): Promise<void> {
  let known: Job | null = null;
  while (!signal.aborted) {
    try {
      const query: Readonly<Record<string, number>> = known === null ? {} : { since: known.version, timeout: WAIT_MS };
      const job: Job = await call<Job>("GET", `/jobs/${encodeURIComponent(jobId)}`, { query, signal });
      if (signal.aborted) return;
      if (known === null || job.version !== known.version) tell(job);
      known = job;
      // One that has ended is answered at once; it may be resumed.
      await sleep(isOver(job) ? AGAIN_MS : PAUSE_MS);
    } catch (error) {
      if (signal.aborted) return;
      fail(error);
      await sleep(AGAIN_MS);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
