"""The engine of jobs: DBOS, which queues them, tries again what fails, and takes up after a crash what was under way.

It runs on threads and a loop of its own; each piece of work is done on the server's loop, which alone may touch the
server. DBOS is one for a process: of two servers in one process (in tests), the second waits for the first to end.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID

from roomkeeper.platform.logs import get_logger

log = get_logger(area="jobs")

QUEUE = "jobs"
NAME = "roomkeeper"
VERSION = "1"
"""DBOS takes up only what the same version of an application began; what it keeps of ours does not depend on it."""
POLL_S = 0.25
LOCK_PAUSE_S = 0.1
FORGOTTEN = 1000
"""Runs that have ended and are forgotten at a start."""
FIRST_RETRY_S = 1.0
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

Result = TypeVar("Result")

_in_use = threading.Lock()
_current: Engine | None = None


class Engine:
    """The engine of one server; between `start` and `stop` it calls `work` until that says that there is no more.

    After as many `attempts` at one piece of work as failed, it calls `give_up` with the reason.
    """

    def __init__(
        self,
        url: str,
        *,
        concurrency: int,
        attempts: int,
        work: Callable[[str, int], Awaitable[bool]],
        give_up: Callable[[str, int, str], Awaitable[None]],
    ) -> None:
        self._url = url
        self._concurrency = concurrency
        self.attempts = attempts
        self.work = work
        self.give_up = give_up
        self.loop = asyncio.get_running_loop()

    async def start(self) -> None:
        """Begin to work, also on what a crash has left."""
        global _current
        while not _in_use.acquire(blocking=False):  # noqa: ASYNC110 - another server's, on another loop
            await asyncio.sleep(LOCK_PAUSE_S)
        _current = self
        try:
            await asyncio.to_thread(self._launch)
        except BaseException:
            await self.stop()
            raise

    def _launch(self) -> None:
        put_aside_damaged(self._url)
        # On a thread that has no event loop: else DBOS would take the server's for its own.
        DBOS(
            config={
                "name": NAME,
                "system_database_url": self._url,
                "application_version": VERSION,
                "executor_id": "local",
                "serializer": DBOSPortableJSONSerializer(),
                "log_level": "WARNING",
                "enable_otlp": False,
            }
        )
        logging.getLogger("dbos").handlers[:] = [_OurLog()]
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=self._concurrency, polling_interval_sec=POLL_S, on_conflict="always_update"
        )
        ended = DBOS.list_workflows(status=list(ENDED), limit=FORGOTTEN, load_input=False, load_output=False)
        if ended:
            DBOS.delete_workflows([workflow.workflow_id for workflow in ended])

    async def submit(self, job_id: str, run: int) -> bool:
        """Let a run of a job be done; nothing happens where that was said before. False: it has ended already."""
        return await asyncio.to_thread(self._submit, job_id, run)

    def _submit(self, job_id: str, run: int) -> bool:
        with SetWorkflowID(f"{job_id}.{run}"):
            handle = DBOS.enqueue_workflow(QUEUE, _job, job_id, run, self.attempts)
        return handle.get_status().status not in ENDED

    async def stop(self) -> None:
        """Let go of everything at once; what is under way goes on at the next start."""
        global _current
        # It warns of everything that it is told to let go of.
        logging.getLogger("dbos").setLevel(logging.ERROR)
        try:
            await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)
        finally:
            _current = None
            _in_use.release()


def put_aside_damaged(url: str) -> None:
    """Rename a SQLite file that is damaged: which jobs there are stands elsewhere, so that a new one does as well."""
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:") or not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            return  # Locked, or not to be read: that is no damage, and the engine says what it is.
        damage = str(error)
    if damage == "ok":
        return
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
    log.error("the engine's database is damaged; it begins a new one", damage=damage, aside=str(aside))
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(f"{path.name}{suffix}")
        if file.exists():
            file.rename(aside.with_name(f"{aside.name}{suffix}"))


class _OurLog(logging.Handler):
    """What DBOS logs is a line of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it."""
        log.warning("the engine of jobs says", said=record.getMessage(), exc_info=record.exc_info)


async def _on_server(act: Callable[[Engine], Coroutine[Any, Any, Result]]) -> Result:
    """Run `act` on the server's loop, and wait for it on this one."""
    engine = _current
    assert engine is not None, "DBOS works only while an engine is started"
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(act(engine), engine.loop))


async def _work(job_id: str, run: int) -> bool:
    async def act(engine: Engine) -> bool:
        return await engine.work(job_id, run)

    return await _on_server(act)


@DBOS.step(name="give_up")
async def _give_up(job_id: str, run: int, error: str) -> None:
    async def act(engine: Engine) -> None:
        await engine.give_up(job_id, run, error)

    await _on_server(act)


@DBOS.workflow(name="job")
async def _job(job_id: str, run: int, attempts: int) -> None:
    """One run of a job. Its steps are slices of time; where it is, stands in the main database."""
    try:
        while await DBOS.run_step_async(
            {
                "name": "work",
                "retries_allowed": True,
                "max_attempts": attempts,
                "interval_seconds": FIRST_RETRY_S,
                "backoff_rate": 2.0,
            },
            _work,
            job_id,
            run,
        ):
            pass
    except Exception as error:  # noqa: BLE001 - whatever it is, the job has failed of it
        errors = getattr(error, "errors", None)
        cause = errors[-1] if errors else error
        await _give_up(job_id, run, f"gave up after {attempts} attempts: {type(cause).__name__}: {cause}")
