"""Which events of a room a user may see.

spec: client-server §Room History Visibility; the rule itself is `wire.history_visibility`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import NO_PREFERENCES, Preferences, TimelineEvent
from roomkeeper.platform.database import Reader
from roomkeeper.wire.history_visibility import visible

FOREVER = 2**62
"""A position after all others."""
MOST_RANGES = 50
"""Ranges of positions that `UserView.ranges` gives at most; the oldest are left out."""

Timeline = Sequence[tuple[int, str | None]]
"""Values of one state entry with the positions from which they held, oldest first."""


AT_ONCE = 500
"""Rooms that are read at once."""


class _Content(msgspec.Struct, frozen=True):
    membership: Any = None
    history_visibility: Any = None


class _Pdu(msgspec.Struct, frozen=True):
    content: _Content


_decode = msgspec.json.Decoder(_Pdu).decode


class UserView:
    """What one user may see of one room: the history of its visibility, and of the user's membership."""

    def __init__(self, user_id: str, visibility: Timeline, membership: Timeline) -> None:
        self.user_id = user_id
        self.preferences: Preferences = NO_PREFERENCES
        self._visibility = visibility
        self._membership = membership
        self._last_join = max((position for position, value in membership if value == "join"), default=-1)

    @classmethod
    async def load(cls, reader: Reader, user_id: str, room_id: str) -> UserView:
        """Read both histories."""
        visibilities = await store.history_of_entry(reader, room_id, "m.room.history_visibility", "")
        memberships = await store.history_of_entry(reader, room_id, "m.room.member", user_id)
        return cls(
            user_id,
            [(entry.position, _text(entry.event.content.get("history_visibility"))) for entry in visibilities],
            [(entry.position, entry.event.membership) for entry in memberships],
        )

    @classmethod
    async def load_many(cls, reader: Reader, user_id: str, room_ids: Sequence[str]) -> dict[str, UserView]:
        """The same for many rooms at once, by room; those of which nothing is stored are there, too."""
        found: dict[str, UserView] = {}
        for start in range(0, len(room_ids), AT_ONCE):
            batch = room_ids[start : start + AT_ONCE]
            visibilities: dict[str, list[tuple[int, str | None]]] = {room_id: [] for room_id in batch}
            memberships: dict[str, list[tuple[int, str | None]]] = {room_id: [] for room_id in batch}
            for entry, timelines in (
                (("m.room.history_visibility", ""), visibilities),
                (("m.room.member", user_id), memberships),
            ):
                for room_id, position, pdu in await store.histories_of_entry(reader, batch, *entry):
                    content = _decode(pdu).content
                    value = content.membership if timelines is memberships else content.history_visibility
                    timelines[room_id].append((position, _text(value)))
            found.update((room_id, cls(user_id, visibilities[room_id], memberships[room_id])) for room_id in batch)
        return found

    def membership_at(self, position: int) -> str | None:
        """The user's membership after the event at `position`; `None` where they had none."""
        return _at(self._membership, position)

    def joined_throughout(self, since: int, upto: int) -> bool:
        """Whether the user was in the room at `since` and at every moment from there to `upto`."""
        between = [value for position, value in self._membership if since < position <= upto]
        return self.membership_at(since) == "join" and all(value == "join" for value in between)

    @property
    def current_membership(self) -> str | None:
        """The user's newest membership."""
        return self._membership[-1][1] if self._membership else None

    @property
    def memberships(self) -> list[str | None]:
        """All memberships that the user has had, oldest first."""
        return [value for _, value in self._membership]

    @property
    def end_of_membership(self) -> int | None:
        """The position of the event with which the user last ceased to be a member; `None` for who never was one."""
        return self.end_of_membership_after(-1)

    def end_of_membership_after(self, since: int) -> int | None:
        """The same, `None` also for who has not been a member after `since`."""
        end, inside = None, False
        for position, value in self._membership:
            if inside and value != "join" and position > since:
                end = position
            inside = value == "join"
        return end

    @property
    def sees_everything(self) -> bool:
        """Whether the room is readable for the whole world now."""
        return bool(self._visibility) and self._visibility[-1][1] == "world_readable"

    def ranges(self) -> list[tuple[int, int]] | None:
        """The first and last positions between which the user sees what is said; `None`: they see it all."""
        starts = sorted({0, *(position for position, _ in (*self._visibility, *self._membership))})
        found: list[tuple[int, int]] = []
        for start, following in pairwise([*starts, FOREVER + 1]):
            if not self.sees_at(start):
                continue
            if found and found[-1][1] == start - 1:
                found[-1] = (found[-1][0], following - 1)
            else:
                found.append((start, following - 1))
        return None if found == [(0, FOREVER)] else found[-MOST_RANGES:]

    def sees_at(self, position: int) -> bool:
        """Whether the user may see what was said at `position`, whoever said it."""
        return self._allows(position, position, joined_later=self._last_join > position)

    def saw_before(self, position: int, moment: int) -> bool:
        """Whether the user was in the room before `moment`, and could see then what was said at `position`."""
        memberships = [entry for entry in self._membership if entry[0] <= moment]
        visibility = [entry for entry in self._visibility if entry[0] <= max(moment, position)]
        earlier = UserView(self.user_id, visibility, memberships)
        return "join" in earlier.memberships and earlier.sees_at(position)

    def sees(self, entry: TimelineEvent) -> bool:
        """Whether the user may see this event, and does not ignore its sender."""
        if self.preferences.hides(entry.event):
            return False
        joined_later = self._last_join > entry.position
        before = entry.position - 1
        after = self._allows(entry.position, entry.position, joined_later=joined_later)
        event = entry.event
        if event.type == "m.room.history_visibility" and event.state_key == "":
            return after or self._allows(before, entry.position, joined_later=joined_later)
        if event.type == "m.room.member" and event.state_key == self.user_id:
            return after or self._allows(entry.position, before, joined_later=joined_later)
        return after

    def _allows(self, visibility_at: int, membership_at: int, *, joined_later: bool) -> bool:
        return visible(
            _at(self._visibility, visibility_at), _at(self._membership, membership_at), joined_later=joined_later
        )

    def filter(self, entries: Sequence[TimelineEvent], *, always: int | None = None) -> list[TimelineEvent]:
        """Those that the user may see and the one at position `always`, each telling the membership at the time."""
        return [self._told(entry) for entry in entries if entry.position == always or self.sees(entry)]

    def _told(self, entry: TimelineEvent) -> TimelineEvent:
        return with_membership(entry, self.membership_at(entry.position) or "leave")


def with_membership(entry: TimelineEvent, membership: str) -> TimelineEvent:
    """The event as one sees it whose membership was that at the time. spec: client-server §UnsignedData membership"""
    if membership == "join":
        return entry
    return entry.with_json(entry.json.removesuffix(b'"join"}}') + b'"' + membership.encode() + b'"}}')


def _at(timeline: Timeline, position: int) -> str | None:
    value = None
    for since, candidate in timeline:
        if since > position:
            break
        value = candidate
    return value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
