"""Putting right what is kept twice: a room in memory beside the one in the database, memberships beside the state.

Neither should ever differ. Where they do, by a mistake in a program or in a storage, people are refused who are in a
room, or do not see it: this finds that, and lets what is derived follow what it is derived from. The drills make it so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import Room
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.core.rooms.visibility import FOREVER
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, Unavailable

MEMBER = "m.room.member"
MOST_ROOMS = 1000
AT_ONCE = 20
PATIENCE_S = 5.0
PAUSE_S = 0.01


class Wrong(msgspec.Struct, frozen=True):
    """A membership that is stored otherwise than the room's state says."""

    room_id: str
    stored: str
    is_really: str


class Mending:
    """Finds and mends."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    # ------------------------------------------------------------ the room in memory

    async def image_differs(self, room_id: str) -> bool:
        """Whether the room in memory is another than the one in the database. Raises `NotFound`, `Unavailable`."""
        image = await self._settled(room_id)
        state = await store.state_at(self._rooms.driver, room_id, FOREVER)
        if self._rooms.cache.peek(room_id) is not image or image.pending:
            return False  # something has come meanwhile: it is alive
        true = Room(room_id, image.version)
        for entry in state:
            true.set_state(entry.event)
        same_state = {key: event.event_id for key, event in true.state.items()} == {
            key: event.event_id for key, event in image.state.items()
        }
        return not same_state or true.joined != image.joined

    async def renew_image(self, room_id: str) -> None:
        """Let the room be loaded anew when it is next needed. Raises `NotFound`, `Unavailable`."""
        self._rooms.cache.forget(await self._settled(room_id))

    async def _settled(self, room_id: str) -> Room:
        """The room in memory when nothing of it is under way: what is pending is not in the database yet."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            room = await self._rooms.cache.get(room_id)
            if not room.pending:
                return room
            if asyncio.get_running_loop().time() > deadline:
                raise Unavailable("Too much is under way in this room just now.")
            await asyncio.sleep(PAUSE_S)

    async def spoil_image(self, room_id: str, user_id: str) -> None:
        """A drill: in memory alone, somebody is not in a room any more. Raises `Forbidden` where they are not in it."""
        await self._rooms.check_joined(user_id, room_id)
        room = await self._settled(room_id)
        room.joined -= {user_id}
        room.state.pop((MEMBER, user_id), None)

    # ------------------------------------------------------------ memberships

    async def wrong_memberships(self, user_id: str, room_id: str = "") -> Sequence[Wrong]:
        """Those of somebody (in one room) that are stored otherwise than the state of the rooms says."""
        driver = self._rooms.driver
        if room_id:
            one = await store.membership_of(driver, user_id, room_id)
            known = [] if one is None else [one]
            rooms = [room_id]
        else:
            known = (await store.memberships_of(driver, user_id))[:MOST_ROOMS]
            rooms = [each.room_id for each in known]
        stored = {each.room_id: each.membership for each in known}
        found = []
        for number, each in enumerate(rooms):
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)
            entry = await store.state_entry_at(driver, each, MEMBER, user_id, FOREVER)
            is_really = "" if entry is None else entry.event.membership or ""
            if is_really and stored.get(each, "") != is_really:
                found.append(Wrong(each, stored.get(each, ""), is_really))
        return found

    async def mend_memberships(self, user_id: str, room_id: str = "") -> int:
        """Store what the state says; how many that were."""
        wrong = await self.wrong_memberships(user_id, room_id)
        for each in wrong:
            entry = await store.state_entry_at(self._rooms.driver, each.room_id, MEMBER, user_id, FOREVER)
            if entry is None:
                continue
            event, position = entry.event, entry.position

            def act(_room: Room, write: Write) -> None:
                store.upsert_membership(write, event, position)  # noqa: B023 - done before the loop goes on

            await self._rooms.take_turn(each.room_id, act)
        return len(wrong)

    async def lose_membership(self, user_id: str, room_id: str) -> None:
        """A drill: it is stored that somebody has left a room in which they are. Raises `Forbidden`."""
        current = await store.membership_of(self._rooms.driver, user_id, room_id)
        if current is None or current.membership != "join":
            raise Forbidden(f"{user_id} is not in this room.")

        def act(_room: Room, write: Write) -> None:
            store.overwrite_membership(write, user_id, room_id, "leave")

        await self._rooms.take_turn(room_id, act)
