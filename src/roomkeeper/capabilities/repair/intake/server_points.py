"""This server's own points: taken from `platform.tracking` at once, stored later, dropped when too many wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

from roomkeeper.capabilities.repair.intake.choices import Choices
from roomkeeper.capabilities.repair.intake.storing import Storing
from roomkeeper.capabilities.repair.models import LOST
from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.core.rooms import Room, TimelineEvent
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.http import Requester
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.tracking import ServerPoint

log = get_logger(area="repair")

PAUSE_S: Final = 45.0
"""A client that syncs asks again at least every 30 seconds."""
KEPT_DEVICES: Final = 100_000
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
                    await self._storing.store_own([*taken, *self._tell_lost(lost)])
                except DatabaseError as error:
                    log.warning("points could not be stored; they wait", waiting=len(self._buffer), reason=str(error))
                    for user_id, number in lost.items():
                        self._lost[user_id] = self._lost.get(user_id, 0) + number
                    raise
                for _ in taken:
                    self._buffer.popleft()
                left -= len(taken)

    def _tell_lost(self, lost: dict[str, int]) -> Iterator[ServerPoint]:
        for user_id, number in lost.items():
            yield ServerPoint(LOST, user_id, self._app.clock.now_ms(), {"count": number})


class DevicesActive:
    """The point at which a device begins to sync, after a pause or for the first time."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def note(self, requester: Requester, since: int) -> None:
        """See `Sync.arrived`; on the path of every sync."""
        device, now = (requester.user_id, requester.device_id), self._app.clock.monotonic()
        before = self._seen.pop(device, None)
        self._seen[device] = now
        if len(self._seen) > KEPT_DEVICES:
            self._seen.popitem(last=False)
        if since == 0 or before is None or now - before > PAUSE_S:
            self._app.tracking.track("device_active", device[0], device_id=device[1] or "-")


class Held:
    """The point at which a message is held for a moderator."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def note(self, room: Room, entry: TimelineEvent, _ticket: str, _write: Write) -> None:
        """See the slot `Rooms.held`."""
        told = {"txn_id": entry.transaction_id or "-", "room_id": room.room_id, "event_id": entry.event.event_id}
        self._app.tracking.track("message_held", entry.event.sender, **told)
