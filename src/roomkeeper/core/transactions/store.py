"""SQL of the transactions table."""

from __future__ import annotations

from roomkeeper.platform.database import Reader, Statement, Write

Key = tuple[str, str, bytes]
"""User id, device id, raw path."""


async def find(reader: Reader, key: Key) -> bytes | None:
    """The answer that was given before."""
    sql = "SELECT answer FROM transactions WHERE user_id = $1 AND device_id = $2 AND path = $3"
    row = await reader.query_one(sql, *key)
    return row[0] if row else None


def insert(write: Write, key: Key, answer: bytes, ts: int) -> None:
    """Remember the answer; fails where the key is there already."""
    sql = "INSERT INTO transactions (user_id, device_id, path, answer, ts) VALUES ($1, $2, $3, $4, $5)"
    write.add(sql, *key, answer, ts, rows=1, append=True)


def delete_before(ts: int, limit: int) -> Statement:
    """Forget up to `limit` answers given before `ts`."""
    sql = (
        "DELETE FROM transactions WHERE (user_id, device_id, path) IN"
        " (SELECT user_id, device_id, path FROM transactions WHERE ts < $1 LIMIT $2)"
    )
    return Statement(sql, (ts, limit))
