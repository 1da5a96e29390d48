"""What search keeps of an event, and what it is asked."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Clause(msgspec.Struct, frozen=True):
    """Tokens that must follow each other. `is_prefix`: the last may be the beginning of a longer one."""

    tokens: tuple[str, ...]
    text: str
    is_prefix: bool = False

    @property
    def needle(self) -> str:
        """What to look for in tokens of which each has a space at both ends, so that none shares one with the next."""
        return f" {'  '.join(self.tokens)}" + ("" if self.is_prefix else " ")


Query = tuple[Clause, ...]


class Entry(msgspec.Struct, frozen=True):
    """An event as it is indexed.

    `position` is the event's; `source` is that of the event which has the text: its newest edit, or itself. `words`
    are tokens joined by spaces.
    """

    position: int
    room_id: str
    sender: str
    key: str
    source: int
    words: str


class Progress(msgspec.Struct, frozen=True):
    """How far the index has come.

    Up to `reached` everything is indexed, with that version of the `segmentation`; up to `anew_upto` it was once, and
    is being indexed anew. `removals` counts how often something was taken out.
    """

    reached: int
    segmentation: int
    anew_upto: int
    removals: int


class Span(msgspec.Struct, frozen=True):
    """The positions from `start` on and before `end`."""

    start: int
    end: int


class Matches(msgspec.Struct, frozen=True):
    """Entries, newest first, and the position down to which they are all that match."""

    entries: list[Entry]
    start: int


class Wanted(msgspec.Struct, frozen=True):
    """What to look for, and where: `senders` and `keys` of `None` are any."""

    query: Query
    rooms: Sequence[str]
    senders: Sequence[str] | None
    keys: Sequence[str] | None
