"""Purging a room: everybody leaves, then nothing of it is kept.

1. From the operator's word on nothing but leaving happens in the room (a gate).
2. Everybody leaves, or has their invitation or knock taken back: an event for each, so that clients see it.
3. The room itself goes, and every way to reach it.
4. The memberships go. Whoever had to leave is told by sync that the room is gone, whenever their devices come back.
5. Each area removes what it keeps of the room.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from roomkeeper.core.retention import store
from roomkeeper.core.retention.models import PURGE, Purge, PurgeCursor
from roomkeeper.core.retention.source import PURGED_ROOM
from roomkeeper.core.rooms import Rooms, SendAttempt
from roomkeeper.platform.application import Application
from roomkeeper.platform.audit import actor
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.hooks import Deny, Verdict
from roomkeeper.platform.jobs import Chunk, JobRecord, Jobs

LEAVES = 25
ROWS = 500
"""Of a chunk: so many leave, so many rows go."""


class Purges:
    """Removes rooms."""

    def __init__(self, app: Application, jobs: Jobs, rooms: Rooms) -> None:
        self._app = app
        self._jobs = jobs
        self._rooms = rooms
        self._under_way: set[str] = set()

    async def load(self) -> None:
        """After a start: which rooms are being removed."""
        for record in await self._jobs.unfinished(PURGE):
            self._under_way.add(record.key)

    def forget(self, parameters: Purge) -> None:
        """The job has ended, in whatever way."""
        self._under_way.discard(parameters.room_id)

    def refuse(self, attempt: SendAttempt) -> Verdict:
        """A gate: nobody does anything in a room that is being removed but leave it."""
        if attempt.room.room_id not in self._under_way:
            return None
        draft = attempt.draft
        if draft.type == "m.room.member" and draft.content.get("membership") == "leave":
            return None
        return Deny(NotFound("This room is being removed."))

    async def start(self, room_id: str, reason: str) -> JobRecord:
        """Begin to remove a room; the job that is under way, where there is one. Raises `NotFound`."""
        await self._rooms.cache.get(room_id)
        write = Write()
        self._app.audit.record(write, permission="rooms.purge", target=room_id, reason=reason)
        self._under_way.add(room_id)
        parameters = Purge(room_id, self._app.positions.last)
        try:
            return await self._jobs.start(PURGE, parameters, started_by=actor.get(), key=room_id, write=write)
        except BaseException:
            self._under_way.discard(room_id)
            raise

    async def step(self, parameters: Purge, cursor: Any) -> Chunk:
        """The next chunk of the phase."""
        self._under_way.add(parameters.room_id)
        if cursor is None:
            at = PurgeCursor(total=await self._rooms.purging.size(parameters.room_id))
        else:
            at = msgspec.convert(cursor, PurgeCursor)
        if at.phase == "leave":
            return await self._leave(parameters, at)
        if at.phase == "memberships":
            return await self._forget_members(parameters, at)
        return await self._clean(parameters, at)

    async def _leave(self, parameters: Purge, at: PurgeCursor) -> Chunk:
        if not await self._rooms.purging.leave_some(parameters.room_id, LEAVES):
            await self._rooms.purging.close(parameters.room_id)
            at.phase = "memberships"
        await asyncio.sleep(0)
        return _chunk(at, Write(), "members leave")

    async def _forget_members(self, parameters: Purge, at: PurgeCursor) -> Chunk:
        room_id = parameters.room_id
        members = await self._rooms.purging.memberships(room_id, ROWS)
        write = Write()
        if not members:
            at.phase = "rest"
            return _chunk(at, write, "removing events")
        self._rooms.purging.delete_memberships(write, room_id, [member.user_id for member in members])
        at.done += len(members)
        told = [m.user_id for m in members if m.membership == "leave" and m.position > parameters.since]
        if told:
            # The last thing before the write is submitted: positions become visible in order.
            position = self._app.positions.next()
            store.insert_purged(write, told, room_id, position, self._app.clock.now_ms())
            write.show(Change(position, PURGED_ROOM, told, room_id, None))
        return _chunk(at, write, "forgetting members")

    async def _clean(self, parameters: Purge, at: PurgeCursor) -> Chunk:
        write = Write()
        removed, more = await self._rooms.purging.delete_rest(write, parameters.room_id, at.cleaner, ROWS)
        at.done += removed
        if not removed:
            at.cleaner += 1
        return _chunk(at, write, "removing events" if more else "", finished=not more)


def _chunk(at: PurgeCursor, write: Write, message: str, *, finished: bool = False) -> Chunk:
    return Chunk(
        cursor=None if finished else msgspec.to_builtins(at),
        done=at.done,
        total=at.done if finished else max(at.total, at.done),
        message=message,
        write=write,
    )
