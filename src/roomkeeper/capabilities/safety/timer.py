"""What happens by itself: countdowns end, people are asked in stages, events expire and are erased."""

from __future__ import annotations

import asyncio
import contextlib

from roomkeeper.capabilities.safety.events import Events
from roomkeeper.capabilities.safety.store import events as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.logs import get_logger

log = get_logger(area="safety")

LONGEST_S = 30.0
SHORTEST_S = 0.02
AFTER_FAILURE_S = 5.0
AT_ONCE = 100
TOGETHER = 4
"""Events that are worked on at a time: one with very many people must not hold up the next."""


class Timer:
    """The background task, and what wakes it."""

    def __init__(self, app: Application, events: Events) -> None:
        self._app = app
        self._events = events
        self._wake = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        events.wake = self._wake.set

    async def run(self) -> None:
        """Look for ever; at first for what fell due while the server was away."""
        try:
            while True:
                self._wake.clear()
                await self._look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(await self._seconds()):
                        await self._wake.wait()
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)
            self._under_way.clear()

    async def _seconds(self) -> float:
        due = await store.next_due(self._app.driver)
        if due is None:
            return LONGEST_S
        # What is under way is due until it is done, and wakes this then.
        least = AFTER_FAILURE_S if self._under_way else SHORTEST_S
        return min(LONGEST_S, max(least, (due - self._app.clock.now_ms()) / 1000))

    async def _look(self) -> None:
        for event in await store.due(self._app.driver, self._app.clock.now_ms(), AT_ONCE):
            if len(self._under_way) >= TOGETHER:
                return
            if event.event_id not in self._under_way:
                task = asyncio.create_task(self._do(event.event_id), name="safety event")
                self._under_way[event.event_id] = task

    async def _do(self, event_id: str) -> None:
        try:
            await self._events.do_due(event_id)
        except Exception as error:
            log.error("what is due of an event could not be done; it is tried again", exc_info=error)
            await asyncio.sleep(AFTER_FAILURE_S)
        finally:
            self._under_way.pop(event_id, None)
            self._wake.set()
