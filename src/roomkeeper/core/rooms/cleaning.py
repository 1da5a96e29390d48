"""What areas keep of events, rooms and users goes when those go: the slots by which they take part.

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


UserCleaner = Callable[[Reader, Write, str, int], Awaitable[int]]
"""The same for what the area keeps of a user who is erased; the account is closed by then, and in no room."""


class UserRows(msgspec.Struct, frozen=True):
    """A `UserCleaner` for a table whose `column` has the user; `keys` are the columns of its primary key."""

    table: str
    keys: tuple[str, ...]
    column: str = "user_id"

    async def __call__(self, reader: Reader, write: Write, user_id: str, limit: int) -> int:
        """See `UserCleaner`."""
        return await _delete_some(reader, write, self.table, self.keys, self.column, user_id, limit)


class RoomRows(msgspec.Struct, frozen=True):
    """A `RoomCleaner` for a table with a column `room_id`; `keys` are the columns of its primary key."""

    table: str
    keys: tuple[str, ...]

    async def __call__(self, reader: Reader, write: Write, room_id: str, limit: int) -> int:
        """See `RoomCleaner`."""
        return await _delete_some(reader, write, self.table, self.keys, "room_id", room_id, limit)


async def _delete_some(
    reader: Reader, write: Write, table: str, keys: tuple[str, ...], owner: str, owner_id: str, limit: int
) -> int:
    columns = ", ".join(keys)
    found = f"SELECT {columns} FROM {table} WHERE {owner} = $1 ORDER BY {columns} LIMIT $2"  # noqa: S608
    rows = await reader.query(found, owner_id, limit)
    if rows:
        write.add(f"DELETE FROM {table} WHERE ({columns}) IN ({found})", owner_id, limit)  # noqa: S608
    return len(rows)
