"""SQL that reads rooms, and who is in them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.platform.database import Reader


async def room_version(reader: Reader, room_id: str) -> str | None:
    """The version of a room, `None` where there is no such room."""
    row = await reader.query_one("SELECT version FROM rooms WHERE room_id = $1", room_id)
    return row[0] if row else None


class Membership(msgspec.Struct, frozen=True):
    """A user's newest membership in a room, and the position of its event."""

    room_id: str
    membership: str
    position: int
    forgotten: bool


async def memberships_of(reader: Reader, user_id: str) -> list[Membership]:
    """All memberships of a user."""
    sql = "SELECT room_id, membership, position, forgotten FROM memberships WHERE user_id = $1"
    return [Membership(row[0], row[1], row[2], bool(row[3])) for row in await reader.query(sql, user_id)]


async def membership_of(reader: Reader, user_id: str, room_id: str) -> Membership | None:
    """One membership."""
    sql = "SELECT room_id, membership, position, forgotten FROM memberships WHERE user_id = $1 AND room_id = $2"
    row = await reader.query_one(sql, user_id, room_id)
    return Membership(row[0], row[1], row[2], bool(row[3])) if row else None


async def joined_rooms(reader: Reader, user_id: str) -> set[str]:
    """The rooms that a user is in."""
    sql = "SELECT room_id FROM memberships WHERE user_id = $1 AND membership = 'join'"
    return {row[0] for row in await reader.query(sql, user_id)}


async def some_joined_rooms(reader: Reader, user_id: str, after: str, limit: int) -> list[str]:
    """Some of the rooms that a user is in, by their ids, after one."""
    sql = (
        "SELECT room_id FROM memberships WHERE user_id = $1 AND room_id > $2 AND membership = 'join'"
        " ORDER BY room_id LIMIT $3"
    )
    return [row[0] for row in await reader.query(sql, user_id, after, limit)]


async def users_sharing_rooms(reader: Reader, user_id: str) -> set[str]:
    """Everyone who is in a room with the user."""
    sql = (
        "SELECT DISTINCT o.user_id FROM memberships m JOIN memberships o ON o.room_id = m.room_id"
        " AND o.membership = 'join' WHERE m.user_id = $1 AND m.membership = 'join'"
    )
    return {row[0] for row in await reader.query(sql, user_id)}


async def moved_beside(reader: Reader, user_id: str, after: int) -> list[tuple[str, str, str]]:
    """(room id, user id, membership) of others whose membership in a room of the user was set after a position."""
    rows = await reader.query(
        "SELECT o.room_id, o.user_id, o.membership FROM memberships m JOIN memberships o ON o.room_id = m.room_id"
        " AND o.user_id <> $1 AND o.position > $2 WHERE m.user_id = $1 AND m.membership = 'join'",
        user_id,
        after,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def members_since(reader: Reader, room_id: str, after: int) -> list[tuple[str, str]]:
    """(user id, membership) of those who are in a room, or whose membership was set after a position."""
    rows = await reader.query(
        "SELECT user_id, membership FROM memberships WHERE room_id = $1 AND (membership = 'join' OR position > $2)",
        room_id,
        after,
    )
    return [(row[0], row[1]) for row in rows]


async def mutual_rooms(reader: Reader, user_id: str, other: str, after: str, limit: int) -> list[str]:
    """The ids of the rooms that two users are in, in order, those after the id `after`."""
    rows = await reader.query(
        f"SELECT m.room_id {_MUTUAL} AND m.room_id > $3 ORDER BY m.room_id LIMIT $4", user_id, other, after, limit
    )
    return [row[0] for row in rows]


async def count_mutual_rooms(reader: Reader, user_id: str, other: str) -> int:
    """How many rooms two users are in."""
    row = await reader.query_one(f"SELECT count(*) {_MUTUAL}", user_id, other)
    return row[0] if row else 0


_MUTUAL = (
    "FROM memberships m JOIN memberships o ON o.room_id = m.room_id AND o.user_id = $2 AND o.membership = 'join'"
    " WHERE m.user_id = $1 AND m.membership = 'join'"
)


async def member_counts(reader: Reader, room_ids: Sequence[str]) -> dict[str, int]:
    """How many are in each of some rooms (1,000 at most); a room that is not there is left out."""
    places = ", ".join(f"${number}" for number in range(1, len(room_ids) + 1)) or "NULL"
    rows = await reader.query(
        "SELECT r.room_id, (SELECT count(*) FROM memberships m WHERE m.room_id = r.room_id AND m.membership = 'join')"
        f" FROM rooms r WHERE r.room_id IN ({places})",
        *room_ids,
    )
    return {row[0]: row[1] for row in rows}


async def joined_among(reader: Reader, user_ids: Sequence[str], limit: int) -> list[tuple[str, str]]:
    """(user id, room id) of rooms that some users are in, at most `limit`."""
    places = ", ".join(f"${number}" for number in range(2, len(user_ids) + 2)) or "NULL"
    rows = await reader.query(
        f"SELECT user_id, room_id FROM memberships WHERE user_id IN ({places}) AND membership = 'join' LIMIT $1",
        limit,
        *user_ids,
    )
    return [(row[0], row[1]) for row in rows]
