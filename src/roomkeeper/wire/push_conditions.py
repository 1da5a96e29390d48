"""The conditions of push rules: what may be asked of an event before a user is notified of it.

Each is compiled to a function once, and asked for every event.
# spec: client-server §Conditions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from roomkeeper.wire.filters import split_path
from roomkeeper.wire.globs import Glob
from roomkeeper.wire.power_levels import PowerLevels

MAX_BODY: Final = 8_192
"""Characters of a message in which patterns are looked for."""


class Person(msgspec.Struct, frozen=True):
    """Whose rules are asked; `display_name` is theirs in the room."""

    user_id: str
    display_name: str | None = None


class Occasion:
    """An event, and what the conditions ask about its room, for all users who may be notified of it."""

    __slots__ = ("_text", "content", "event", "levels", "member_count", "room_id", "sender")

    def __init__(self, event: Mapping[str, Any], room_id: str, member_count: int, levels: PowerLevels | None) -> None:
        """`event` has type, sender, content and whatever else of the event its readers may name."""
        self.event = event
        self.room_id = room_id
        self.member_count = member_count
        self.levels = levels
        self.sender: str = event["sender"]
        self.content: Mapping[str, Any] = event["content"]
        self._text: str | None = None

    @property
    def text(self) -> str | None:
        """The start of the message in lower case, `None` where there is no text in it."""
        if self._text is None:
            body = self.content.get("body")
            if not isinstance(body, str):
                return None
            self._text = body[:MAX_BODY].lower()
        return self._text

    @property
    def is_personal(self) -> bool:
        """Whether the predefined rules may mean different things to different users here."""
        if self.event["type"] == "m.room.member":
            return True
        mentions = self.content.get("m.mentions")
        return isinstance(mentions, dict) and bool(mentions.get("user_ids"))


Condition = Callable[[Occasion, Person], bool]


def compile_condition(condition: Mapping[str, Any], user_id: str) -> Condition | None:
    """The condition as a function; `None` for one that is not known or not well-formed, and so never holds.

    What compares with `user_id` compares with whoever is asked, so that users may share what is compiled.
    """
    kind = condition.get("kind")
    compiler = _COMPILERS.get(kind) if isinstance(kind, str) else None
    return None if compiler is None else compiler(condition, user_id)


def _event_match(condition: Mapping[str, Any], user_id: str) -> Condition | None:
    key, pattern = condition.get("key"), condition.get("pattern")
    if not isinstance(key, str) or not isinstance(pattern, str):
        return None
    glob = Glob(pattern)
    if key == "content.body":
        return lambda occasion, _: (text := occasion.text) is not None and glob.matches_words(text)
    find = _finder(key)
    if pattern == user_id:
        return lambda occasion, person: _is_text(find(occasion), person.user_id)
    if "*" not in pattern and "?" not in pattern:
        return lambda occasion, _: _is_text(find(occasion), pattern)
    return lambda occasion, _: isinstance(value := find(occasion), str) and glob.matches(value.lower())


def _event_property_is(condition: Mapping[str, Any], user_id: str) -> Condition | None:
    key, wanted = condition.get("key"), condition.get("value", _ABSENT)
    if not isinstance(key, str) or type(wanted) not in _COMPARABLE:
        return None
    find, kind = _finder(key), type(wanted)
    if wanted == user_id:
        return lambda occasion, person: find(occasion) == person.user_id
    return lambda occasion, _: type(value := find(occasion)) is kind and value == wanted


def _event_property_contains(condition: Mapping[str, Any], user_id: str) -> Condition | None:
    key, wanted = condition.get("key"), condition.get("value", _ABSENT)
    if not isinstance(key, str) or type(wanted) not in _COMPARABLE:
        return None
    find, kind = _finder(key), type(wanted)
    if wanted == user_id:
        return lambda occasion, person: isinstance(value := find(occasion), list) and person.user_id in value
    return lambda occasion, _: (
        isinstance(value := find(occasion), list) and any(type(item) is kind and item == wanted for item in value)
    )


def _room_member_count(condition: Mapping[str, Any], _: str) -> Condition | None:
    wanted = condition.get("is")
    match = _COUNT.fullmatch(wanted) if isinstance(wanted, str) else None
    if match is None:
        return None
    number, compare = int(match[2]), _COMPARISONS[match[1] or "=="]
    return lambda occasion, _: compare(occasion.member_count, number)


def _sender_notification_permission(condition: Mapping[str, Any], _: str) -> Condition | None:
    key = condition.get("key")
    if not isinstance(key, str):
        return None
    return lambda occasion, _: (
        occasion.levels is not None
        and occasion.levels.user_level(occasion.sender) >= occasion.levels.notification_level(key)
    )


def _contains_display_name(_: Mapping[str, Any], __: str) -> Condition:
    def holds(occasion: Occasion, person: Person) -> bool:
        name, text = person.display_name, occasion.text
        return bool(name) and text is not None and Glob(name or "", literal=True).matches_words(text)

    return holds


_ABSENT: Final = object()
_COMPARABLE: Final = frozenset({str, int, bool, type(None)})
_COUNT: Final = re.compile(r"(==|<=|>=|<|>)?([0-9]{1,15})", re.ASCII)
_COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "==": int.__eq__,
    "<": int.__lt__,
    ">": int.__gt__,
    "<=": int.__le__,
    ">=": int.__ge__,
}
_COMPILERS: Final[Mapping[str, Callable[[Mapping[str, Any], str], Condition | None]]] = {
    "event_match": _event_match,
    "event_property_is": _event_property_is,
    "event_property_contains": _event_property_contains,
    "room_member_count": _room_member_count,
    "sender_notification_permission": _sender_notification_permission,
    "contains_display_name": _contains_display_name,
}


def _finder(key: str) -> Callable[[Occasion], Any]:
    """Finds what stands at a dotted path in an event; `_ABSENT` where nothing does."""
    path = split_path(key)
    if len(path) == 1:
        name = path[0]
        return lambda occasion: occasion.event.get(name, _ABSENT)
    if len(path) == 2 and path[0] == "content":
        inner = path[1]
        return lambda occasion: occasion.content.get(inner, _ABSENT)

    def find(occasion: Occasion) -> Any:
        found: Any = occasion.event
        for name in path:
            if not isinstance(found, dict) or name not in found:
                return _ABSENT
            found = found[name]
        return found

    return find


def _is_text(value: object, wanted: str) -> bool:
    return value == wanted or (isinstance(value, str) and value.lower() == wanted.lower())
