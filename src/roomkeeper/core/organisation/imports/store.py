"""All SQL of imports."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.organisation.imports.models import Counts, ImportRecord, RowError
from roomkeeper.platform.database import Reader, Row, Write

COLUMNS = "import_id, sha256, size, created_ts, created_by, job_id, counts"


def insert(write: Write, record: ImportRecord) -> None:
    """A file that was uploaded."""
    write.add(
        "INSERT INTO imports (import_id, sha256, size, created_ts, created_by, counts) VALUES ($1, $2, $3, $4, $5, $6)",
        record.import_id,
        record.sha256,
        record.size,
        record.created_ts,
        record.created_by,
        msgspec.json.encode(record.counts).decode(),
        rows=1,
    )


def set_job(write: Write, import_id: str, job_id: str) -> None:
    """Note which job takes a file, and forget what an earlier one could not take."""
    write.add("UPDATE imports SET job_id = $2 WHERE import_id = $1", import_id, job_id, rows=1)
    write.add("DELETE FROM import_errors WHERE import_id = $1", import_id)


def set_counts(write: Write, import_id: str, counts: Counts) -> None:
    """Note how far a file has been taken."""
    text = msgspec.json.encode(counts).decode()
    write.add("UPDATE imports SET counts = $2 WHERE import_id = $1", import_id, text)


def insert_error(write: Write, import_id: str, error: RowError) -> None:
    """Note what could not be taken."""
    write.add(
        "INSERT INTO import_errors (import_id, line, name, error) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        import_id,
        error.line,
        error.name,
        error.error,
    )


def delete(write: Write, import_id: str) -> None:
    """Forget a file."""
    write.add("DELETE FROM imports WHERE import_id = $1", import_id, rows=1)
    write.add("DELETE FROM import_errors WHERE import_id = $1", import_id)


async def find(reader: Reader, import_id: str) -> ImportRecord | None:
    """One file."""
    row = await reader.query_one(f"SELECT {COLUMNS} FROM imports WHERE import_id = $1", import_id)
    return None if row is None else _record(row)


async def page(reader: Reader, before: str, limit: int) -> list[ImportRecord]:
    """Files, the newest first, that were uploaded before another."""
    sql = (
        f"SELECT {COLUMNS} FROM imports WHERE CAST($1 AS TEXT) = '' OR import_id < $1 ORDER BY import_id DESC LIMIT $2"
    )
    return [_record(row) for row in await reader.query(sql, before, limit)]


async def uses(reader: Reader, sha256: str) -> int:
    """How many uploads have these bytes."""
    row = await reader.query_one("SELECT count(*) FROM imports WHERE sha256 = $1", sha256)
    return int(row[0]) if row else 0


async def errors(reader: Reader, import_id: str, limit: int) -> Sequence[RowError]:
    """What could not be taken, in the order of the lines."""
    sql = "SELECT line, name, error FROM import_errors WHERE import_id = $1 ORDER BY line LIMIT $2"
    return [RowError(*row) for row in await reader.query(sql, import_id, limit)]


def _record(row: Row) -> ImportRecord:
    return ImportRecord(
        import_id=row[0],
        sha256=row[1],
        size=row[2],
        created_ts=row[3],
        created_by=row[4],
        job_id=row[5],
        counts=msgspec.json.decode(row[6], type=Counts),
    )
