"""All SQL of account data. Global entries have the room id `rules.GLOBAL`, which is empty."""

from __future__ import annotations

from roomkeeper.platform.database import Reader, Row, Write


def upsert(write: Write, user_id: str, room_id: str, event_type: str, content: bytes, position: int) -> None:
    """The newest content of a type."""
    sql = (
        "INSERT INTO account_data (user_id, room_id, type, content, position) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (user_id, room_id, type) DO UPDATE SET content = $4, position = $5"
    )
    write.add(sql, user_id, room_id, event_type, content, position, rows=1)


async def find(reader: Reader, user_id: str, room_id: str, event_type: str) -> bytes | None:
    """The content of one entry."""
    sql = "SELECT content FROM account_data WHERE user_id = $1 AND room_id = $2 AND type = $3"
    row = await reader.query_one(sql, user_id, room_id, event_type)
    return row[0] if row else None


async def count(reader: Reader, user_id: str) -> int:
    """How many entries a user has."""
    row = await reader.query_one("SELECT count(*) FROM account_data WHERE user_id = $1", user_id)
    return row[0] if row else 0


async def contents_after(reader: Reader, user_id: str, after: int, limit: int) -> list[Row]:
    """(position, content) of a user's entries after a position, oldest first."""
    sql = "SELECT position, content FROM account_data WHERE user_id = $1 AND position > $2 ORDER BY position LIMIT $3"
    return await reader.query(sql, user_id, after, limit)


async def between(reader: Reader, user_id: str, after: int, upto: int) -> list[Row]:
    """(position, room_id, type, content) of a user's entries after one position up to another, oldest first."""
    sql = (
        "SELECT position, room_id, type, content FROM account_data"
        " WHERE user_id = $1 AND position > $2 AND position <= $3 ORDER BY position"
    )
    return await reader.query(sql, user_id, after, upto)


async def of_rooms(reader: Reader, user_id: str, room_ids: list[str], upto: int) -> list[Row]:
    """Like `between`, all that the user has for some rooms."""
    places = ", ".join(f"${index}" for index in range(3, len(room_ids) + 3))
    sql = (
        "SELECT position, room_id, type, content FROM account_data"
        f" WHERE user_id = $1 AND position <= $2 AND room_id IN ({places}) ORDER BY position"
    )
    return await reader.query(sql, user_id, upto, *room_ids)
