"""Rooms in memory: loaded when first needed, dropped when unused for longest or when a write of theirs failed."""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict

from prometheus_client import Gauge

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import Room, heads_of
from roomkeeper.core.rooms.visibility import FOREVER
from roomkeeper.platform.database import Committer, Driver, Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.wire.room_versions import ROOM_VERSIONS

NEWEST = 50
"""The newest events of a room, among which its heads are: an event that was held may be older than its successors."""
LOOKED_AT = 100
"""Rooms that are looked at to make room for another."""
cached_rooms = Gauge("roomkeeper_cached_rooms", "Rooms whose state is in memory")


class RoomCache:
    """The rooms that this process has in memory, at most as many as have `capacity` state events together."""

    def __init__(self, driver: Driver, committer: Committer, capacity: int) -> None:
        self._driver = driver
        self._committer = committer
        self._capacity = capacity
        self._size = 0
        self._rooms: OrderedDict[str, Room] = OrderedDict()
        self._loading: dict[str, asyncio.Future[None]] = {}

    async def get(self, room_id: str) -> Room:
        """The room, loaded where it must be. For one in memory this does not give way to anything else.

        Raises `NotFound`.
        """
        while True:
            room = self._rooms.get(room_id)
            if room is not None:
                self._rooms.move_to_end(room_id)
                return room
            loading = self._loading.get(room_id)
            if loading is None:
                loading = self._loading[room_id] = asyncio.ensure_future(self._load(room_id))
                loading.add_done_callback(lambda _: self._loading.pop(room_id, None))
            await asyncio.shield(loading)

    def peek(self, room_id: str) -> Room | None:
        """The room, if it is in memory."""
        return self._rooms.get(room_id)

    def put(self, room: Room) -> None:
        """Keep a room in memory; older ones give way."""
        self._rooms[room.room_id] = room
        self._count(room)
        if self._size > self._capacity:
            self._make_room(room)
        cached_rooms.set(len(self._rooms))

    def _count(self, room: Room) -> None:
        """Note how many state events the room has by now."""
        self._size += len(room.state) - room.counted
        room.counted = len(room.state)

    def _make_room(self, newcomer: Room) -> None:
        """Drop rooms that were unused for longest and have nothing under way."""
        for room in list(itertools.islice(self._rooms.values(), LOOKED_AT)):
            if self._size <= self._capacity:
                return
            if not room.pending and room is not newcomer:
                self._drop(room)

    def submit(self, room: Room, write: Write) -> asyncio.Future[None]:
        """Submit a write of this room's turn. If it fails, the room is loaded anew when it is next needed."""
        write.after = room.last_write
        room.last_write = write
        room.pending += 1
        future = self._committer.submit(write)

        def settled(done: asyncio.Future[None]) -> None:
            room.pending -= 1
            if self._rooms.get(room.room_id) is room:
                self._count(room)
            if write.failed or done.cancelled() or done.exception() is not None:
                self.forget(room)

        future.add_done_callback(settled)
        return future

    def release(self, room_id: str) -> None:
        """Nobody needs this room for now: drop it, unless something is under way in it."""
        room = self._rooms.get(room_id)
        if room is not None and not room.pending:
            self._drop(room)

    def forget(self, room: Room) -> None:
        """Drop this image of a room, which is no longer what the database has."""
        if self._rooms.get(room.room_id) is room:
            self._drop(room)

    def _drop(self, room: Room) -> None:
        del self._rooms[room.room_id]
        self._size -= room.counted
        cached_rooms.set(len(self._rooms))

    async def _load(self, room_id: str) -> None:
        async with self._driver.glance() as reader:
            version = await store.room_version(reader, room_id)
            if version is None:
                raise NotFound("There is no such room here.")
            room = Room(room_id, ROOM_VERSIONS[version])
            for entry in await store.state_at(reader, room_id, FOREVER):
                room.set_state(entry.event)
            newest = await store.events_between(reader, room_id, 0, FOREVER, NEWEST, newest_first=True)
            pruned_upto = await store.pruned_upto(reader, room_id)
        room.heads = heads_of(newest[::-1], pruned_upto)
        room.depth = max(entry.event.depth for entry in newest)
        self.put(room)
