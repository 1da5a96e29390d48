"""Jobs: starting them, doing their chunks, telling how far they are.

1. `add` puts a job into a write, with the fact that it is there; when that is durable, the job will be done.
2. The background task hands every job that is queued or running to the engine, which it starts when there is one.
3. The engine calls `work`, again and again, until it says that there is no more; it tries again what fails, later and
   later, and takes up after a crash what it had not finished.
4. `work` does chunks. Each one's effects, the cursor behind it and the progress are one write, which fails where the
   job was cancelled or paused meanwhile: so a chunk happens once, and none happens after the operator's word.
"""

from __future__ import annotations

import asyncio
import importlib
import secrets
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from prometheus_client import Counter, Gauge, Histogram

from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import InvalidParameter, NotFound, Unavailable
from roomkeeper.platform.figures import Finding
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.jobs import rules, store
from roomkeeper.platform.jobs.facts import JobQueued
from roomkeeper.platform.jobs.models import Chunk, Job, JobRecord, Order, State
from roomkeeper.platform.jobs.rules import Action
from roomkeeper.platform.jobs.settings import JobSettings
from roomkeeper.platform.logs import get_logger

if TYPE_CHECKING:
    from roomkeeper.platform.application import Application
    from roomkeeper.platform.jobs.engine import Engine

log = get_logger(area="jobs")

START_DELAY_S = 1.0
"""The engine takes a second to load: the first requests after a start need not feel it."""
IDLE_S = 30.0
"""Seconds without a new job after which the engine is looked after, and stopped where it has none: it polls."""
SLICE_S = 1.0
"""Seconds of chunks that count as one step for the engine, which writes a row for each."""
ATTEMPTS = 8
PAGE = 500
FORGET_ROWS = 500
MOST_WAITING = 200
ANY = ""
"""What those wait for who want news of any job."""
FAILED_DAYS = 7
"""Days for which a job that has failed is told of."""
MOST_RUNS = 50
RACES = 5
DAY_MS = 24 * 3600 * 1000

chunks_done = Counter("roomkeeper_job_chunks", "Chunks of jobs that were done", ["name"])
chunks_failed = Counter("roomkeeper_job_chunks_failed", "Chunks of jobs that failed and are tried again", ["name"])
jobs_ended = Counter("roomkeeper_jobs_ended", "Jobs that have ended", ["name", "state"])
chunk_seconds = Histogram("roomkeeper_job_chunk_seconds", "Seconds that a chunk took", ["name"])
unfinished_jobs = Gauge("roomkeeper_jobs_unfinished", "Jobs that are queued or running")


class Pace(NamedTuple):
    """Since when (in seconds of the monotonic clock) a job runs, and how much was done then."""

    since: float
    done: int


