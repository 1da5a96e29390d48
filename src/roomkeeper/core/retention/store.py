"""SQL of rooms' own rules, and of rooms that are gone."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.retention.models import Override
from roomkeeper.platform.database import Reader, Write


async def find_override(reader: Reader, room_id: str) -> Override | None:
    """A room's own rule."""
    sql = "SELECT room_id, max_age_days FROM retention_overrides WHERE room_id = $1"
    row = await reader.query_one(sql, room_id)
    return Override(*row) if row else None


async def overrides_between(reader: Reader, after: str, upto: str) -> dict[str, Override]:
    """The rules of rooms with ids ``after < room_id <= upto``, by room."""
    sql = "SELECT room_id, max_age_days FROM retention_overrides WHERE room_id > $1 AND room_id <= $2"
    return {row[0]: Override(*row) for row in await reader.query(sql, after, upto)}


async def page_of_overrides(reader: Reader, after: str, limit: int) -> list[Override]:
    """Rooms' own rules, in order of the rooms."""
    sql = "SELECT room_id, max_age_days FROM retention_overrides WHERE room_id > $1 ORDER BY room_id LIMIT $2"
    return [Override(*row) for row in await reader.query(sql, after, limit)]


def set_override(write: Write, override: Override) -> None:
    """Give a room a rule of its own."""
    write.add(
        "INSERT INTO retention_overrides (room_id, max_age_days) VALUES ($1, $2)"
        " ON CONFLICT (room_id) DO UPDATE SET max_age_days = $2",
        override.room_id,
        override.max_age_days,
        rows=1,
    )


def delete_override(write: Write, room_id: str) -> None:
    """Let the server's rule hold for a room."""
    write.add("DELETE FROM retention_overrides WHERE room_id = $1", room_id)


# ---------------------------------------------------------------- rooms that are gone


def insert_purged(write: Write, user_ids: Sequence[str], room_id: str, position: int, ts: int) -> None:
    """These users are to be told that a room is gone for them."""
    for user_id in user_ids:
        write.add(
            "INSERT INTO purged_rooms (user_id, room_id, position, ts) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (user_id, room_id) DO UPDATE SET position = $3, ts = $4",
            user_id,
            room_id,
            position,
            ts,
            rows=1,
        )


async def purged_rooms(reader: Reader, user_id: str, after: int, upto: int) -> list[tuple[str, int]]:
    """Rooms that are gone for a user, with the positions at which they went."""
    sql = (
        "SELECT room_id, position FROM purged_rooms WHERE user_id = $1 AND position > $2 AND position <= $3"
        " ORDER BY position LIMIT 10000"
    )
    return [(row[0], row[1]) for row in await reader.query(sql, user_id, after, upto)]


def forget_purged(write: Write, before_ts: int, limit: int) -> None:
    """Rooms that went so long ago that every device has heard of it, or begins anew."""
    write.add(
        "DELETE FROM purged_rooms WHERE (user_id, room_id) IN"
        " (SELECT user_id, room_id FROM purged_rooms WHERE ts < $1 LIMIT $2)",
        before_ts,
        limit,
    )
