"""Doing a request once, however often it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from roomkeeper.core.transactions import store
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Committer, Driver, Write
from roomkeeper.platform.http import Request, Response

KEPT_MS = 7 * 24 * 3600 * 1000
"""How long an answer is remembered, in milliseconds."""
SWEEP_SECONDS = 600
SWEEP_ROWS = 1000

RecordAnswer = Callable[[Write, bytes], None]
"""Makes the answer (a JSON body) part of the write that does what was asked."""


class Transactions:
    """Remembers answers by device and full path."""

    def __init__(self, driver: Driver, committer: Committer, clock: Clock) -> None:
        self._driver = driver
        self._committer = committer
        self._clock = clock
        self._running: dict[store.Key, asyncio.Future[Response]] = {}

    async def once(self, request: Request, act: Callable[[RecordAnswer], Awaitable[Response]]) -> Response:
        """Answer `request` by calling `act`, unless it was answered before or is being answered now.

        `act` must put the answer into its own write with the function that it gets. (That the client hangs up does not
        cancel it: the server runs every request to its end.)
        """
        key = (request.user.user_id, request.user.device_id, request.raw_path)
        running = self._running.get(key)
        if running is not None:
            return await asyncio.shield(running)
        # Registered before anything is awaited, so that no second one can start in between.
        running = self._running[key] = asyncio.get_running_loop().create_future()
        try:
            response = await self._first(key, act)
        except BaseException as error:
            running.set_exception(error)
            running.exception()  # looked at: nobody else need wait for it
            raise
        else:
            running.set_result(response)
            return response
        finally:
            del self._running[key]

    async def _first(self, key: store.Key, act: Callable[[RecordAnswer], Awaitable[Response]]) -> Response:
        answer = await store.find(self._driver, key)
        if answer is not None:
            return Response(answer)
        return await act(lambda write, body: store.insert(write, key, body, self._clock.now_ms()))

    async def forget_old(self) -> None:
        """Delete old answers, a little at a time, for ever."""
        while True:
            await self._committer.commit(store.delete_before(self._clock.now_ms() - KEPT_MS, SWEEP_ROWS))
            await asyncio.sleep(SWEEP_SECONDS)
