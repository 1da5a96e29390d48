"""What the jobs of retention are told, and how far they are."""

from __future__ import annotations

import msgspec

RETENTION = "retention"
PURGE = "room_purge"


class Override(msgspec.Struct, frozen=True):
    """A room's own rule: its messages are removed after so many days, or never (`None`)."""

    room_id: str
    max_age_days: int | None


class Retain(msgspec.Struct, frozen=True):
    """Remove old messages everywhere; ages count back from `now` (milliseconds), also where a job is resumed."""

    now: int


class RetainCursor(msgspec.Struct):
    """How far retention is: all rooms up to `room_id` are done, and of the next one all up to position `after`."""

    room_id: str = ""
    after: int = 0
    rooms: int = 0
    total: int = 0
    removed: int = 0


class Purge(msgspec.Struct, frozen=True):
    """Remove this room. Who left after position `since` did so because of it, and is told that the room is gone."""

    room_id: str
    since: int


class PurgeCursor(msgspec.Struct):
    """How far a purge is: its phase, the number of the cleaner that is at work, rows done so far."""

    phase: str = "leave"
    cleaner: int = 0
    done: int = 0
    total: int = 0
