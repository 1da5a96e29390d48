"""What areas keep of events and rooms goes when those go: the slots by which they take part.

Nobody touches another's tables, so each area that keeps something contributes how it is removed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from roomkeeper.platform.database import Reader, Write


class RemovedEvent(msgspec.Struct, frozen=True):
    """An event that is being removed."""

    position: int
    event_id: str


EventCleaner = Callable[[Reader, Write, str, Sequence[RemovedEvent]], Awaitable[None]]
"""Adds to the write what removes all that the area keeps of some events (500 at most) of a room."""

RoomCleaner = Callable[[Reader, Write, str, int], Awaitable[int]]
"""Adds to the write what removes rows that the area keeps of a room, up to a limit; how many those are.

Asked again until that is 0. The room itself is gone by then, and so are its memberships.
"""


class RoomRows(msgspec.Struct, frozen=True):
    """A `RoomCleaner` for a table with a column `room_id`; `keys` are the columns of its primary key."""

    table: str
    keys: tuple[str, ...]

    async def __call__(self, reader: Reader, write: Write, room_id: str, limit: int) -> int:
        """See `RoomCleaner`."""
        columns = ", ".join(self.keys)
        found = f"SELECT {columns} FROM {self.table} WHERE room_id = $1 ORDER BY {columns} LIMIT $2"  # noqa: S608
        rows = await reader.query(found, room_id, limit)
        if rows:
            write.add(f"DELETE FROM {self.table} WHERE ({columns}) IN ({found})", room_id, limit)  # noqa: S608
        return len(rows)
