"""A relation, and what many of them amount to."""

from __future__ import annotations

import msgspec

THREAD = "m.thread"
REPLACE = "m.replace"
REFERENCE = "m.reference"
ANNOTATION = "m.annotation"


class Relation(msgspec.Struct, frozen=True):
    """What an event says of its parent. `key` is that of an annotation, or stands for it where it is long."""

    parent: str
    rel_type: str
    key: str | None = None


class Summary(msgspec.Struct, frozen=True):
    """One of the children of one type that an event has: the newest, or any of those that are listed.

    `total` counts them all; `own` is 1 where one of them is by the user who asks, else 0.
    """

    parent: str
    rel_type: str
    event_id: str
    position: int
    total: int
    own: int


class Scope(msgspec.Struct, frozen=True):
    """The children that a user may see: none by those they ignore, none later than `upto`, none outside `ranges`."""

    room_id: str
    ignored: frozenset[str]
    upto: int
    ranges: list[tuple[int, int]] | None
