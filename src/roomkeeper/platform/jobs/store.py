"""SQL of the jobs table."""

from __future__ import annotations

import msgspec

from roomkeeper.platform.database import Reader, Row, Write
from roomkeeper.platform.jobs.models import JobRecord, Order, State

COLUMNS = (
    "job_id, name, key, parameters, state, run, cursor, done, total, unit, message, started_by, created_ts, started_ts,"
    " finished_ts, updated_ts, version"
)


def record_of(row: Row) -> JobRecord:
    """A row of `COLUMNS`."""
    values = dict(zip(JobRecord.__struct_fields__, row, strict=True))
    values["parameters"] = msgspec.Raw(values["parameters"])
    return JobRecord(**values)


def insert(write: Write, record: JobRecord) -> None:
    """A new job; nothing happens where one with its name and key has not ended yet."""
    write.add(
        f"INSERT INTO jobs ({COLUMNS}) VALUES"
        " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING",
        record.job_id,
        record.name,
        record.key,
        bytes(record.parameters),
        record.state,
        record.run,
        record.cursor,
        record.done,
        record.total,
        record.unit,
        record.message,
        record.started_by,
        record.created_ts,
        record.started_ts,
        record.finished_ts,
        record.updated_ts,
        record.version,
    )


def update(write: Write, before: JobRecord, after: JobRecord) -> None:
    """Put `after` in the place of `before`; fails where the job has changed meanwhile."""
    write.add(
        "UPDATE jobs SET state = $3, run = $4, cursor = $5, done = $6, total = $7, message = $8, started_ts = $9,"
        " finished_ts = $10, updated_ts = $11, version = $12 WHERE job_id = $1 AND version = $2",
        before.job_id,
        before.version,
        after.state,
        after.run,
        after.cursor,
        after.done,
        after.total,
        after.message,
        after.started_ts,
        after.finished_ts,
        after.updated_ts,
        after.version,
        rows=1,
    )


def set_state(write: Write, before: JobRecord, after: JobRecord) -> None:
    """The operator's word: it holds whatever chunk was finished meanwhile, and fails where the state is another."""
    write.add(
        "UPDATE jobs SET state = $4, run = $5, message = $6, finished_ts = $7, updated_ts = $8, version = version + 1"
        " WHERE job_id = $1 AND run = $2 AND state = $3",
        before.job_id,
        before.run,
        before.state,
        after.state,
        after.run,
        after.message,
        after.finished_ts,
        after.updated_ts,
        rows=1,
    )


def delete_finished(write: Write, before_ts: int, limit: int) -> None:
    """Forget up to `limit` jobs that ended before then."""
    write.add(
        "DELETE FROM jobs WHERE job_id IN (SELECT job_id FROM jobs WHERE finished_ts < $1 ORDER BY job_id LIMIT $2)",
        before_ts,
        limit,
    )


async def find(reader: Reader, job_id: str) -> JobRecord | None:
    """One job."""
    row = await reader.query_one(f"SELECT {COLUMNS} FROM jobs WHERE job_id = $1", job_id)
    return record_of(row) if row else None


async def find_unfinished(reader: Reader, name: str, key: str) -> JobRecord | None:
    """The job with that name and key that has not ended."""
    sql = f"SELECT {COLUMNS} FROM jobs WHERE name = $1 AND key = $2 AND finished_ts IS NULL"
    row = await reader.query_one(sql, name, key)
    return record_of(row) if row else None


async def newest(reader: Reader, name: str, key: str) -> JobRecord | None:
    """The job with that name and key that was started last."""
    sql = f"SELECT {COLUMNS} FROM jobs WHERE name = $1 AND key = $2 ORDER BY job_id DESC LIMIT 1"
    row = await reader.query_one(sql, name, key)
    return record_of(row) if row else None


async def in_states(reader: Reader, states: tuple[State, State], after: str, limit: int) -> list[JobRecord]:
    """Jobs in one of two states, the oldest first."""
    rows = await reader.query(
        f"SELECT {COLUMNS} FROM jobs WHERE state IN ($1, $2) AND job_id > $3 ORDER BY job_id LIMIT $4",
        *states,
        after,
        limit,
    )
    return [record_of(row) for row in rows]


async def unfinished_of(reader: Reader, name: str, after: str, limit: int) -> list[JobRecord]:
    """Jobs of one kind that have not ended, the oldest first."""
    rows = await reader.query(
        f"SELECT {COLUMNS} FROM jobs WHERE name = $1 AND finished_ts IS NULL AND job_id > $2 ORDER BY job_id LIMIT $3",
        name,
        after,
        limit,
    )
    return [record_of(row) for row in rows]


async def count_failed(reader: Reader, since: int) -> int:
    """Jobs that failed after then and were not resumed."""
    row = await reader.query_one("SELECT count(*) FROM jobs WHERE state = 'failed' AND finished_ts >= $1", since)
    return 0 if row is None else int(row[0])


SORTED_BY = {"created": "job_id", "updated": "updated_ts", "name": "name", "state": "state"}
"""Ids are in the order in which jobs were started."""


async def page(
    reader: Reader, after: str, state: str, limit: int, *, unfinished: bool = False, order: Order = "-created"
) -> list[JobRecord]:
    """Jobs that come after the job `after` in their order; empty strings: from the first, any state.

    `unfinished`: those alone that have not ended.
    """
    column, is_falling = SORTED_BY[order.removeprefix("-")], order.startswith("-")
    sign, direction = ("<", " DESC") if is_falling else (">", "")
    place = f"job_id {sign} $1"
    if column != "job_id":
        place = f"({column}, job_id) {sign} ((SELECT j.{column} FROM jobs j WHERE j.job_id = $1), $1)"
    rows = await reader.query(
        f"SELECT {COLUMNS} FROM jobs WHERE ($1 = '' OR {place}) AND ($2 = '' OR state = $2)"
        f"{' AND finished_ts IS NULL' if unfinished else ''}"
        f" ORDER BY {column}{direction}, job_id{direction} LIMIT $3",
        after,
        state,
        limit,
    )
    return [record_of(row) for row in rows]
