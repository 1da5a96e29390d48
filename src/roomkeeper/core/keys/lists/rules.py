"""Who has entered a room, and who has left it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from roomkeeper.core.rooms import TimelineEvent
from roomkeeper.platform.changes import Change

Direction = Literal["in", "out"]


class Move(msgspec.Struct, frozen=True):
    """A user has entered or left a room."""

    room_id: str
    user_id: str
    direction: Direction
    position: int


class _Unsigned(msgspec.Struct, frozen=True):
    prev_content: dict[str, Any] = {}


class _Event(msgspec.Struct, frozen=True):
    unsigned: _Unsigned


_decode = msgspec.json.Decoder(_Event).decode


def direction(before: str | None, now: str | None) -> Direction | None:
    """What a membership that was `before` and is `now` means; `None` where the user stays in, or out."""
    if (before == "join") == (now == "join"):
        return None
    return "in" if now == "join" else "out"


def moves(changes: Sequence[Change]) -> Iterator[Move]:
    """Those that events tell of. On the path of every message: other events cost one comparison."""
    for change in changes:
        entry: TimelineEvent = change.data
        event = entry.event
        if event.type != "m.room.member" or event.state_key is None:
            continue
        before = _decode(entry.json).unsigned.prev_content.get("membership")
        way = direction(before, event.membership)
        if way is not None:
            yield Move(event.room_id, event.state_key, way, change.position)
