"""Removing rooms for good, a little at a time: everybody leaves, the room goes, then what is left of it.

The room's own row goes first of all, and with it every way to reach the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import Draft, Room
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound

if TYPE_CHECKING:
    from roomkeeper.core.rooms.service import Rooms

PRESENT = ("join", "invite", "knock")


class Purging:
    """The steps of removing a room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def size(self, room_id: str) -> int:
        """How many memberships and events the room has. Raises `NotFound`."""
        size = await store.room_size(self._rooms.driver, room_id)
        if size is None:
            raise NotFound("There is no such room here.")
        return size

    async def leave_some(self, room_id: str, limit: int) -> int:
        """Let up to `limit` of those who are in the room leave, or whose invitation or knock is open; how many."""
        users = await store.users_present(self._rooms.driver, room_id, limit)
        for user_id in users:
            await self._leave(room_id, user_id)
        return len(users)

    async def _leave(self, room_id: str, user_id: str) -> None:
        def act(room: Room, write: Write) -> None:
            if room.membership(user_id) in PRESENT:
                leave = Draft(type="m.room.member", sender=user_id, state_key=user_id, content={"membership": "leave"})
                self._rooms.turn.append(room, leave, write)

        await self._rooms.take_turn(room_id, act)

    async def close(self, room_id: str) -> None:
        """Remove the room itself, so that nobody reaches it any more. Doing so twice changes nothing."""
        for wait in self._rooms.closing.values():
            await wait(room_id)

        def act(_room: Room, write: Write) -> None:
            store.delete_room(write, room_id)

        try:
            await self._rooms.take_turn(room_id, act)
        except NotFound:
            return
        room = self._rooms.cache.peek(room_id)
        if room is not None:
            self._rooms.cache.forget(room)

    async def memberships(self, room_id: str, limit: int) -> Sequence[store.RoomMembership]:
        """Some of the room's memberships."""
        return await store.memberships_in(self._rooms.driver, room_id, limit)

    def delete_memberships(self, write: Write, room_id: str, user_ids: Sequence[str]) -> None:
        """Remove these memberships."""
        store.delete_memberships(write, room_id, user_ids)

    async def delete_rest(self, write: Write, room_id: str, cleaner: int, limit: int) -> tuple[int, bool]:
        """Let the cleaner with that number remove up to `limit` rows; how many, and whether there is such a cleaner."""
        cleaners = self._rooms.room_cleaners.values()
        if cleaner >= len(cleaners):
            return 0, False
        return await cleaners[cleaner](self._rooms.driver, write, room_id, limit), True
