"""Who does not want to be tracked; the secret of personal write keys."""

from __future__ import annotations

from roomkeeper.platform.database import Reader, Write


async def untracked(reader: Reader) -> list[str]:
    """All who do not want it: as many as have said so."""
    return [row[0] for row in await reader.query("SELECT user_id FROM repair_untracked")]


def put_untracked(write: Write, user_id: str, ts: int) -> None:
    """That somebody does not want it."""
    sql = "INSERT INTO repair_untracked (user_id, ts) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    write.add(sql, user_id, ts)


def delete_untracked(write: Write, user_id: str) -> None:
    """That nothing speaks against it."""
    write.add("DELETE FROM repair_untracked WHERE user_id = $1", user_id)


async def secret(reader: Reader) -> bytes | None:
    """The secret, where there is one."""
    row = await reader.query_one("SELECT secret FROM repair_secret LIMIT 1")
    return None if row is None else bytes(row[0])


def insert_secret(write: Write, secret: bytes) -> None:
    """The secret, made once."""
    write.add("INSERT INTO repair_secret (secret) VALUES ($1)", secret, rows=1)
