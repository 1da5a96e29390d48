"""A reader of the event stream: some types of events, of all rooms, in order and once, as far as a durable cursor.

What an area makes of the events (an index, a directory) is written together with the cursor, so that a crash neither
loses nor repeats anything. It runs behind the messages, in batches, and never in their way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from prometheus_client import Gauge

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import PlacedEvent
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.figures import Finding
from roomkeeper.platform.logs import get_logger

log = get_logger(area="follower")

BATCH = 64
"""Events in one write: few, since making and storing them is not divided any further."""
WINDOW = 5_000
"""Positions that are looked through at once for events of the types in question."""
AGAIN = 0.1
"""Seconds before a batch is made anew."""
FAR_BEHIND = 10_000
"""Positions behind the stream that are worth a warning."""
UNSAVED = 50_000
"""Positions without anything in them after which the cursor is saved all the same."""

lag = Gauge("roomkeeper_follower_lag_positions", "Positions that a follower is behind the stream", ["follower"])

Handle = Callable[[Sequence[PlacedEvent], Write], Awaitable[None]]
"""Adds to the write what the events lead to."""


class Cursor(msgspec.Struct, frozen=True):
    """How the owner keeps the cursor: `load` it, and `move` it from one position to another. The write fails where it
    is not there, or where the owner says otherwise; then it is loaded again, and the batch is made anew."""

    load: Callable[[Reader], Awaitable[int]]
    move: Callable[[Write, int, int], None]


class Follower:
    """Follows the stream for one owner. `pause` is for how many seconds it lets events gather, unless hurried."""

    def __init__(
        self, app: Application, name: str, types: Sequence[str], handle: Handle, cursor: Cursor, *, pause: float
    ) -> None:
        self._app = app
        self._name = name
        self._types = tuple(types)
        self._handle = handle
        self._cursor = cursor
        self._pause = pause
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._moved = asyncio.Event()
        self._saved = 0
        self.reached = 0
        """Everything up to this position has been handled."""
        lag.labels(name).set_function(lambda: max(app.positions.committed - self.reached, 0))
        app.bus.subscribe(COMMITTED, lambda _changes: self._wake.set())
        app.checks.add(f"follower {name}", self._examine)

    async def _examine(self) -> Finding:
        """For the health: whether it keeps up."""
        behind = max(self._app.positions.committed - self.reached, 0)
        values: dict[str, str | int | float] = {"name": self._name, "positions": behind}
        if behind < FAR_BEHIND:
            return Finding(state="well", code="follower.well", text=f"{self._name} keeps up.", values=values)
        return Finding(
            state="warning",
            code="follower.behind",
            text=f"{self._name} is {behind} positions behind what was sent.",
            advice="It catches up by itself. Where it does not, the server's log says why.",
            values=values,
        )

    async def run(self) -> None:
        """Follow for ever."""
        self._saved = self.reached = await self._cursor.load(self._app.driver)
        while True:
            self._wake.clear()
            try:
                await self.catch_up()
            except UnexpectedRowCount as error:
                # The owner changed what the batch was built on: once more, from what is stored.
                log.info("a batch is made anew", follower=self._name, reason=str(error))
                self._saved = self.reached = await self._cursor.load(self._app.driver)
                await asyncio.sleep(AGAIN)
                continue
            await self._wake.wait()
            if not self._hurry.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause):
                        await self._hurry.wait()
            self._hurry.clear()

    async def reach(self, position: int, seconds: float) -> bool:
        """Wait until everything up to `position` has been handled, or the time is over."""
        if self.reached >= position:
            return True
        self._hurry.set()
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.reached < position:
                    await self._moved.wait()
        return self.reached >= position

    async def catch_up(self) -> None:
        """Handle all that is committed, batch by batch; others get their turn in between."""
        while self.reached < (upto := self._app.positions.committed):
            first = await store.next_event_position(self._app.driver, self.reached)
            if first is None or first > upto:
                self._move_to(upto)
                return
            after, window = first - 1, min(first + WINDOW, upto)
            entries = await store.events_of_types(self._app.driver, self._types, after, window, BATCH)
            await self._take(entries, entries[-1].position if len(entries) == BATCH else window)
            await self._app.giving_way.turn()

    async def _take(self, entries: Sequence[PlacedEvent], reached: int) -> None:
        if entries or reached - self._saved > UNSAVED:
            write = Write()
            if entries:
                await self._handle(entries, write)
            self._cursor.move(write, self._saved, reached)
            await self._app.committer.submit(write)
            self._saved = reached
        self._move_to(reached)

    def _move_to(self, position: int) -> None:
        self.reached = position
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
