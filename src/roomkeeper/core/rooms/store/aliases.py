"""SQL of aliases, and of the public list."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.platform.database import Reader, Write


class Alias(msgspec.Struct, frozen=True):
    """A room alias and who made it."""

    alias: str
    room_id: str
    creator: str


async def find_alias(reader: Reader, alias: str) -> Alias | None:
    """Where an alias points."""
    row = await reader.query_one("SELECT alias, room_id, creator FROM room_aliases WHERE alias = $1", alias)
    return Alias(*row) if row else None


async def aliases_of(reader: Reader, room_id: str) -> Sequence[str]:
    """The aliases of a room, in order of their names."""
    rows = await reader.query("SELECT alias FROM room_aliases WHERE room_id = $1 ORDER BY alias LIMIT 1000", room_id)
    return [row[0] for row in rows]


def insert_alias(write: Write, alias: Alias) -> None:
    """Make an alias; fails where it is taken."""
    sql = "INSERT INTO room_aliases (alias, room_id, creator) VALUES ($1, $2, $3)"
    write.add(sql, alias.alias, alias.room_id, alias.creator, rows=1)


def delete_alias(write: Write, alias: str) -> None:
    """Remove an alias."""
    write.add("DELETE FROM room_aliases WHERE alias = $1", alias, rows=1)


def move_aliases(write: Write, old_room_id: str, new_room_id: str) -> None:
    """Let all aliases of one room point to another."""
    write.add("UPDATE room_aliases SET room_id = $2 WHERE room_id = $1", old_room_id, new_room_id)


def move_listing(write: Write, old_room_id: str, new_room_id: str) -> None:
    """Let the public room list name the new room where it named the old one."""
    listed = "UPDATE rooms SET is_public = (SELECT is_public FROM rooms WHERE room_id = $1) WHERE room_id = $2"
    write.add(listed, old_room_id, new_room_id, rows=1)
    write.add("UPDATE rooms SET is_public = FALSE WHERE room_id = $1", old_room_id, rows=1)


async def listed_rooms(reader: Reader, only: Sequence[str] | None = None) -> dict[str, int]:
    """The rooms in the public list (or those of `only` that are), each with its number of members."""
    which = ""
    if only is not None:
        which = f" AND r.room_id IN ({', '.join(f'${number}' for number in range(1, len(only) + 1)) or 'NULL'})"
    rows = await reader.query(
        "SELECT r.room_id, (SELECT count(*) FROM memberships m WHERE m.room_id = r.room_id AND m.membership = 'join')"
        f" FROM rooms r WHERE r.is_public{which}",
        *(only or ()),
    )
    return {row[0]: row[1] for row in rows}


async def is_listed(reader: Reader, room_id: str) -> bool | None:
    """Whether a room is in the public list; `None` where there is no such room."""
    row = await reader.query_one("SELECT is_public FROM rooms WHERE room_id = $1", room_id)
    return None if row is None else bool(row[0])


def set_listed(write: Write, room_id: str, *, listed: bool) -> None:
    """Put a room on the public list, or take it off."""
    write.add("UPDATE rooms SET is_public = $2 WHERE room_id = $1", room_id, listed, rows=1)
