"""SQL that removes rooms."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.platform.database import Driver, Reader, Write


class RoomMembership(msgspec.Struct, frozen=True):
    """A user's newest membership in the room in question, and the position of its event."""

    user_id: str
    membership: str
    position: int


async def room_size(driver: Driver, room_id: str) -> int | None:
    """How many memberships and events a room has, `None` where there is no such room."""
    rows = await driver.query_long(
        "SELECT (SELECT count(*) FROM memberships WHERE room_id = $1) + (SELECT count(*) FROM events"
        " WHERE room_id = $1) FROM rooms WHERE room_id = $1",
        room_id,
    )
    return int(rows[0][0]) if rows else None


async def users_present(reader: Reader, room_id: str, limit: int) -> list[str]:
    """Some of those who are in a room, or are invited, or knock."""
    rows = await reader.query(
        "SELECT user_id FROM memberships WHERE room_id = $1 AND membership IN ('join', 'invite', 'knock') LIMIT $2",
        room_id,
        limit,
    )
    return [row[0] for row in rows]


async def memberships_in(reader: Reader, room_id: str, limit: int) -> list[RoomMembership]:
    """Some of the memberships of a room."""
    rows = await reader.query(
        "SELECT user_id, membership, position FROM memberships WHERE room_id = $1 LIMIT $2", room_id, limit
    )
    return [RoomMembership(*row) for row in rows]


def delete_memberships(write: Write, room_id: str, user_ids: Sequence[str]) -> None:
    """Remove the memberships of some users (1,000 at most)."""
    places = ", ".join(f"${number}" for number in range(2, len(user_ids) + 2))
    write.add(f"DELETE FROM memberships WHERE room_id = $1 AND user_id IN ({places})", room_id, *user_ids)


def delete_room(write: Write, room_id: str) -> None:
    """Remove the room itself, and its aliases."""
    write.add("DELETE FROM room_aliases WHERE room_id = $1", room_id)
    write.add("DELETE FROM rooms WHERE room_id = $1", room_id)
