"""A receipt: how far a user has read, in a room or in one of its threads."""

from __future__ import annotations

import msgspec

KIND = "receipt"
"""The kind of change that a receipt is to sync."""

READ = "m.read"
READ_PRIVATE = "m.read.private"
FULLY_READ = "m.fully_read"
"""Not a receipt but a marker in the user's account data; clients may set it in the same ways."""

MAIN = "main"
"""The thread id of everything that is in no thread."""


class Mark(msgspec.Struct, frozen=True):
    """What a client asks for: everything up to this event is read. `thread_id` is `None` for the room as a whole."""

    type: str
    event_id: str
    thread_id: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """A mark as it is shown to others. `ts` in milliseconds."""

    type: str
    event_id: str
    thread_id: str | None
    user_id: str
    ts: int
