"""The little that somebody sees of a room before joining it: with an invite, a knock, a preview.

# spec: client-server §Stripped state
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from roomkeeper.wire.events import Event

STRIPPED_STATE_TYPES: Final = (
    "m.room.create",
    "m.room.name",
    "m.room.avatar",
    "m.room.topic",
    "m.room.join_rules",
    "m.room.canonical_alias",
    "m.room.encryption",
)
"""All with the state key ""; the first is required, the others are given where the room has them."""


def stripped(event: Event) -> dict[str, Any]:
    """A state event in stripped form."""
    return {
        "type": event.type,
        "state_key": event.state_key,
        "sender": event.sender,
        "content": event.content,
    }


def stripped_state(state: Iterable[Event]) -> list[dict[str, Any]]:
    """The stripped form of those of a room's state events that identify it."""
    return [stripped(event) for event in state if event.state_key == "" and event.type in STRIPPED_STATE_TYPES]
