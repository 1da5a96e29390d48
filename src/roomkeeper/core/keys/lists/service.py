"""Whose keys have changed.

1. Who shares a room with a user is told of each change of the user's keys: by a change, and by the position in the
   database for who is away.
2. Who begins to share a room with somebody is told that those keys have changed, who shares none any more that the
   other has left. That follows from memberships, and is told with the events that change them, so that it cannot be
   lost between two answers. Any room counts, encrypted or not: it may be encrypted later.

spec: client-server §Tracking the device list for a user
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from roomkeeper.core.keys.lists import rules, store
from roomkeeper.core.keys.lists.models import KIND, Delta
from roomkeeper.core.rooms import Rooms, history
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.hooks import Slot

PAGE = 1000
LOOKED_INTO = 2000
"""Memberships of which it is found out what they were; where more have changed, all are taken for new."""

ChangedFor = Callable[[Reader, str, int], Awaitable[set[str]]]
"""Users whose keys look different for one user since a position, and for nobody else."""


class DeviceLists:
    """The device lists of all users."""

    def __init__(self, app: Application, rooms: Rooms) -> None:
        self._driver = app.driver
        self._committer = app.committer
        self._positions = app.positions
        self._rooms = rooms
        self.changed_for: Slot[ChangedFor] = Slot("keys that changed for one user")

    # ------------------------------------------------------------ telling

    async def sharing(self, user_id: str) -> set[str]:
        """Who is to be told of a change of the user's keys."""
        return await self._rooms.users_sharing_rooms(user_id)

    async def submit(self, write: Write, user_id: str) -> None:
        """Submit `write`, which changes the user's keys, and tell everyone who shares a room with them."""
        told = await self._rooms.users_sharing_rooms(user_id)
        await self.submit_to(write, user_id, told)

    async def submit_to(self, write: Write, user_id: str, told: set[str]) -> None:
        """`submit`, with those who share a room with the user, as they were found: does not give way before."""
        self._put(write, user_id, told)
        await self._committer.submit(write)
        # Who came to share a room in between was told of that, and may have asked for the keys, before they changed.
        late = await self._rooms.users_sharing_rooms(user_id) - told
        if late:
            again = Write()
            self._put(again, user_id, late)
            await self._committer.submit(again)

    async def announce(self, user_id: str) -> None:
        """Tell that a user's keys have changed."""
        await self.submit(Write(), user_id)

    async def announce_untold(self, user_id: str) -> None:
        """Tell of what was changed by a write that could not tell it (see `note_removal`); once is enough."""
        if await store.is_untold(self._driver, user_id):
            await self.announce(user_id)

    def note_removal(self, write: Write, user_id: str, device_id: str) -> None:
        """Make it part of the write that removes a device, before its keys go, that this is to be told."""
        store.note_untold(write, user_id, device_id)

    def show_to(self, write: Write, position: int, viewer: str, user_ids: Iterable[str]) -> None:
        """Tell one user alone that others' keys look different for them."""
        write.show(Change(position, KIND, (viewer,), None, Delta(frozenset(user_ids))))

    def _put(self, write: Write, user_id: str, told: set[str]) -> None:
        position = self._positions.next()
        store.set_changed(write, user_id, position)
        write.show(Change(position, KIND, frozenset(told), None, Delta(frozenset({user_id}))))

    # ------------------------------------------------------------ for who was away

    async def since(self, reader: Reader, user_id: str, since: int) -> Delta:
        """All that has changed for a user after a position."""
        entered, gone = await self._own_moves(reader, user_id, since)
        others_in, others_out = await self._moves_of_others(reader, user_id, since)
        signed: set[str] = set()
        for ask in self.changed_for.values():
            signed |= await ask(reader, user_id, since)
        candidates = gone | others_out
        updated = await self._updated(reader, since)
        sharing = {user_id}
        if candidates or updated - sharing:
            sharing |= await history.users_sharing_rooms(reader, user_id)
        left = candidates - sharing
        changed = ((entered | others_in | signed) - {user_id} - left) | (updated & sharing)
        return Delta(frozenset(changed), frozenset(left))

    async def _updated(self, reader: Reader, since: int) -> set[str]:
        """Everyone whose keys have changed."""
        found: set[str] = set()
        after = ""
        while page := await store.changed_after(reader, since, after, PAGE):
            found.update(page)
            after = page[-1]
        return found

    async def _own_moves(self, reader: Reader, user_id: str, since: int) -> tuple[set[str], set[str]]:
        """Who is in the rooms that the user has entered, and who is or was in those that they have left."""
        entered: set[str] = set()
        gone: set[str] = set()
        for membership in await history.memberships_of(reader, user_id):
            if membership.position <= since:
                continue
            room_id = membership.room_id
            before = await _membership_at(reader, room_id, user_id, since)
            way = rules.direction(before, membership.membership)
            if way == "in":
                members = await history.members_since(reader, room_id, since)
                entered.update(other for other, now in members if now == "join")
            elif way == "out":
                for other, now in await history.members_since(reader, room_id, since):
                    if now == "join" or await _membership_at(reader, room_id, other, since) == "join":
                        gone.add(other)
        return entered, gone

    async def _moves_of_others(self, reader: Reader, user_id: str, since: int) -> tuple[set[str], set[str]]:
        """Who has entered or left a room that the user is in."""
        ways: dict[str, set[str]] = {"in": set(), "out": set()}
        moved = await history.moved_beside(reader, user_id, since)
        for number, (room_id, other, now) in enumerate(moved):
            if number < LOOKED_INTO:
                way = rules.direction(await _membership_at(reader, room_id, other, since), now)
            else:
                way = "in" if now == "join" else "out"
            if way is not None:
                ways[way].add(other)
        return ways["in"], ways["out"]


async def _membership_at(reader: Reader, room_id: str, user_id: str, position: int) -> str | None:
    entry = await history.state_entry_at(reader, room_id, "m.room.member", user_id, position)
    return None if entry is None else entry.event.membership
