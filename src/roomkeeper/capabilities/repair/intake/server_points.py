"""This server's own points: taken from `platform.tracking` at once, stored later, dropped when too many wait."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Iterator
from itertools import count, islice
from typing import Final

from roomkeeper.capabilities.repair.intake.choices import Choices
from roomkeeper.capabilities.repair.intake.storing import Arrived, Storing
from roomkeeper.capabilities.repair.models import LOST
from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.tracking import ServerPoint

log = get_logger(area="repair")

SOURCE: Final = "server"
AT_ONCE: Final = 50
"""Points that are made ready between two turns of others: about a millisecond."""


class ServerPoints:
    """The buffer of this server's points, and their way into the store."""

    def __init__(self, app: Application, storing: Storing, choices: Choices, settings: RepairSettings) -> None:
        self._app = app
        self._storing = storing
        self._choices = choices
        self._settings = settings
        self._buffer: deque[ServerPoint] = deque()
        self._lost: dict[str, int] = {}
        self._flushing = asyncio.Lock()
        self._process = secrets.token_hex(4)
        self._count = count()
        self.dropped = 0
        """Points that were dropped since the start, since too many waited."""

    def take(self, point: ServerPoint) -> None:
        """Take a point; on the message path, so this does nothing else."""
        if len(self._buffer) >= self._settings.buffered_events:
            self.dropped += 1
            if point.user_id in self._lost or len(self._lost) < AT_ONCE:
                self._lost[point.user_id] = self._lost.get(point.user_id, 0) + 1
            return
        if self._choices.is_tracked(point.user_id):
            self._buffer.append(point)

    async def run(self) -> None:
        """Store what waits, for ever."""
        while True:
            await asyncio.sleep(self._settings.flush_seconds)
            with contextlib.suppress(DatabaseError):  # it was logged, and what waits still waits
                await self._store_all(gives_way=True)

    async def flush(self) -> None:
        """Store what waits now."""
        await self._store_all(gives_way=False)

    async def _store_all(self, *, gives_way: bool) -> None:
        async with self._flushing:
            left = len(self._buffer)
            while left > 0 or self._lost:
                if gives_way:
                    await self._app.giving_way.turn()
                taken = list(islice(self._buffer, min(left, AT_ONCE)))
                lost, self._lost = self._lost, {}
                try:
                    await self._storing.store([*map(self._arrived, taken), *self._tell_lost(lost)])
                except DatabaseError as error:
                    log.warning("points could not be stored; they wait", waiting=len(self._buffer), reason=str(error))
                    for user_id, number in lost.items():
                        self._lost[user_id] = self._lost.get(user_id, 0) + number
                    raise
                for _ in taken:
                    self._buffer.popleft()
                left -= len(taken)

    def _arrived(self, point: ServerPoint) -> Arrived:
        now = self._app.clock.now_ms()
        return Arrived(
            user_id=point.user_id,
            name=point.name,
            side="server",
            ts=point.ts,
            received_ts=max(now, point.ts),
            skew_ms=0,
            correlation_id="",
            source=SOURCE,
            message_id=f"{self._process}{next(self._count):x}",
            properties=dict(point.properties),
        )

    def _tell_lost(self, lost: dict[str, int]) -> Iterator[Arrived]:
        for user_id, number in lost.items():
            yield self._arrived(ServerPoint(LOST, user_id, self._app.clock.now_ms(), {"count": number}))
