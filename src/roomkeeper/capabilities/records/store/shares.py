"""Shares: who is shown what."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.capabilities.records.models import Share
from roomkeeper.platform.database import Reader, Write

SHARE = (
    "share_id, record_id, first_seq, last_seq, whom, who, department_id, note, created_by, created_ts, expires_ts,"
    " revoked_ts, views"
)


def insert(write: Write, share: Share) -> None:
    """A new share."""
    write.add(
        f"INSERT INTO record_shares ({SHARE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        *msgspec.structs.astuple(share),
        rows=1,
    )


def revoke(write: Write, share_id: str, now: int) -> None:
    """End a share; fails where it has ended."""
    write.add(
        "UPDATE record_shares SET revoked_ts = $2 WHERE share_id = $1 AND revoked_ts IS NULL", share_id, now, rows=1
    )


def count_view(write: Write, share_id: str) -> None:
    """Somebody has looked."""
    write.add("UPDATE record_shares SET views = views + 1 WHERE share_id = $1", share_id, rows=1)


async def find(reader: Reader, share_id: str) -> Share | None:
    """One share."""
    row = await reader.query_one(f"SELECT {SHARE} FROM record_shares WHERE share_id = $1", share_id)
    return Share(**dict(zip(Share.__struct_fields__, row, strict=True))) if row else None


async def of_link(reader: Reader, token_hash: str) -> Share | None:
    """The share of a link."""
    sql = f"SELECT {SHARE} FROM record_shares WHERE whom = 'link' AND who = $1"
    row = await reader.query_one(sql, token_hash)
    return Share(**dict(zip(Share.__struct_fields__, row, strict=True))) if row else None


async def of_record(reader: Reader, record_id: str, after: str, limit: int) -> list[Share]:
    """The shares of a record, by id."""
    rows = await reader.query(
        f"SELECT {SHARE} FROM record_shares WHERE record_id = $1 AND share_id > $2 ORDER BY share_id LIMIT $3",
        record_id,
        after,
        limit,
    )
    return [Share(**dict(zip(Share.__struct_fields__, row, strict=True))) for row in rows]


async def open_with(
    reader: Reader, person: str, roles: Sequence[str], now: int, limit: int, record_id: str | None = None
) -> list[Share]:
    """Open shares with somebody, or with one of their roles; of one record, where one is named. The newest first."""
    parameters: list[object] = [person, now, limit, *roles]
    places = ", ".join(f"${number}" for number in range(4, len(roles) + 4)) or "NULL"
    condition = ""
    if record_id is not None:
        parameters.append(record_id)
        condition = f" AND record_id = ${len(parameters)}"
    rows = await reader.query(
        f"SELECT {SHARE} FROM record_shares WHERE ((whom = 'person' AND who = $1) OR (whom = 'role' AND who IN"
        f" ({places}))) AND revoked_ts IS NULL AND (expires_ts IS NULL OR expires_ts > $2){condition}"
        " ORDER BY share_id DESC LIMIT $3",
        *parameters,
    )
    return [Share(**dict(zip(Share.__struct_fields__, row, strict=True))) for row in rows]
