"""Write keys."""

from __future__ import annotations

from typing import Any, Final

from roomkeeper.capabilities.repair.models import WriteKey
from roomkeeper.platform.database import Reader, Write

COLUMNS: Final = "key_id, name, side, per_second, created_by, created_ts, revoked_ts, last_used_ts"


def insert(write: Write, key: WriteKey, digest: bytes) -> None:
    """A new key, of which the digest is kept."""
    write.add(
        "INSERT INTO repair_keys (key_id, digest, name, side, per_second, created_by, created_ts)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        key.key_id,
        digest,
        key.name,
        key.side,
        key.per_second,
        key.created_by,
        key.created_ts,
        rows=1,
    )


def revoke(write: Write, key_id: str, ts: int) -> None:
    """That it counts no longer."""
    write.add("UPDATE repair_keys SET revoked_ts = $2 WHERE key_id = $1 AND revoked_ts IS NULL", key_id, ts, rows=1)


def used(write: Write, key_id: str, ts: int) -> None:
    """When it was used last."""
    write.add("UPDATE repair_keys SET last_used_ts = $2 WHERE key_id = $1", key_id, ts)


async def page(reader: Reader, after: str, limit: int) -> list[WriteKey]:
    """All keys, in the order in which they were made."""
    sql = f"SELECT {COLUMNS} FROM repair_keys WHERE key_id > $1 ORDER BY key_id LIMIT $2"
    return [_key(row) for row in await reader.query(sql, after, limit)]


async def count(reader: Reader) -> int:
    """How many keys count."""
    row = await reader.query_one("SELECT count(*) FROM repair_keys WHERE revoked_ts IS NULL")
    return 0 if row is None else int(row[0])


async def find(reader: Reader, key_id: str) -> WriteKey | None:
    """One of them."""
    row = await reader.query_one(f"SELECT {COLUMNS} FROM repair_keys WHERE key_id = $1", key_id)
    return None if row is None else _key(row)


async def by_digest(reader: Reader, digest: bytes) -> WriteKey | None:
    """The key that counts with that digest."""
    row = await reader.query_one(f"SELECT {COLUMNS} FROM repair_keys WHERE digest = $1 AND revoked_ts IS NULL", digest)
    return None if row is None else _key(row)


def _key(row: Any) -> WriteKey:
    return WriteKey(
        key_id=row[0],
        name=row[1],
        side=row[2],
        per_second=row[3],
        created_by=row[4],
        created_ts=row[5],
        revoked_ts=row[6],
        last_used_ts=row[7],
    )
