"""Retention: messages that are older than the server, or their room, keeps them are removed.

1. From time to time, or when the operator asks for it, a job is started; its ages count back from that moment.
2. The job goes through the rooms in order of their ids. A room's own rule goes before the server's.
3. Of each room it removes what may go (`rooms.pruning` says what that is), with all that other areas keep of it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from roomkeeper.core.retention import rules, store
from roomkeeper.core.retention.models import RETENTION, Override, Retain, RetainCursor
from roomkeeper.core.retention.settings import RetentionSettings
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.jobs import Chunk, JobRecord, Jobs

FIRST_LOOK_S = 60.0
LOOK_S = 600.0
ROOMS = 50
EVENTS = 200
"""At most so many rooms are looked at, and so many events removed, in one chunk."""
TOLD_MS = 365 * rules.DAY_MS
FORGET_ROWS = 10_000
TIMER = "timer"


class Retention:
    """Removes old messages."""

    def __init__(self, app: Application, jobs: Jobs, rooms: Rooms, settings: RetentionSettings) -> None:
        self._app = app
        self._jobs = jobs
        self._rooms = rooms
        self.settings = settings

    # ------------------------------------------------------------ rules of rooms

    async def override_of(self, room_id: str) -> Override | None:
        """A room's own rule. Raises `NotFound` where there is no such room."""
        await self._rooms.cache.get(room_id)
        return await store.find_override(self._app.driver, room_id)

    async def page_of_overrides(self, after: str, limit: int) -> list[Override]:
        """All rooms that have a rule of their own."""
        return await store.page_of_overrides(self._app.driver, after, limit)

    async def set_override(self, override: Override) -> None:
        """Give a room a rule of its own. Raises `NotFound`."""
        await self._rooms.cache.get(override.room_id)
        days = "for ever" if override.max_age_days is None else f"{override.max_age_days} days"
        write = self._audited("retention.set", override.room_id, days)
        store.set_override(write, override)
        await self._app.committer.submit(write)

    async def delete_override(self, room_id: str) -> None:
        """Let the server's rule hold for a room again."""
        write = self._audited("retention.reset", room_id, "")
        store.delete_override(write, room_id)
        await self._app.committer.submit(write)

    async def forget_room(self, _reader: Reader, write: Write, room_id: str, _limit: int) -> int:
        """A `RoomCleaner`: the room's rule goes with it."""
        found = await store.find_override(self._app.driver, room_id)
        if found is None:
            return 0
        store.delete_override(write, room_id)
        return 1

    # ------------------------------------------------------------ starting

    async def start(self, started_by: str) -> JobRecord:
        """Begin to remove what is too old now; the job that is under way already, where there is one."""
        write = self._audited("retention.run", "*", "") if started_by != TIMER else Write()
        return await self._jobs.start(RETENTION, Retain(self._app.clock.now_ms()), started_by=started_by, write=write)

    async def run(self) -> None:
        """Begin from time to time, for ever."""
        await asyncio.sleep(FIRST_LOOK_S)
        while True:
            if await self._is_due():
                await self.start(TIMER)
            await asyncio.sleep(LOOK_S)

    async def _is_due(self) -> bool:
        if not self.settings.max_age_days and not await self.page_of_overrides("", 1):
            return False
        last = await self._jobs.newest(RETENTION)
        ts = None if last is None else last.created_ts
        return rules.is_due(self._app.clock.now_ms(), ts, self.settings.interval_hours)

    # ------------------------------------------------------------ the job

    async def step(self, parameters: Retain, cursor: Any) -> Chunk:
        """The next rooms, or the next part of a large one."""
        at = RetainCursor() if cursor is None else msgspec.convert(cursor, RetainCursor)
        if cursor is None:
            at.total = await self._rooms.pruning.count_rooms()
        room_ids = await self._rooms.pruning.rooms_after(at.room_id, ROOMS)
        write = Write()
        if not room_ids:
            store.forget_purged(write, parameters.now - TOLD_MS, FORGET_ROWS)
            return self._chunk(at, write, finished=True)
        overrides = await store.overrides_between(self._app.driver, at.room_id, room_ids[-1])
        budget = EVENTS
        for room_id in room_ids:
            before_ts = rules.oldest_kept(parameters.now, self.settings.max_age_days, overrides.get(room_id))
            if before_ts is not None:
                pruned = await self._rooms.pruning.prune(write, room_id, before_ts, at.after, budget)
                at.removed += pruned.removed
                budget -= pruned.removed
                if pruned.after is not None or budget <= 0:
                    at.after = pruned.after if pruned.after is not None else at.after
                    break
            at.room_id, at.after = room_id, 0
            at.rooms += 1
        return self._chunk(at, write, finished=False)

    def _chunk(self, at: RetainCursor, write: Write, *, finished: bool) -> Chunk:
        return Chunk(
            cursor=None if finished else msgspec.to_builtins(at),
            done=at.rooms,
            total=max(at.total, at.rooms),
            message=f"{at.removed} events removed",
            write=write,
        )

    def _audited(self, permission: str, target: str, reason: str) -> Write:
        write = Write()
        self._app.audit.record(write, permission=permission, target=target, reason=reason)
        return write
