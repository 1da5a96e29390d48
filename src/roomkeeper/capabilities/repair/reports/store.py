"""The SQL of reports, what was collected about them, and incidents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from roomkeeper.capabilities.repair.reports.models import Collected, Incident, Report, State
from roomkeeper.platform.database import Reader, Row, Write


def insert(write: Write, report: Report) -> None:
    """A new report."""
    write.add(
        "INSERT INTO repair_reports (report_id, user_id, reported_by, kind, state, source, room_id, incident_id,"
        " operation_id, deviation, reopened, due_ts, created_ts, answered_ts, version, document)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        report.report_id,
        report.user_id,
        report.reported_by,
        report.kind,
        report.state,
        report.source,
        report.room_id,
        report.incident_id,
        report.operation_id,
        report.deviation,
        report.reopened,
        report.due_ts,
        report.created_ts,
        report.answered_ts,
        report.version,
        msgspec.json.encode(report).decode(),
        rows=1,
    )


def update(write: Write, before: Report, after: Report) -> None:
    """Put `after` in the place of `before`; fails where the report has changed meanwhile."""
    write.add(
        "UPDATE repair_reports SET kind = $3, state = $4, incident_id = $5, operation_id = $6, deviation = $7,"
        " reopened = $8, due_ts = $9, answered_ts = $10, version = $11, document = $12, reported_by = $13,"
        " user_id = $14 WHERE report_id = $1 AND version = $2",
        before.report_id,
        before.version,
        after.kind,
        after.state,
        after.incident_id,
        after.operation_id,
        after.deviation,
        after.reopened,
        after.due_ts,
        after.answered_ts,
        after.version,
        msgspec.json.encode(after).decode(),
        after.reported_by,
        after.user_id,
        rows=1,
    )


async def find(reader: Reader, report_id: str) -> Report | None:
    """One report."""
    row = await reader.query_one("SELECT document FROM repair_reports WHERE report_id = $1", report_id)
    return None if row is None else _report(row)


def _report(row: Row) -> Report:
    return msgspec.json.decode(row[0], type=Report)


async def _reports(reader: Reader, rest: str, *parameters: Any) -> list[Report]:
    return [_report(row) for row in await reader.query(f"SELECT document FROM repair_reports {rest}", *parameters)]


async def newest_of(reader: Reader, user_id: str, limit: int, after: str = "") -> list[Report]:
    """Reports about somebody, the newest first, before the id `after`."""
    return await _reports(
        reader,
        "WHERE user_id = $1 AND ($2 = '' OR report_id < $2) ORDER BY report_id DESC LIMIT $3",
        user_id,
        after,
        limit,
    )


async def newest_in_room(reader: Reader, room_id: str) -> Report | None:
    """The report that was made last in a chat."""
    found = await _reports(reader, "WHERE room_id = $1 ORDER BY report_id DESC LIMIT 1", room_id)
    return found[0] if found else None


async def count_by(reader: Reader, reported_by: str, since_ts: int) -> int:
    """How many somebody has made since then."""
    sql = "SELECT count(*) FROM repair_reports WHERE reported_by = $1 AND created_ts >= $2"
    row = await reader.query_one(sql, reported_by, since_ts)
    return 0 if row is None else int(row[0])


async def in_state(reader: Reader, state: State, after: str, limit: int) -> list[Report]:
    """Reports in a state, the oldest first."""
    rest = "WHERE state = $1 AND report_id > $2 ORDER BY report_id LIMIT $3"
    return await _reports(reader, rest, state, after, limit)


async def of_kind_in_state(reader: Reader, kind: str, state: State, after: str, limit: int) -> list[Report]:
    """The same of one kind."""
    rest = "WHERE kind = $1 AND state = $2 AND report_id > $3 ORDER BY report_id LIMIT $4"
    return await _reports(reader, rest, kind, state, after, limit)


async def of_kind_since(reader: Reader, kind: str, deviation: str, since_ts: int, limit: int) -> list[Report]:
    """Reports of a kind that leave the plan at the same point, made since then, the newest first."""
    rest = "WHERE kind = $1 AND created_ts >= $3 AND deviation = $2 ORDER BY created_ts DESC LIMIT $4"
    return await _reports(reader, rest, kind, deviation, since_ts, limit)


async def of_incident(reader: Reader, incident_id: str, after: str, limit: int) -> list[Report]:
    """Reports of an incident, the oldest first."""
    rest = "WHERE incident_id = $1 AND report_id > $2 ORDER BY report_id LIMIT $3"
    return await _reports(reader, rest, incident_id, after, limit)


async def page(
    reader: Reader,
    states: Sequence[str],
    kind: str,
    source: str,
    user_id: str,
    incident_id: str,
    after: str,
    limit: int,
) -> list[Report]:
    """Reports, the newest first; empty: whatever it is."""
    wanted: list[Any] = [after, kind, source, user_id, incident_id, limit]
    places = ", ".join(f"${number}" for number in range(len(wanted) + 1, len(wanted) + 1 + len(states)))
    among = f" AND state IN ({places})" if states else ""
    return await _reports(
        reader,
        "WHERE ($1 = '' OR report_id < $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR source = $3)"
        f" AND ($4 = '' OR user_id = $4) AND ($5 = '' OR incident_id = $5){among} ORDER BY report_id DESC LIMIT $6",
        *wanted,
        *states,
    )


async def counts(reader: Reader) -> dict[str, int]:
    """How many there are in each state."""
    rows = await reader.query("SELECT state, count(*) FROM repair_reports GROUP BY state")
    return {row[0]: int(row[1]) for row in rows}


async def next_due(reader: Reader) -> int | None:
    """When the next verification runs out of time."""
    row = await reader.query_one("SELECT min(due_ts) FROM repair_reports WHERE state = 'verifying'")
    return None if row is None else row[0]


async def older_than(reader: Reader, before_ts: int, limit: int) -> list[Report]:
    """Old reports that are over."""
    rest = "WHERE created_ts < $1 AND state IN ('repaired', 'unverified', 'closed') ORDER BY created_ts LIMIT $2"
    return await _reports(reader, rest, before_ts, limit)


def delete(write: Write, report_id: str) -> None:
    """A report with all that was collected about it."""
    for table in ("repair_collected", "repair_attached", "repair_runs", "repair_reports"):
        write.add(f"DELETE FROM {table} WHERE report_id = $1", report_id)


# ------------------------------------------------------------ what was collected


def put_collected(write: Write, report_id: str, collected: Collected) -> None:
    """What was gathered about a report; instead of what was before."""
    write.add(
        "INSERT INTO repair_collected (report_id, what, ts, document) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (report_id, what) DO UPDATE SET ts = excluded.ts, document = excluded.document",
        report_id,
        collected.what,
        collected.ts,
        msgspec.json.encode(collected.document).decode(),
        rows=1,
    )


async def collected_of(reader: Reader, report_id: str) -> list[Collected]:
    """All of it."""
    sql = "SELECT what, ts, document FROM repair_collected WHERE report_id = $1 ORDER BY what"
    rows = await reader.query(sql, report_id)
    return [Collected(what=row[0], ts=row[1], document=msgspec.json.decode(row[2])) for row in rows]


def insert_attached(write: Write, report_id: str, name: str, content: bytes) -> None:
    """A log that came with a report."""
    sql = "INSERT INTO repair_attached (report_id, name, content) VALUES ($1, $2, $3)"
    write.add(sql, report_id, name, content, rows=1)


async def find_attached(reader: Reader, report_id: str, name: str) -> bytes | None:
    """One of its logs."""
    sql = "SELECT content FROM repair_attached WHERE report_id = $1 AND name = $2"
    row = await reader.query_one(sql, report_id, name)
    return None if row is None else bytes(row[0])


# ------------------------------------------------------------ incidents


def insert_incident(write: Write, incident: Incident) -> None:
    """A new one."""
    write.add(
        "INSERT INTO repair_incidents (incident_id, kind, deviation, is_open, version, document)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        incident.incident_id,
        incident.kind,
        incident.deviation,
        int(incident.closed_ts is None),
        incident.version,
        msgspec.json.encode(incident).decode(),
        rows=1,
    )


def update_incident(write: Write, before: Incident, after: Incident) -> None:
    """Put `after` in the place of `before`; fails where the incident has changed meanwhile."""
    write.add(
        "UPDATE repair_incidents SET is_open = $3, version = $4, document = $5, deviation = $6"
        " WHERE incident_id = $1 AND version = $2",
        before.incident_id,
        before.version,
        int(after.closed_ts is None),
        after.version,
        msgspec.json.encode(after).decode(),
        after.deviation,
        rows=1,
    )


async def find_incident(reader: Reader, incident_id: str) -> Incident | None:
    """One incident."""
    row = await reader.query_one("SELECT document FROM repair_incidents WHERE incident_id = $1", incident_id)
    return None if row is None else msgspec.json.decode(row[0], type=Incident)


async def open_incidents(reader: Reader, kind: str) -> list[Incident]:
    """Those of a kind that are not over, the newest first."""
    sql = "SELECT document FROM repair_incidents WHERE kind = $1 AND is_open = 1 ORDER BY incident_id DESC LIMIT 100"
    return [msgspec.json.decode(row[0], type=Incident) for row in await reader.query(sql, kind)]


async def count_of_incident(reader: Reader, incident_id: str) -> tuple[int, int]:
    """How many reports belong to it, and of how many people."""
    sql = "SELECT count(*), count(DISTINCT user_id) FROM repair_reports WHERE incident_id = $1"
    row = await reader.query_one(sql, incident_id)
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


async def page_incidents(reader: Reader, after: str, limit: int, *, open_only: bool) -> list[Incident]:
    """Incidents, the newest first."""
    sql = (
        "SELECT document FROM repair_incidents WHERE ($1 = '' OR incident_id < $1) AND ($2 = 0 OR is_open = 1)"
        " ORDER BY incident_id DESC LIMIT $3"
    )
    rows = await reader.query(sql, after, int(open_only), limit)
    return [msgspec.json.decode(row[0], type=Incident) for row in rows]


# ------------------------------------------------------------ the support account


def insert_account(write: Write, user_id: str) -> None:
    """That the server has made an account for support."""
    write.add("INSERT INTO repair_accounts (user_id) VALUES ($1)", user_id, rows=1)


async def accounts(reader: Reader) -> list[str]:
    """All that it has made."""
    return [row[0] for row in await reader.query("SELECT user_id FROM repair_accounts")]
