"""Client-server filters: what of a room's events, of presence and of account data a client wants to get.

A `Filter` is the parsed JSON; `matcher` turns one of its parts into a `Matcher`, or into None where the part
excludes nothing, so that an absent filter costs nothing.
# spec: client-server §Filtering, §Lazy-loading room members
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from roomkeeper.wire.errors import ProtocolViolation

_T = TypeVar("_T")

MAX_ENTRIES: Final = 1000
"""How long each list of a filter may be; every event is measured on it."""

MAX_ENTRY_LENGTH: Final = 1024
"""How many characters an entry of such a list may have."""

_Text = Annotated[str, Meta(max_length=MAX_ENTRY_LENGTH)]
_Texts = Annotated[tuple[_Text, ...], Meta(max_length=MAX_ENTRIES)]
_UserIDs = Annotated[tuple[Annotated[str, Meta(pattern="^@")], ...], Meta(max_length=MAX_ENTRIES)]
_RoomIDs = Annotated[tuple[Annotated[str, Meta(pattern="^!")], ...], Meta(max_length=MAX_ENTRIES)]
_Limit = Annotated[int, Meta(ge=0)]


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to include. None means "no restriction", an empty list of what to include "nothing".

    A `limit` of 0, which the specification does not foresee, is taken as asking for no events.
    """

    limit: _Limit | None = None
    types: _Texts | None = None
    not_types: _Texts | None = None
    senders: _UserIDs | None = None
    not_senders: _UserIDs | None = None


class RoomEventFilter(EventFilter, frozen=True, kw_only=True):
    """Which events of rooms to include."""

    rooms: _RoomIDs | None = None
    not_rooms: _RoomIDs | None = None
    contains_url: bool | None = None
    lazy_load_members: bool = False
    include_redundant_members: bool = False
    unread_thread_notifications: bool = False
    related_by_senders: _UserIDs | None = None
    related_by_rel_types: _Texts | None = None

    @property
    def asks_for_relations(self) -> bool:
        """Whether it lets only those events through that others relate to."""
        return self.related_by_senders is not None or self.related_by_rel_types is not None


class RoomFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rooms to include, and which events of each."""

    rooms: _RoomIDs | None = None
    not_rooms: _RoomIDs | None = None
    include_leave: bool = False
    account_data: RoomEventFilter = RoomEventFilter()
    ephemeral: RoomEventFilter = RoomEventFilter()
    state: RoomEventFilter = RoomEventFilter()
    timeline: RoomEventFilter = RoomEventFilter()

    def includes_room(self, room_id: str) -> bool:
        included = self.rooms is None or room_id in self.rooms
        return included and (self.not_rooms is None or room_id not in self.not_rooms)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A whole filter, as `/sync` takes it."""

    event_fields: _Texts | None = None
    event_format: Literal["client", "federation"] = "client"
    account_data: EventFilter = EventFilter()
    presence: EventFilter = EventFilter()
    room: RoomFilter = RoomFilter()


NO_FILTER: Final = Filter()


def parse_filter(value: object) -> Filter:
    """Read a filter from decoded JSON; unknown keys are left aside. Raises ProtocolViolation (M_BAD_JSON)."""
    return _convert(value, Filter)


def parse_room_event_filter(value: object) -> RoomEventFilter:
    """Read the kind of filter that `/messages`, `/context` and `/search` take."""
    return _convert(value, RoomEventFilter)


