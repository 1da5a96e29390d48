"""Facts: what has happened, for those who care, at least once.

A fact is a frozen struct named in the past tense. `record` puts it into the write that makes it true (a row of the
outbox); after the commit every handler is called, in order; the row goes when all are through, together with others. A
handler must be idempotent: after a crash it may be called again.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
from prometheus_client import Counter, Gauge

from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Committer, Driver, Statement, Write
from roomkeeper.platform.logs import get_logger

log = get_logger(area="facts")

FIRST_RETRY_MS = 1_000
LONGEST_RETRY_MS = 600_000
PAGE = 100
TOGETHER_S = 0.5
"""Facts that were delivered within so many seconds leave the outbox in one commit."""

delivered = Counter("roomkeeper_facts_delivered", "Facts delivered to all their handlers", ["kind"])
retried = Counter("roomkeeper_facts_retried", "Deliveries that failed and will be tried again", ["kind"])
undelivered = Gauge("roomkeeper_facts_undelivered", "Facts in the outbox after the last pass")


class Fact(msgspec.Struct, frozen=True):
    """Something that has happened; subclasses say what, in the past tense."""


AnyFact = TypeVar("AnyFact", bound=Fact)


class Facts:
    """The outbox and its handlers."""

    def __init__(self, driver: Driver, committer: Committer, clock: Clock) -> None:
        self._driver = driver
        self._committer = committer
        self._clock = clock
        self._types: dict[str, type[Fact]] = {}
        self._handlers: dict[str, list[Callable[[Any], Awaitable[None]]]] = defaultdict(list)
        self._wake = asyncio.Event()
        committer.on_commit(self._notice)

    def handle(self, kind: type[AnyFact], handler: Callable[[AnyFact], Awaitable[None]]) -> None:
        """Call `handler` with every fact of that type. It must be idempotent."""
        self._types[kind.__name__] = kind
        self._handlers[kind.__name__].append(handler)

    def record(self, write: Write, fact: Fact) -> None:
        """Make `fact` part of `write`. One that nobody handles is not stored."""
        kind = type(fact).__name__
        if kind not in self._types:
            return
        now = self._clock.now_ms()
        write.has_facts = True
        write.add(
            "INSERT INTO outbox (kind, payload, recorded_ts, next_attempt_ts, attempts) VALUES ($1, $2, $3, $3, 0)",
            kind,
            msgspec.json.encode(fact),
            now,
            rows=1,
        )

    async def run(self) -> None:
        """Deliver for ever: what a crash left first, then after each commit that recorded something."""
        while True:
            self._wake.clear()
            wait_ms = await self.deliver_due()
            try:
                async with asyncio.timeout(None if wait_ms is None else max(wait_ms, 0) / 1000):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def deliver_due(self) -> int | None:
        """Deliver all that is due. What comes back are the milliseconds until the next retry, if one is planned."""
        sql = "SELECT id, kind, payload, attempts FROM outbox WHERE next_attempt_ts <= $1 ORDER BY id LIMIT $2"
        while rows := await self._driver.query(sql, self._clock.now_ms(), PAGE):
            begun, done = time.monotonic(), []
            for row in rows:
                done.append(await self._deliver(*row))
                if time.monotonic() - begun > TOGETHER_S:
                    break
            await self._committer.commit(*done)
        left = await self._driver.query_one("SELECT count(*), min(next_attempt_ts) FROM outbox")
        assert left is not None
        undelivered.set(left[0])
        return None if left[1] is None else left[1] - self._clock.now_ms()

    async def backlog(self) -> tuple[int, int]:
        """How many are not delivered, and the time of the oldest of them (0 where there is none)."""
        row = await self._driver.query_one("SELECT count(*), COALESCE(min(recorded_ts), 0) FROM outbox")
        assert row is not None
        return int(row[0]), int(row[1])

    async def _deliver(self, identifier: int, kind: str, payload: bytes, attempts: int) -> Statement:
        """Call the handlers; what then becomes of the row."""
        try:
            fact = msgspec.json.decode(payload, type=self._types[kind])
            for handler in self._handlers[kind]:
                await handler(fact)
        except Exception as error:
            wait_ms = min(FIRST_RETRY_MS * 2**attempts, LONGEST_RETRY_MS)
            log.error("a fact could not be delivered", kind=kind, id=identifier, retry_in_ms=wait_ms, exc_info=error)
            retried.labels(kind).inc()
            sql = "UPDATE outbox SET attempts = attempts + 1, next_attempt_ts = $2 WHERE id = $1"
            return Statement(sql, (identifier, self._clock.now_ms() + wait_ms), rows=1)
        delivered.labels(kind).inc()
        return Statement("DELETE FROM outbox WHERE id = $1", (identifier,), rows=1)

    def _notice(self, writes: Sequence[Write]) -> None:
        if any(write.has_facts for write in writes):
            self._wake.set()
