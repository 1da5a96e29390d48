"""Rooms that are no sessions: the successor gets the leaver's place and power there, and the leaver goes.

The server does it in the name of whoever in the room has the power to: the leaver, or else the most powerful member.
spec: client-server §m.room.power_levels
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.models import Departure, GroupRoom
from roomkeeper.capabilities.handover.planning import Planning
from roomkeeper.core.organisation import People
from roomkeeper.core.organisation.sessions import Sessions
from roomkeeper.core.organisation.sessions.models import SESSION_KEY
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Draft, Room, Rooms, history
from roomkeeper.core.rooms.creation import entering
from roomkeeper.core.rooms.models import POWER_LEVELS
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import MatrixError
from roomkeeper.wire.errors import ProtocolViolation

PAGE = 200
"""Rooms that are looked at in one chunk. Sessions are most of them: whoever leaves may have had thousands."""
AT_ONCE = 20
"""Rooms that are handed over in one chunk."""
MOST_LEVEL = 100
"""The level of a successor to somebody who created a room of version 12, which no level can express."""


class Groups:
    """Hands over and restores, some rooms at a time."""

    def __init__(self, app: Application, rooms: Rooms, profiles: Profiles, people: People, sessions: Sessions) -> None:
        self._app = app
        self._rooms = rooms
        self._profiles = profiles
        self._people = people
        self._sessions = sessions

    async def hand_over_some(self, planning: Planning, after: str) -> str:
        """The next rooms after a room id; where to go on, empty: that were all. Again does nothing."""
        leaver = planning.departure.user_id
        found = await history.some_joined_rooms(self._app.driver, leaver, after, PAGE)
        sessions = await self._sessions.among(found)
        groups = [each for each in found if each not in sessions][:AT_ONCE]
        successor = await self._successor(planning) if groups else None
        for room_id in groups:
            await self._app.giving_way.turn()
            await self._hand_over(planning.departure, room_id, successor)
        if len(groups) == AT_ONCE:
            return groups[-1]
        return found[-1] if len(found) == PAGE else ""

    async def _successor(self, planning: Planning) -> str | None:
        wanted = planning.departure.plan.groups_to
        if wanted is not None and wanted not in self._people.departed:
            return wanted
        choice = await planning.choose(planning.stranger(await self._people.find(planning.departure.user_id)))
        return None if choice is None else choice.staff_id

    async def _hand_over(self, departure: Departure, room_id: str, successor: str | None) -> None:
        leaver = departure.user_id
        profile = {} if successor is None else await self._profiles.member_content(successor)

        def act(room: Room, write: Write) -> None:
            if SESSION_KEY in room.state or leaver not in room.joined or not _is_group(room):
                return
            level = _level(room, leaver)
            for draft in _drafts(room, leaver, successor, profile, level):
                self._rooms.turn.append(room, draft, write)
            self._note(write, departure, room_id, "done", successor, level)

        await self._take_turn(departure, room_id, successor, act)

    async def restore_some(self, departure: Departure, after: str) -> str:
        """Have whoever is back in the next rooms, with the power that they had. See `hand_over_some`."""
        found = await store.group_rooms(self._app.driver, departure.departure_id, after, AT_ONCE)
        profile = await self._profiles.member_content(departure.user_id)
        for each in found:
            if each.status == "done":
                await self._app.giving_way.turn()
                await self._restore(departure, each, profile)
        return found[-1].room_id if len(found) == AT_ONCE else ""

    async def _restore(self, departure: Departure, before: GroupRoom, profile: dict[str, str]) -> None:
        user_id = departure.user_id

        def act(room: Room, write: Write) -> None:
            if user_id not in room.joined:
                for draft in _entering(room, user_id, profile, before.level):
                    self._rooms.turn.append(room, draft, write)
            self._note(write, departure, before.room_id, "restored", before.successor_id, before.level)

        await self._take_turn(departure, before.room_id, before.successor_id, act)

    async def _take_turn(self, departure: Departure, room_id: str, successor: str | None, act: Any) -> None:
        try:
            await self._rooms.take_turn(room_id, act)
        except (MatrixError, ProtocolViolation) as error:
            # Some of it may stand in the room's image already.
            self._rooms.cache.forget(await self._rooms.cache.get(room_id))
            write = Write()
            self._note(write, departure, room_id, "failed", successor, 0, str(error))
            await self._app.committer.submit(write)

    def _note(
        self,
        write: Write,
        departure: Departure,
        room_id: str,
        status: Any,
        successor: str | None,
        level: int,
        error: str = "",
    ) -> None:
        room = GroupRoom(
            departure_id=departure.departure_id,
            room_id=room_id,
            status=status,
            successor_id=successor,
            level=level,
            updated_ts=self._app.clock.now_ms(),
            error=error[:500],
        )
        store.put_group_room(write, room)


def _is_group(room: Room) -> bool:
    """Whether there are others than two people who talk alone."""
    return len(room.joined) > 2


def _level(room: Room, user_id: str) -> int:
    levels = room.power_levels()
    return MOST_LEVEL if user_id in levels.creators else int(min(levels.user_level(user_id), MOST_LEVEL))


def _acting(room: Room, leaver: str) -> str:
    """In whose name it is done: the leaver's where they have the power, else the most powerful member's."""
    levels = room.power_levels()
    needed = max(levels.invite, levels.event_level("m.room.power_levels", is_state=True))
    if leaver in room.joined and levels.user_level(leaver) >= needed:
        return leaver
    return max(sorted(room.joined), key=levels.user_level)


def _drafts(room: Room, leaver: str, successor: str | None, profile: dict[str, str], level: int) -> Iterator[Draft]:
    if successor is not None:
        yield from _entering(room, successor, profile, level, leaver)
    yield Draft(type="m.room.member", sender=leaver, state_key=leaver, content={"membership": "leave"})


def _entering(room: Room, user_id: str, profile: dict[str, str], level: int, leaver: str = "") -> Iterator[Draft]:
    """Have somebody in a room with at least that power."""
    acting = _acting(room, leaver)
    if user_id not in room.joined:
        yield from entering(acting, user_id, profile)
    levels = room.power_levels()
    if levels.user_level(user_id) >= level or levels.user_level(acting) < level:
        return
    content = dict(room.content(*POWER_LEVELS))
    content["users"] = {**content.get("users", {}), user_id: level}
    yield Draft(type="m.room.power_levels", sender=acting, state_key="", content=content)