class Matcher:
    """A filter's conditions, prepared so that asking for one event is fast."""

    __slots__ = ("_contains_url", "_not_rooms", "_not_senders", "_not_types", "_rooms", "_senders", "_types")

    def __init__(self, event_filter: EventFilter) -> None:
        self._types = None if event_filter.types is None else _Types(event_filter.types)
        self._not_types = _Types(event_filter.not_types) if event_filter.not_types else None
        self._senders = _set(event_filter.senders)
        self._not_senders = frozenset(event_filter.not_senders or ())
        of_rooms = event_filter if isinstance(event_filter, RoomEventFilter) else RoomEventFilter()
        self._rooms = _set(of_rooms.rooms)
        self._not_rooms = frozenset(of_rooms.not_rooms or ())
        self._contains_url = of_rooms.contains_url

    @property
    def excludes_something(self) -> bool:
        includes = (self._types, self._senders, self._rooms, self._contains_url)
        excludes = (self._not_types, self._not_senders, self._not_rooms)
        return any(condition is not None for condition in includes) or any(excludes)

    def matches(self, event_type: str, sender: str, room_id: str | None = None, has_url: bool = False) -> bool:
        """Whether an event is wanted. `has_url` says whether its content has a key `url`."""
        return (
            (self._senders is None or sender in self._senders)
            and sender not in self._not_senders
            and (self._contains_url is None or has_url is self._contains_url)
            and self.matches_room(room_id)
            and self.matches_type(event_type)
        )

    def matches_room(self, room_id: str | None) -> bool:
        """Whether events of this room may be wanted at all."""
        return (self._rooms is None or room_id in self._rooms) and room_id not in self._not_rooms

    def matches_type(self, event_type: str) -> bool:
        """Whether events of this type may be wanted at all."""
        if self._types is not None and event_type not in self._types:
            return False
        return self._not_types is None or event_type not in self._not_types


@lru_cache(maxsize=4096)
def matcher(event_filter: EventFilter) -> Matcher | None:
    """The prepared conditions, or None if the filter lets every event through (`limit` aside)."""
    prepared = Matcher(event_filter)
    return prepared if prepared.excludes_something else None


def select_fields(event: dict[str, Any], event_fields: Iterable[str]) -> dict[str, Any]:
    """Only those parts of an event that these paths name: `content.body`, with `\\.` for a dot within a name.

    # spec: appendices §Dot-separated property paths
    """
    selected: dict[str, Any] = {}
    for field in event_fields:
        _copy_path(event, selected, split_path(field))
    return selected


@lru_cache(maxsize=1024)
def split_path(path: str) -> tuple[str, ...]:
    """The property names of a dot-separated path. Only `\\.` and `\\\\` are escapes."""
    names = re.findall(r"(?:^|\.)((?:\\[.\\]|[^.])*)", path)
    return tuple(re.sub(r"\\([.\\])", r"\1", name) for name in names)


def _copy_path(source: dict[str, Any], target: dict[str, Any], path: Sequence[str]) -> None:
    """Copy what stands at the path, making the objects above it; nothing happens if it is not there."""
    found: Any = source
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return
        found = found[name]
    for name in path[:-1]:
        target = target.setdefault(name, {})
    previous = target.get(path[-1])
    # A wider path, taken before, already holds this one; but it shares the source's object, which must not change.
    if previous is not found:
        target[path[-1]] = found


class _Types:
    """A list of event types, in which `*` stands for any characters."""

    __slots__ = ("_exact", "_wildcards")

    def __init__(self, types: Iterable[str]) -> None:
        types = tuple(types)
        self._exact = frozenset(entry for entry in types if "*" not in entry)
        self._wildcards = tuple(_wildcard(entry) for entry in types if "*" in entry)

    def __contains__(self, event_type: str) -> bool:
        return event_type in self._exact or any(matches(event_type) for matches in self._wildcards)


def _wildcard(pattern: str) -> Callable[[str], bool]:
    """Whether a text fits the pattern, in linear time whatever the pattern is (a regular expression is not)."""
    first, *middle, last = pattern.split("*")

    def matches(text: str) -> bool:
        end = len(text) - len(last)
        if end < len(first) or not text.startswith(first) or not text.endswith(last):
            return False
        position = len(first)
        for part in middle:
            found = text.find(part, position, end)
            if found < 0:
                return False
            position = found + len(part)
        return True

    return matches


def _set(entries: Iterable[str] | None) -> frozenset[str] | None:
    return None if entries is None else frozenset(entries)


def _convert(value: object, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ProtocolViolation(f"The filter is not valid: {error}; see the Filter schema.") from None
