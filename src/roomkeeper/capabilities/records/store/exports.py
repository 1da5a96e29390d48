"""Exports."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from roomkeeper.capabilities.records.models import Export, ExportRequest
from roomkeeper.platform.database import Reader, Row, Write

EXPORT = "export_id, request, created_by, created_ts, job_id, size, sha256, counts, expires_ts"


def _export(row: Row) -> Export:
    return Export(
        export_id=row[0],
        request=msgspec.json.decode(row[1], type=ExportRequest),
        created_by=row[2],
        created_ts=row[3],
        job_id=row[4],
        size=row[5],
        sha256=row[6],
        counts=msgspec.json.decode(row[7]),
        expires_ts=row[8],
    )


def insert(write: Write, export: Export) -> None:
    """A new export."""
    write.add(
        "INSERT INTO record_exports (export_id, request, created_by, created_ts, job_id, size, sha256, counts,"
        " expires_ts) VALUES ($1, $2, $3, $4, $5, NULL, '', '{}', NULL)",
        export.export_id,
        msgspec.json.encode(export.request).decode(),
        export.created_by,
        export.created_ts,
        export.job_id,
        rows=1,
    )


def finish(write: Write, export_id: str, size: int, sha256: str, counts: Mapping[str, int], expires_ts: int) -> None:
    """Its file is made."""
    write.add(
        "UPDATE record_exports SET size = $2, sha256 = $3, counts = $4, expires_ts = $5 WHERE export_id = $1",
        export_id,
        size,
        sha256,
        msgspec.json.encode(counts).decode(),
        expires_ts,
        rows=1,
    )


def delete(write: Write, export_id: str) -> None:
    """Forget it."""
    write.add("DELETE FROM record_exports WHERE export_id = $1", export_id)


async def find(reader: Reader, export_id: str) -> Export | None:
    """One export."""
    row = await reader.query_one(f"SELECT {EXPORT} FROM record_exports WHERE export_id = $1", export_id)
    return _export(row) if row else None


async def page(reader: Reader, created_by: str | None, before: str, limit: int) -> list[Export]:
    """Exports, the newest first, before one; those of somebody, where they are named."""
    condition = "" if created_by is None else " AND created_by = $3"
    rows = await reader.query(
        f"SELECT {EXPORT} FROM record_exports WHERE export_id < $1{condition} ORDER BY export_id DESC LIMIT $2",
        before or "~",
        limit,
        *(() if created_by is None else (created_by,)),
    )
    return [_export(row) for row in rows]


async def expired(reader: Reader, now: int, limit: int) -> list[str]:
    """The ids of those that are to be removed."""
    sql = "SELECT export_id FROM record_exports WHERE expires_ts IS NOT NULL AND expires_ts <= $1 LIMIT $2"
    return [row[0] for row in await reader.query(sql, now, limit)]
