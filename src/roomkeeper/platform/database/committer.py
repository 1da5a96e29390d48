"""The committer: all writes that wait become durable with one fsync, and are answered together.

Writes of work in the background are patient: they go with the next that somebody waits for, or a moment later by
themselves, so that what somebody waits for does not find the disk busy.

A batch that fails is rolled back and replayed write by write: one bad write fails alone, with those built on it.
Everything that sync shows is published after its commit, in the order of its positions.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from prometheus_client import Counter, Histogram

from roomkeeper.platform.database.driver import Driver
from roomkeeper.platform.database.models import CommitInDoubt, DatabaseError, Statement, Write
from roomkeeper.platform.database.positions import Positions

BATCH = 500
"""Most writes that one transaction takes; the rest wait for the next."""

KEPT_DURATIONS = 4096
"""Batches whose durations are kept until somebody asks for them."""

PATIENCE_S = 0.02
"""How long a patient write waits for others at most."""
MOST_PATIENT = 4
"""As many patient writes are worth a commit of their own; more would hold up what comes next."""

Group = tuple[str, Sequence[Sequence[Any]], int | None]

batch_size = Histogram("roomkeeper_commit_batch_writes", "Writes per commit", buckets=(1, 2, 5, 10, 20, 50, 100, 500))
failed_writes = Counter("roomkeeper_failed_writes", "Writes that the database refused")


_is_patient: ContextVar[bool] = ContextVar("is_patient", default=False)


@contextmanager
def patience() -> Iterator[None]:
    """What is submitted within, by this task, is patient: nobody waits for it but work in the background."""
    token = _is_patient.set(True)
    try:
        yield
    finally:
        _is_patient.reset(token)


class Committer:
    """Takes writes, in order; there is one in a process."""

    def __init__(self, driver: Driver, positions: Positions) -> None:
        self._driver = driver
        self._positions = positions
        self._waiting: list[Write] = []
        self._running: asyncio.Task[None] | None = None
        self._is_urgent = False
        self._later: asyncio.TimerHandle | None = None
        self._listeners: list[Callable[[Sequence[Write]], None]] = []
        self._durations: deque[float] = deque(maxlen=KEPT_DURATIONS)
        self._slowest_taken = 0.0

    def on_commit(self, listener: Callable[[Sequence[Write]], None]) -> None:
        """Call `listener` with the committed writes of each batch, in order, before their submitters are answered."""
        self._listeners.append(listener)

    def submit(self, write: Write) -> asyncio.Future[None]:
        """Queue `write`; the future is done when it is durable, or fails with a `DatabaseError`. Never blocks."""
        write.future = asyncio.get_running_loop().create_future()
        self._waiting.append(write)
        if (reservation := self._positions.reservation()) is not None:
            self._waiting.append(reservation)
        if not _is_patient.get() or len(self._waiting) >= MOST_PATIENT:
            self._begin()
        elif self._running is None and self._later is None:
            self._later = asyncio.get_running_loop().call_later(PATIENCE_S, self._begin)
        return write.future

    def _begin(self) -> None:
        """Commit what waits as soon as the database is free."""
        self._is_urgent = True
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="committer")

    async def commit(self, *statements: Statement) -> None:
        """Write a few statements that belong to no room and make nothing visible to sync."""
        await self.submit(Write(list(statements)))

    async def drain(self) -> None:
        """Wait until nothing waits."""
        while self._running is not None or self._waiting:
            self._begin()
            assert self._running is not None
            await asyncio.wait([self._running])

    @property
    def waiting(self) -> int:
        """Writes that wait for the next commit."""
        return len(self._waiting)

    def take_durations(self) -> list[float]:
        """The seconds that each of the last commits took, since this was last asked."""
        taken = list(self._durations)
        self._durations.clear()
        self._slowest_taken = max(taken, default=0.0)
        return taken

    @property
    def slowest_lately(self) -> float:
        """The seconds of the slowest commit among those taken last and those since."""
        return max(self._slowest_taken, max(self._durations, default=0.0))

    async def _run(self) -> None:
        try:
            while self._waiting and self._is_urgent:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                self._is_urgent = len(self._waiting) > 0
                started = time.perf_counter()
                failures = await self._apply(batch)
                self._durations.append(time.perf_counter() - started)
                self._settle(batch, failures)
        finally:
            self._running = None
            if self._waiting:
                self._later = asyncio.get_running_loop().call_later(PATIENCE_S, self._begin)

    async def _apply(self, batch: list[Write]) -> dict[int, Exception]:
        """Make the batch durable. What comes back are the failures, by index into the batch."""
        batch_size.observe(len(batch))
        position = max(write.position for write in batch)
        if not any(write.after is not None and write.after.failed for write in batch):
            groups = _grouped(batch)
            if not groups:
                return {}
            if position:
                advance = self._positions.advance(position)
                groups.append((advance.sql, [advance.parameters], 1))
            try:
                await self._driver.apply(groups)
            except CommitInDoubt as error:
                for write in batch:
                    write.failed = True
                return dict.fromkeys(range(len(batch)), error)
            except DatabaseError:
                pass
            else:
                return {}
        marker = Write([self._positions.advance(position)] if position else [])
        outcomes = await self._driver.apply_each([*batch, marker])
        return {index: outcome for index, outcome in enumerate(outcomes[:-1]) if outcome is not None}

    def _settle(self, batch: list[Write], failures: dict[int, Exception]) -> None:
        done = [write for index, write in enumerate(batch) if index not in failures]
        self._positions.committed = max(self._positions.committed, *(write.position for write in batch))
        # Submitters go on when this function is through, with everything told, and before what the listeners wake.
        for index, write in enumerate(batch):
            write.after = None
            if write.future is None or write.future.done():
                continue
            if index in failures:
                failed_writes.inc()
                write.future.set_exception(failures[index])
            else:
                write.future.set_result(None)
        for listener in self._listeners:
            listener(done)


def _grouped(batch: Sequence[Write]) -> list[Group]:
    """Appends first, equal ones together, since what else is in the batch may update their rows; the rest in order."""
    appends: dict[str, tuple[list[Sequence[Any]], int | None]] = {}
    others: list[Group] = []
    for write in batch:
        for sql, parameters, rows, append in write.statements:
            if not append:
                others.append((sql, [parameters], rows))
            elif sql in appends:
                appends[sql][0].append(parameters)
            else:
                appends[sql] = ([parameters], rows)
    merged: list[Group] = [
        (sql, sets, None if rows is None else rows * len(sets)) for sql, (sets, rows) in appends.items()
    ]
    return merged + others
