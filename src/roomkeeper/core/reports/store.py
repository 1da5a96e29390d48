"""All SQL of reports."""

from __future__ import annotations

from roomkeeper.core.reports.models import Report
from roomkeeper.platform.database import Reader, Write


def insert(write: Write, report: Report) -> None:
    """A new report; its id is given by the database."""
    write.add(
        "INSERT INTO reports (received_ts, reporter, kind, reason, room_id, event_id, user_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        report.received_ts,
        report.reporter,
        report.kind,
        report.reason,
        report.room_id,
        report.event_id,
        report.user_id,
        rows=1,
    )


async def count_since(reader: Reader, reporter: str, since: int) -> int:
    """How many reports somebody has made since a time in milliseconds."""
    row = await reader.query_one(
        "SELECT count(*) FROM reports WHERE reporter = $1 AND received_ts >= $2", reporter, since
    )
    return row[0] if row else 0


async def page(reader: Reader, before: int, limit: int) -> list[Report]:
    """Reports, newest first, those with an id below `before`."""
    rows = await reader.query(
        "SELECT id, received_ts, reporter, kind, reason, room_id, event_id, user_id FROM reports WHERE id < $1"
        " ORDER BY id DESC LIMIT $2",
        before,
        limit,
    )
    return [Report(*row) for row in rows]
