"""The public room list: in memory, made when it is first asked for, and renewed room by room.

spec: client-server §Published Room Directory
"""

from __future__ import annotations

import asyncio
import bisect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from roomkeeper.core.directory import rules
from roomkeeper.core.directory.models import ListedRoom
from roomkeeper.core.rooms import EVENT, Room, Rooms, TimelineEvent, history
from roomkeeper.core.rooms.visibility import FOREVER
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED, Change
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.errors import Forbidden, NotFound

BATCH: Final = 500
"""Rooms that are renewed at once."""


class Found(msgspec.Struct, frozen=True):
    """A page of the list: its rooms, the tokens of the pages around it, and how many rooms match in all."""

    rooms: Sequence[ListedRoom]
    next_batch: str | None
    prev_batch: str | None
    total: int


Listed = Callable[[Reader, Sequence[str] | None], Awaitable[dict[str, int]]]
"""The rooms of a list (or those of some rooms that are on it), each with its number of members."""


class Listing:
    """The list of this server, or another list of its rooms."""

    def __init__(self, app: Application, rooms: Rooms, listed: Listed = history.listed_rooms) -> None:
        self._driver = app.driver
        self._read_listed = listed
        self._rooms = rooms
        self._listed: dict[str, ListedRoom] = {}
        self._texts: dict[str, str] = {}
        self._in_order: list[ListedRoom] = []
        self._is_loaded = False
        self._stale: set[str] = set()
        self._renewing = asyncio.Lock()
        app.bus.subscribe(COMMITTED, self._notice)

    # ------------------------------------------------------------ one room

    async def is_listed(self, room_id: str) -> bool:
        """Whether a room is in the list. Raises `NotFound`."""
        listed = await history.is_listed(self._driver, room_id)
        if listed is None:
            raise NotFound("There is no such room here.")
        return listed

    async def set_listed(self, user_id: str, room_id: str, *, listed: bool) -> None:
        """Put a room on the list or take it off: for who may set its main alias. Raises `NotFound`, `Forbidden`."""

        def act(room: Room, write: Write) -> None:
            levels = room.power_levels()
            needed = levels.event_level("m.room.canonical_alias", is_state=True)
            if user_id not in room.joined or levels.user_level(user_id) < needed:
                raise Forbidden("Only members who may set the room's main alias can list it, or take it off the list.")
            history.set_listed(write, room_id, listed=listed)

        await self._rooms.take_turn(room_id, act)
        self._stale.add(room_id)

    def renew(self, room_id: str) -> None:
        """A room was put on the list, or taken off."""
        self._stale.add(room_id)

    # ------------------------------------------------------------ the list

    async def page(self, term: str, room_types: Sequence[str | None] | None, limit: int, since: str | None) -> Found:
        """The rooms that match, most members first, from the token `since` on. Raises `InvalidParameter`."""
        place, backwards = (None, False) if since is None else rules.decode_since(since)
        await self._renew()
        matching = self._matching(term, room_types)
        start, end = _slice(matching, place, limit, backwards=backwards)
        page = matching[start:end]
        return Found(
            page,
            rules.encode_since(rules.place_of(page[-1]), backwards=False) if page and end < len(matching) else None,
            rules.encode_since(rules.place_of(page[0]), backwards=True) if page and start else None,
            len(matching),
        )

    def _matching(self, term: str, room_types: Sequence[str | None] | None) -> list[ListedRoom]:
        parts = rules.term_parts(term)
        if not parts and room_types is None:
            return self._in_order
        return [
            room
            for room in self._in_order
            if (room_types is None or room.room_type in room_types)
            and all(part in self._texts[room.room_id] for part in parts)
        ]

    def _notice(self, changes: Iterable[Change]) -> None:
        """A change of a room's state makes its entry stale; a new room, and an upgraded one's, may become listed."""
        if not self._is_loaded:
            return
        for change in changes:
            if change.kind != EVENT or change.room_id is None:
                continue
            entry: TimelineEvent = change.data
            event = entry.event
            if event.state_key is None:
                continue
            if change.room_id in self._listed or event.type == "m.room.create":
                self._stale.add(change.room_id)
            if event.type == "m.room.tombstone" and isinstance(event.content.get("replacement_room"), str):
                self._stale.add(event.content["replacement_room"])

    async def _renew(self) -> None:
        """Bring the list up to date."""
        async with self._renewing:
            if not self._is_loaded:
                self._is_loaded = True
                self._stale.update(await self._read_listed(self._driver, None))
            while self._stale:
                batch = [self._stale.pop() for _ in range(min(BATCH, len(self._stale)))]
                try:
                    await self._renew_rooms(batch)
                except BaseException:
                    self._stale.update(batch)
                    raise

    async def _renew_rooms(self, batch: Sequence[str]) -> None:
        members = await self._read_listed(self._driver, batch)
        for room_id in batch:
            if room_id in members:
                room = rules.listed_room(room_id, members[room_id], (await self._contents(room_id)).__getitem__)
                self._listed[room_id], self._texts[room_id] = room, rules.room_text(room)
            else:
                self._listed.pop(room_id, None)
                self._texts.pop(room_id, None)
            await asyncio.sleep(0)
        # Where nobody is any more there is nobody to talk with; but somebody may come back.
        inhabited = (room for room in self._listed.values() if room.num_joined_members)
        self._in_order = sorted(inhabited, key=rules.place_of)

    async def _contents(self, room_id: str) -> Mapping[str, Mapping[str, Any]]:
        contents: dict[str, Mapping[str, Any]] = {}
        for event_type in rules.SHOWN_STATE:
            entry = await history.state_entry_at(self._driver, room_id, event_type, "", FOREVER)
            contents[event_type] = {} if entry is None else entry.event.content
        return contents


def _slice(rooms: Sequence[ListedRoom], place: rules.Place | None, limit: int, *, backwards: bool) -> tuple[int, int]:
    """From where to where the page goes."""
    if place is None:
        return 0, min(limit, len(rooms))
    if backwards:
        end = bisect.bisect_left(rooms, place, key=rules.place_of)
        return max(end - limit, 0), end
    start = bisect.bisect_right(rooms, place, key=rules.place_of)
    return start, min(start + limit, len(rooms))
