"""The workers of one kind: started when there is work, ended when there has been none for a while, replaced when they
die. A job whose worker dies is tried once more, in a new worker, and then it has failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import msgspec
from prometheus_client import Counter, Gauge, Histogram

from roomkeeper.core.analysis.models import AnalysisFailed, AnyAnalyser, Priority, Reason, WorkerKind
from roomkeeper.core.analysis.process import WorkerDied, WorkerProcess
from roomkeeper.core.analysis.protocol import Failed
from roomkeeper.core.analysis.protocol import Job as JobMessage
from roomkeeper.core.analysis.queue import FairQueue
from roomkeeper.platform.logs import get_logger

log = get_logger(area="analysis")

TRIES = 2

outcomes = Counter("roomkeeper_analysis_jobs", "Jobs that were done or failed", ["analyser", "outcome"])
durations = Histogram(
    "roomkeeper_analysis_seconds",
    "Seconds that a job took in its worker",
    ["analyser"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
queued = Gauge("roomkeeper_analysis_queued", "Jobs that wait for a worker", ["kind"])
running = Gauge("roomkeeper_analysis_workers", "Worker processes", ["kind"])
died = Counter("roomkeeper_analysis_workers_died", "Workers that ended or were killed over a job", ["kind", "why"])


class PooledJob:
    """A job, who it is for, and where its answer goes."""

    def __init__(
        self,
        analyser: AnyAnalyser,
        message: JobMessage,
        user: str,
        priority: Priority,
        begins: Callable[[], None] | None = None,
    ) -> None:
        self.analyser = analyser
        self.message = message
        self.user = user
        self.priority = priority
        self.begins = begins
        self.future: asyncio.Future[msgspec.Raw] = asyncio.get_running_loop().create_future()

    def fail(self, reason: Reason, message: str) -> None:
        """Tell who waits, if somebody still does."""
        outcomes.labels(self.analyser.name, reason).inc()
        if not self.future.done():
            self.future.set_exception(AnalysisFailed(reason, message))

    def finish(self, result: msgspec.Raw) -> None:
        """Hand the result over, if somebody still waits."""
        outcomes.labels(self.analyser.name, "done").inc()
        if not self.future.done():
            self.future.set_result(result)


class Pool:
    """Workers of one kind. `references` gives the plug-ins that a new worker is to load."""

    def __init__(
        self, kind: WorkerKind, references: Callable[[], Sequence[str]], capacity: int, idle_seconds: float
    ) -> None:
        self.kind = kind
        self._references = references
        self._idle_seconds = idle_seconds
        self._queue: FairQueue[PooledJob] = FairQueue(capacity)
        self._waiters: list[asyncio.Future[None]] = []
        self._runners: set[asyncio.Task[None]] = set()
        self.workers: list[WorkerProcess] = []

    def submit(self, job: PooledJob) -> None:
        """Let the job wait for a worker. Raises `AnalysisFailed` (busy)."""
        self._queue.push(job)
        queued.labels(self.kind.name).set(len(self._queue))
        while self._waiters:
            waiter = self._waiters.pop()
            if not waiter.done():
                waiter.set_result(None)
                return
        if len(self._runners) < self.kind.processes:
            runner = asyncio.create_task(self._run(), name=f"analysis {self.kind.name}")
            self._runners.add(runner)
            runner.add_done_callback(self._runners.discard)

    @property
    def waiting(self) -> int:
        """Jobs that wait for a worker."""
        return len(self._queue)

    async def stop(self) -> None:
        """End all workers; jobs that wait or run fail."""
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)
        while (job := self._queue.pop()) is not None:
            job.fail("stopped", "The server stops.")

    async def _run(self) -> None:
        """Serve jobs with one worker at a time, until there were none for a while."""
        worker: WorkerProcess | None = None
        try:
            while True:
                job = self._queue.pop()
                if job is None:
                    if not await self._wait():
                        return
                    continue
                queued.labels(self.kind.name).set(len(self._queue))
                if not job.future.done():
                    if job.begins is not None:
                        job.begins()
                    worker = await self._serve(worker, job)
        finally:
            if worker is not None:
                await self._drop(worker)

    async def _wait(self) -> bool:
        """Wait for work; whether there may be some."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(self._idle_seconds):
                await waiter
        except TimeoutError:
            return waiter.done() and not waiter.cancelled()
        finally:
            with contextlib.suppress(ValueError):
                self._waiters.remove(waiter)
        return True

    async def _serve(self, worker: WorkerProcess | None, job: PooledJob) -> WorkerProcess | None:
        """Do one job; the worker for the next, if there still is one."""
        try:
            for left in reversed(range(TRIES)):
                try:
                    worker = worker or await self._start()
                    return await self._attempt(worker, job)
                except WorkerDied as error:
                    reason: Reason = "memory" if error.over_memory else "crashed"
                    worker = await self._let_go(worker, reason, error)
                    if not left:
                        job.fail(reason, "Looking at this file has ended the process that did it.")
                except TimeoutError as error:
                    worker = await self._let_go(worker, "timeout", error)
                    job.fail("timeout", "Looking at this file took too long.")
                    break
        except asyncio.CancelledError:
            job.fail("stopped", "The server stops.")
            if worker is not None:
                await self._drop(worker)
            raise
        return worker

    async def _attempt(self, worker: WorkerProcess, job: PooledJob) -> WorkerProcess | None:
        started = time.perf_counter()
        answer = await worker.run(job.message, job.analyser.seconds)
        durations.labels(job.analyser.name).observe(time.perf_counter() - started)
        if isinstance(answer, Failed):
            job.fail(answer.reason, answer.message)
        else:
            job.finish(answer.result)
        if worker.is_worn or (isinstance(answer, Failed) and answer.reason == "memory"):
            await self._drop(worker)
            return None
        return worker

    async def _start(self) -> WorkerProcess:
        worker = await WorkerProcess.start(self.kind, self._references())
        self.workers.append(worker)
        running.labels(self.kind.name).inc()
        return worker

    async def _let_go(self, worker: WorkerProcess | None, why: Reason, error: Exception) -> WorkerProcess | None:
        """End a worker over a job; there is none then."""
        log.warning("a worker is replaced", kind=self.kind.name, why=why, error=str(error))
        died.labels(self.kind.name, why).inc()
        if worker is not None:
            await self._drop(worker)
        return None

    async def _drop(self, worker: WorkerProcess) -> None:
        if worker in self.workers:
            self.workers.remove(worker)
            running.labels(self.kind.name).dec()
        await worker.kill()
