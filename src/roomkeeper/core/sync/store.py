"""SQL of stored filters."""

from __future__ import annotations

from roomkeeper.platform.database import Reader, Statement


async def find_filter(reader: Reader, user_id: str, filter_id: str) -> bytes | None:
    """The JSON of a stored filter."""
    sql = "SELECT definition FROM filters WHERE user_id = $1 AND filter_id = $2"
    row = await reader.query_one(sql, user_id, filter_id)
    return row[0] if row else None


async def count_filters(reader: Reader, user_id: str) -> int:
    """How many filters a user has stored."""
    row = await reader.query_one("SELECT count(*) FROM filters WHERE user_id = $1", user_id)
    assert row is not None
    return int(row[0])


def insert_filter(user_id: str, filter_id: str, definition: bytes) -> Statement:
    """Store a filter; storing the same again changes nothing."""
    sql = "INSERT INTO filters (user_id, filter_id, definition) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
    return Statement(sql, (user_id, filter_id, definition))