class Jobs:
    """The jobs of this server. Areas contribute kinds of jobs to `kinds`."""

    def __init__(self, app: Application, settings: JobSettings) -> None:
        self._app = app
        self._settings = settings
        self.kinds: Slot[Job[Any]] = Slot("jobs")
        self._wake = asyncio.Event()
        self._waiting: dict[asyncio.Future[None], str] = {}
        self._process = secrets.token_hex(4)
        self._told = 0
        self._active: dict[str, State] = {}
        self._paces: dict[str, Pace] = {}
        self._attempts: dict[str, int] = {}
        self._handed_over: set[tuple[str, int]] = set()
        self._closed = False
        app.facts.handle(JobQueued, self._notice)

    # ------------------------------------------------------------ starting

    def add(self, write: Write, name: str, parameters: msgspec.Struct, *, started_by: str, key: str = "") -> str:
        """Make a new job part of `write`; its id.

        Of one kind and `key` there is one unfinished job at a time: where there is one already, nothing is added.
        """
        kind, now = self.kinds[name], self._app.clock.now_ms()
        record = JobRecord(
            job_id=f"{now:011x}{secrets.token_hex(4)}",
            name=name,
            key=key,
            parameters=msgspec.Raw(msgspec.json.encode(parameters)),
            state="queued",
            run=1,
            cursor=None,
            done=0,
            total=None,
            unit=kind.unit,
            message="",
            started_by=started_by,
            created_ts=now,
            started_ts=None,
            finished_ts=None,
            updated_ts=now,
            version=1,
        )
        store.insert(write, record)
        self._app.facts.record(write, JobQueued(record.job_id))
        return record.job_id

    async def start(
        self, name: str, parameters: msgspec.Struct, *, started_by: str, key: str = "", write: Write | None = None
    ) -> JobRecord:
        """Start a job, with what else is in `write`; the one that was started before, where that has not ended."""
        write = write or Write()
        job_id = self.add(write, name, parameters, started_by=started_by, key=key)
        await self._app.committer.submit(write)
        driver = self._app.driver
        record = await store.find(driver, job_id) or await store.find_unfinished(driver, name, key)
        return record or await self.start(name, parameters, started_by=started_by, key=key)

    async def _notice(self, fact: JobQueued) -> None:
        self._active.setdefault(fact.job_id, "queued")
        self._wake.set()
        self._tell(fact.job_id)

    # ------------------------------------------------------------ looking

    async def get(self, job_id: str) -> JobRecord:
        """One job. Raises `NotFound`."""
        record = await store.find(self._app.driver, job_id)
        if record is None:
            raise NotFound("There is no such job.")
        return record

    async def page(
        self, after: str, state: str, limit: int, *, unfinished: bool = False, order: Order = "-created"
    ) -> list[JobRecord]:
        """Jobs that come after the job `after` in their order."""
        return await store.page(self._app.driver, after, state, limit, unfinished=unfinished, order=order)

    async def failed_lately(self) -> int:
        """How many jobs have failed in the last days, and were not resumed."""
        return await store.count_failed(self._app.driver, self._app.clock.now_ms() - FAILED_DAYS * DAY_MS)

    def in_state(self, state: State) -> int:
        """How many jobs are queued, or running."""
        return sum(one == state for one in self._active.values())

    def remaining_ms(self, record: JobRecord) -> int | None:
        """How long a running job will take at the pace that it has had since it was begun or resumed, in ms."""
        pace = self._paces.get(record.job_id)
        if pace is None or record.state != "running" or record.total is None:
            return None
        done, elapsed = record.done - pace.done, self._app.clock.monotonic() - pace.since
        return rules.remaining_ms(done, record.total - record.done, elapsed)

    @property
    def revision(self) -> str:
        """Another one with every change of any job, and for every process."""
        return f"{self._process}.{self._told}"

    async def wait_for_any(self, since: str, seconds: float) -> None:
        """Until the `revision` is another than `since`, or `seconds` have passed."""
        if self.revision == since:
            await self._wait_for(ANY, seconds)

    async def newest(self, name: str, key: str = "") -> JobRecord | None:
        """The job of that kind and key that was started last."""
        return await store.newest(self._app.driver, name, key)

    async def unfinished(self, name: str) -> list[JobRecord]:
        """All jobs of one kind that have not ended, also those that are paused."""
        found: list[JobRecord] = []
        while batch := await store.unfinished_of(self._app.driver, name, found[-1].job_id if found else "", PAGE):
            found += batch
        return found

    async def wait(self, job_id: str, since: int, seconds: float) -> JobRecord:
        """The job, when it has a version above `since` or has ended, or `seconds` have passed. Raises `NotFound`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            record = await self.get(job_id)
            remaining = deadline - loop.time()
            changed = record.version > since or record.is_finished
            if changed or remaining <= 0 or not await self._wait_for(job_id, remaining):
                return record

    async def _wait_for(self, job_id: str, seconds: float) -> bool:
        """Wait for a change of a job, or of `ANY`. False: nobody can wait now."""
        if self._closed or len(self._waiting) >= MOST_WAITING:
            return False
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = job_id
        try:
            await asyncio.wait([waiter], timeout=seconds)
        finally:
            del self._waiting[waiter]
        return True

    def _tell(self, job_id: str) -> None:
        """Wake those who wait for a job, and those who wait for any."""
        self._told += 1
        for waiter, wanted in self._waiting.items():
            if wanted in (ANY, job_id) and not waiter.done():
                waiter.set_result(None)

    def close(self) -> None:
        """Answer everybody who waits: the server stops."""
        self._closed = True
        for waiter in self._waiting:
            waiter.cancel()

    # ------------------------------------------------------------ the operator's word

    async def change(self, job_id: str, action: Action) -> JobRecord:
        """Do as the operator says. Raises `NotFound`, and `InvalidParameter` where the state does not allow it."""
        for _ in range(RACES):
            record = await self.get(job_id)
            state = rules.next_state(action, record.state)
            if state is None:
                raise InvalidParameter(f"A job that is {record.state} cannot be {PARTICIPLES[action]}.")
            if state == record.state:
                return record
            write = Write()
            self._app.audit.record(write, permission=f"jobs.{action}", target=job_id, reason=record.name)
            run = record.run + 1 if action == "resume" else record.run
            after = self._changed(record, state=state, run=run, message="")
            store.set_state(write, record, after)
            try:
                await self._submit(write, after)
            except DatabaseError:
                # Its first or last chunk may have been finished in between; else there is another of its key.
                if (await self.get(job_id)).state == record.state:
                    raise InvalidParameter("Another job of this kind is under way.") from None
            else:
                return await self.get(job_id)
        raise Unavailable

    async def examine(self) -> Finding:
        """For the health: whether jobs have failed."""
        count = await self.failed_lately()
        if not count:
            return Finding(state="well", code="jobs.well", text="No job has failed lately.", values={"count": 0})
        return Finding(
            state="warning",
            code="jobs.failed",
            text=f"Jobs that have failed in the last {FAILED_DAYS} days: {count}.",
            advice="Look at what each says, mend that, and resume it: it goes on where it stopped. Or let it be.",
            values={"count": count},
        )

    def _changed(self, before: JobRecord, **values: Any) -> JobRecord:
        now = self._app.clock.now_ms()
        after = msgspec.structs.replace(before, **values, updated_ts=now, version=before.version + 1)
        started = now if after.state == "running" and after.started_ts is None else after.started_ts
        return msgspec.structs.replace(after, started_ts=started, finished_ts=now if after.is_finished else None)

    async def _put(self, before: JobRecord, write: Write, **values: Any) -> JobRecord:
        """Change a job, as part of `write`. Raises `DatabaseError` where it has changed meanwhile."""
        after = self._changed(before, **values)
        store.update(write, before, after)
        await self._submit(write, after)
        return after

    async def _submit(self, write: Write, after: JobRecord) -> None:
        """Make a change durable, and tell of it."""
        if after.state == "queued":
            self._app.facts.record(write, JobQueued(after.job_id))
        await self._app.committer.submit(write)
        if after.is_finished:
            jobs_ended.labels(after.name, after.state).inc()
            kind = self.kinds.get(after.name)
            if kind is not None and kind.ended is not None:
                kind.ended(msgspec.json.decode(after.parameters, type=kind.parameters))
        self._note_state(after)
        self._tell(after.job_id)

    def _note_state(self, after: JobRecord) -> None:
        if after.state in ("queued", "running"):
            self._active[after.job_id] = after.state
        else:
            self._active.pop(after.job_id, None)
        if after.state != "running":
            self._paces.pop(after.job_id, None)
        elif after.job_id not in self._paces:
            self._paces[after.job_id] = Pace(self._app.clock.monotonic(), after.done)

    # ------------------------------------------------------------ working

    async def run(self) -> None:
        """Hand over to the engine what is to be done, for ever."""
        await asyncio.sleep(START_DELAY_S)
        engine: Engine | None = None
        self._handed_over.clear()
        try:
            while True:
                self._wake.clear()
                await self._forget_old()
                unfinished = await self._unfinished()
                if unfinished and engine is None:
                    engine = await self._start_engine()
                if engine is not None:
                    await self._hand_over(engine, unfinished)
                engine = await self._sleep(engine)
        finally:
            if engine is not None:
                await engine.stop()

    async def _sleep(self, engine: Engine | None) -> Engine | None:
        """Wait for a job. What comes back is the engine, or `None` where it was stopped since nothing is to be done."""
        try:
            async with asyncio.timeout(DAY_MS / 1000 if engine is None else IDLE_S):
                await self._wake.wait()
        except TimeoutError:
            # What is not finished is handed over anew now and then, to find what the engine holds for ended.
            self._handed_over.clear()
            if engine is not None and not await self._unfinished():
                await engine.stop()
                return None
        return engine

    async def _unfinished(self) -> list[JobRecord]:
        found: list[JobRecord] = []
        while batch := await store.in_states(
            self._app.driver, ("queued", "running"), found[-1].job_id if found else "", PAGE
        ):
            found += batch
        unfinished_jobs.set(len(found))
        self._active = {record.job_id: record.state for record in found}
        return found

    async def _start_engine(self) -> Engine:
        # Loading takes a second; a thread shares it with the requests.
        module = await asyncio.to_thread(importlib.import_module, "roomkeeper.platform.jobs.engine")
        engine: Engine = module.Engine(
            self._settings.effective_database_url(self._app.data_dir),
            concurrency=self._settings.concurrency,
            attempts=ATTEMPTS,
            work=self.work,
            give_up=self.give_up,
        )
        await engine.start()
        return engine

    async def _hand_over(self, engine: Engine, unfinished: list[JobRecord]) -> None:
        self._handed_over &= {(record.job_id, record.run) for record in unfinished}
        for record in unfinished:
            if (record.job_id, record.run) in self._handed_over:
                continue
            self._handed_over.add((record.job_id, record.run))
            if not await engine.submit(record.job_id, record.run):
                await self._begin_anew(record.job_id, record.run)

    async def _begin_anew(self, job_id: str, run: int) -> None:
        """The engine holds a run for ended that the database does not: a backup was restored, or it has given up."""
        record = await self.get(job_id)
        if record.run != run or record.state not in ("queued", "running"):
            return
        if run >= MOST_RUNS:
            await self._put(record, Write(), state="failed", message="This job was begun too often.")
        else:
            await self._put(record, Write(), state="queued", run=run + 1)

    async def _forget_old(self) -> None:
        write = Write()
        store.delete_finished(write, self._app.clock.now_ms() - self._settings.kept_days * DAY_MS, FORGET_ROWS)
        await self._app.committer.submit(write)

    async def work(self, job_id: str, run: int) -> bool:
        """Do chunks of a job for a while; whether there is more to do. Raises what a chunk raises."""
        deadline, progressed = time.monotonic() + SLICE_S, False
        while time.monotonic() < deadline:
            record = await store.find(self._app.driver, job_id)
            if record is None or record.run != run or record.state not in ("queued", "running"):
                return False
            try:
                if not await self._work_once(record):
                    return False
            except Exception as error:
                if await self._has_changed(record):
                    continue
                await self._note_failure(record, error)
                if progressed:
                    return True
                raise
            progressed = True
        return True

    async def _work_once(self, record: JobRecord) -> bool:
        """Do one chunk; whether there is more to do."""
        kind = self.kinds.get(record.name)
        if kind is None:
            raise LookupError(f"this version of Roomkeeper knows no job {record.name}")
        if record.state == "queued":
            record = await self._put(record, Write(), state="running")
        parameters = msgspec.json.decode(record.parameters, type=kind.parameters)
        started = time.perf_counter()
        chunk = await kind.step(parameters, None if record.cursor is None else msgspec.json.decode(record.cursor))
        await self._finish_chunk(record, chunk)
        chunks_done.labels(record.name).inc()
        chunk_seconds.labels(record.name).observe(time.perf_counter() - started)
        self._attempts.pop(record.job_id, None)
        return chunk.cursor is not None

    async def _finish_chunk(self, record: JobRecord, chunk: Chunk) -> None:
        await self._put(
            record,
            chunk.write or Write(),
            state="succeeded" if chunk.cursor is None else "running",
            cursor=None if chunk.cursor is None else msgspec.json.encode(chunk.cursor),
            done=chunk.done,
            total=chunk.total,
            message=chunk.message,
        )
        if chunk.after is not None:
            chunk.after()

    async def _has_changed(self, record: JobRecord) -> bool:
        """Whether somebody else had a word while a chunk was being done (its own beginning does not count)."""
        now = await store.find(self._app.driver, record.job_id)
        return now is None or now.run != record.run or now.state not in ("queued", "running")

    async def _note_failure(self, record: JobRecord, error: Exception) -> None:
        attempt = self._attempts[record.job_id] = self._attempts.get(record.job_id, 0) + 1
        chunks_failed.labels(record.name).inc()
        log.error("a chunk of a job failed", job=record.name, job_id=record.job_id, attempt=attempt, exc_info=error)
        current = await self.get(record.job_id)
        await self._put(current, Write(), message=rules.failure_message(error, attempt, ATTEMPTS))

    async def give_up(self, job_id: str, run: int, error: str) -> None:
        """The engine has tried often enough."""
        self._attempts.pop(job_id, None)
        record = await store.find(self._app.driver, job_id)
        if record is not None and record.run == run and record.state in ("queued", "running"):
            await self._put(record, Write(), state="failed", message=error[: rules.LONGEST_MESSAGE])


PARTICIPLES: dict[Action, str] = {"cancel": "cancelled", "pause": "paused", "resume": "resumed"}
