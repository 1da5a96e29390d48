"""Who may do what in a room, as its `m.room.power_levels` and its creators say.

# spec: client-server §m.room.power_levels; server-server §Definitions; room versions §Version 12
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec

from roomkeeper.wire.events import Event
from roomkeeper.wire.room_versions import RoomVersion

CREATOR_LEVEL: Final = 2**53
"""What "infinite" is in numbers: one more than any integer that an event can hold."""

DEFAULT_LEVELS: Final[Mapping[str, int]] = {
    "users_default": 0,
    "events_default": 0,
    "state_default": 50,
    "ban": 50,
    "kick": 50,
    "redact": 50,
    "invite": 0,
}
DEFAULT_ROOM_NOTIFICATION_LEVEL: Final = 50
_SOLE_CREATOR_LEVEL: Final = 100

_NO_LEVELS: Final[Mapping[str, int]] = {}


class PowerLevels(msgspec.Struct, frozen=True, gc=False):
    """The levels in force in a room. Cheap to make (it shares the event's objects) and never changing.

    `creators` are those above all levels: empty in room versions where creators are like everyone.
    """

    users: Mapping[str, int]
    users_default: int
    events: Mapping[str, int]
    events_default: int
    state_default: int
    ban: int
    kick: int
    redact: int
    invite: int
    notifications: Mapping[str, int]
    creators: frozenset[str]

    @classmethod
    def from_state(cls, create: Event, power_levels: Event | None, version: RoomVersion) -> Self:
        """The levels of a room with this create event and, if it has one, this power levels event."""
        creators: frozenset[str] = frozenset()
        if version.creators_have_infinite_power:
            creators = creators_of(create, version)
        content = {} if power_levels is None else power_levels.content
        users = _levels(content, "users")
        if power_levels is None and not creators:
            users = dict.fromkeys(creators_of(create, version), _SOLE_CREATOR_LEVEL)
        plain = {key: _level(content, key, default) for key, default in DEFAULT_LEVELS.items()}
        return cls(
            users=users,
            events=_levels(content, "events"),
            notifications=_levels(content, "notifications"),
            creators=creators,
            **plain,
        )

    def user_level(self, user_id: str) -> int:
        """The power level of a user, CREATOR_LEVEL for one who is above all."""
        if user_id in self.creators:
            return CREATOR_LEVEL
        return self.users.get(user_id, self.users_default)

    def event_level(self, event_type: str, *, is_state: bool) -> int:
        """The level that sending an event of this type takes."""
        return self.events.get(event_type, self.state_default if is_state else self.events_default)

    def notification_level(self, key: str = "room") -> int:
        """The level that notifying everyone takes, `@room` for instance."""
        return self.notifications.get(key, DEFAULT_ROOM_NOTIFICATION_LEVEL)


def creators_of(create: Event, version: RoomVersion) -> frozenset[str]:
    """The users who created the room: its sender, and whom a version with several creators names besides."""
    if version.creators_have_infinite_power:
        additional = create.content.get("additional_creators")
        if isinstance(additional, list):
            return frozenset({create.sender, *(user_id for user_id in additional if type(user_id) is str)})
    elif version.creator_in_content and isinstance(create.content.get("creator"), str):
        return frozenset({create.content["creator"]})
    return frozenset({create.sender})


def _level(content: Mapping[str, Any], key: str, default: int) -> int:
    value = content.get(key, default)
    return value if type(value) is int else default


def _levels(content: Mapping[str, Any], key: str) -> Mapping[str, int]:
    """The map of levels as the authorisation rules let it into the room: integers alone."""
    value = content.get(key)
    return value if isinstance(value, dict) else _NO_LEVELS
