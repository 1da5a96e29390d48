"""The SQL of cases, decisions, and what is withheld."""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.capabilities.screening.models import Case, CaseQuery, Decision
from roomkeeper.platform.database import Reader, Row, Write

# ---------------------------------------------------------------- cases


def insert(write: Write, case: Case) -> None:
    """A new case."""
    write.add(
        "INSERT INTO screening_cases (case_id, kind, state, room_id, user_id, event_id, document, created_ts,"
        " updated_ts, appealed, version, appealable) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        case.case_id,
        case.kind,
        case.state,
        case.room_id,
        case.sender,
        case.event_id,
        msgspec.json.encode(case).decode(),
        case.created_ts,
        case.updated_ts,
        int(case.appealed_ts is not None),
        case.version,
        int(case.can_appeal),
        rows=1,
    )
    put_departments(write, case)
    _put_parts(write, case)


def put_departments(write: Write, case: Case) -> None:
    """Whose moderators see it."""
    for department_id in case.departments:
        sql = "INSERT INTO screening_case_departments (department_id, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        write.add(sql, department_id, case.case_id)


def update(write: Write, before: Case, after: Case) -> None:
    """Change a case; fails where somebody changed it meanwhile."""
    write.add(
        "UPDATE screening_cases SET state = $2, event_id = $3, document = $4, updated_ts = $5, appealed = $6,"
        " version = $7, appealable = $9 WHERE case_id = $1 AND version = $8",
        after.case_id,
        after.state,
        after.event_id,
        msgspec.json.encode(after).decode(),
        after.updated_ts,
        int(after.appealed_ts is not None),
        after.version,
        before.version,
        int(after.can_appeal),
        rows=1,
    )
    _put_parts(write, after)


def _put_parts(write: Write, case: Case) -> None:
    for label in case.labels:
        sql = "INSERT INTO screening_case_labels (label, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        write.add(sql, label, case.case_id)
    for medium in case.media:
        write.add(
            "INSERT INTO screening_case_files (case_id, media_id, sha256, similar_by) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (case_id, media_id) DO UPDATE SET sha256 = excluded.sha256, similar_by = excluded.similar_by",
            case.case_id,
            medium.media_id,
            medium.sha256,
            medium.similar_by,
        )


async def media_of_open_cases(reader: Reader, user_id: str, first: str, last: str) -> set[str]:
    """Which media, of those with ids from `first` to `last`, a user's cases have that are or may yet be decided."""
    rows = await reader.query(
        "SELECT f.media_id FROM screening_cases c JOIN screening_case_files f ON f.case_id = c.case_id"
        " WHERE c.user_id = $1 AND f.media_id >= $2 AND f.media_id <= $3"
        " AND (c.state IN ('checking', 'waiting') OR c.appealable = 1)",
        user_id,
        first,
        last,
    )
    return {row[0] for row in rows}


async def find(reader: Reader, case_id: str) -> Case | None:
    """One case."""
    row = await reader.query_one("SELECT document FROM screening_cases WHERE case_id = $1", case_id)
    return None if row is None else _case(row)


async def of_event(reader: Reader, event_id: str) -> Case | None:
    """The case of an event."""
    row = await reader.query_one("SELECT document FROM screening_cases WHERE event_id = $1 LIMIT 1", event_id)
    return None if row is None else _case(row)


async def page(
    reader: Reader, query: CaseQuery, after: tuple[int, str] | None, limit: int, *, newest: bool
) -> list[Case]:
    """Cases, the oldest first (who has waited for longest) or the newest first, after that time and id."""
    parameters: list[Any] = []

    def place(value: Any) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    conditions = ["1 = 1"]
    for column, value in (
        ("state", query.state),
        ("kind", query.kind),
        ("user_id", query.sender or None),
        ("room_id", query.room_id or None),
        ("appealed", None if query.appealed is None else int(query.appealed)),
    ):
        if value is not None:
            conditions.append(f"{column} = {place(value)}")
    if query.label:
        of_label = f"SELECT l.case_id FROM screening_case_labels l WHERE l.label = {place(query.label)}"
        conditions.append(f"case_id IN ({of_label})")
    if query.within is not None:
        names = ", ".join(place(each) for each in sorted(query.within)) or "NULL"
        of_these = f"SELECT d.case_id FROM screening_case_departments d WHERE d.department_id IN ({names})"
        conditions.append(f"case_id IN ({of_these})")
    if after is not None:
        sign = "<" if newest else ">"
        conditions.append(f"(created_ts, case_id) {sign} ({place(after[0])}, {place(after[1])})")
    order = "DESC" if newest else "ASC"
    sql = (
        f"SELECT document FROM screening_cases WHERE {' AND '.join(conditions)}"
        f" ORDER BY created_ts {order}, case_id {order} LIMIT {place(limit)}"
    )
    return [_case(row) for row in await reader.query(sql, *parameters)]


async def counts(reader: Reader) -> dict[str, int]:
    """How many cases are in which state."""
    return {row[0]: row[1] for row in await reader.query("SELECT state, count(*) FROM screening_cases GROUP BY state")}


async def waiting(reader: Reader, within: frozenset[str] | None, before: int) -> tuple[int, int | None]:
    """How many cases have waited since then for somebody who decides, and since when the one that waits for longest;
    `within` are departments."""
    condition = ""
    if within is not None:
        names = ", ".join(f"${number}" for number in range(2, len(within) + 2)) or "NULL"
        of_these = f"SELECT d.case_id FROM screening_case_departments d WHERE d.department_id IN ({names})"
        condition = f" AND case_id IN ({of_these})"
    row = await reader.query_one(
        "SELECT count(*), min(updated_ts) FROM screening_cases"
        f" WHERE state = 'waiting' AND updated_ts <= $1{condition}",
        before,
        *sorted(within or ()),
    )
    return (0, None) if row is None else (int(row[0]), row[1])


async def open_of(reader: Reader, user_id: str) -> int:
    """How many of a user's cases are not decided."""
    sql = "SELECT count(*) FROM screening_cases WHERE user_id = $1 AND state IN ('checking', 'waiting')"
    row = await reader.query_one(sql, user_id)
    return int(row[0]) if row else 0


async def with_files_like(reader: Reader, case_id: str, limit: int) -> list[tuple[str, str, str]]:
    """The newest other cases with files: case id, SHA-256, what similar ones are found by."""
    rows = await reader.query(
        "SELECT f.case_id, f.sha256, f.similar_by FROM screening_case_files f"
        " JOIN screening_cases c ON c.case_id = f.case_id WHERE f.case_id <> $1 ORDER BY c.created_ts DESC LIMIT $2",
        case_id,
        limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def of_file(reader: Reader, sha256: str, limit: int) -> list[Case]:
    """The newest cases with exactly that file."""
    rows = await reader.query(
        "SELECT c.document FROM screening_case_files f JOIN screening_cases c ON c.case_id = f.case_id"
        " WHERE f.sha256 = $1 ORDER BY c.created_ts DESC LIMIT $2",
        sha256,
        limit,
    )
    return [_case(row) for row in rows]


async def appealable(reader: Reader, before: int, limit: int) -> list[Case]:
    """Cases that could be appealed, but were not changed since then, the oldest first."""
    rows = await reader.query(
        "SELECT document FROM screening_cases WHERE appealable = 1 AND updated_ts <= $1 ORDER BY updated_ts LIMIT $2",
        before,
        limit,
    )
    return [_case(row) for row in rows]


async def overdue(reader: Reader, states: tuple[str, str], before: int, limit: int) -> list[Case]:
    """Cases in one of two states that were not changed since then, the oldest first."""
    rows = await reader.query(
        "SELECT document FROM screening_cases WHERE state IN ($1, $2) AND updated_ts < $3 ORDER BY updated_ts LIMIT $4",
        *states,
        before,
        limit,
    )
    return [_case(row) for row in rows]


def delete(write: Write, case_id: str) -> None:
    """Forget a case."""
    for table in ("screening_case_departments", "screening_case_labels", "screening_case_files", "screening_cases"):
        write.add(f"DELETE FROM {table} WHERE case_id = $1", case_id)


async def of_owner(reader: Reader, column: str, owner_id: str, limit: int) -> list[str]:
    """The ids of the cases of a room or a user, which is the column."""
    assert column in ("room_id", "user_id")
    sql = f"SELECT case_id FROM screening_cases WHERE {column} = $1 ORDER BY case_id LIMIT $2"
    return [row[0] for row in await reader.query(sql, owner_id, limit)]


def _case(row: Row) -> Case:
    return msgspec.json.decode(row[0], type=Case)


# ---------------------------------------------------------------- decisions


def put_decision(write: Write, decision: Decision) -> None:
    """Decide once and for all; a later decision takes the place of an earlier one."""
    write.add(
        "INSERT INTO screening_decisions (key, action, case_id, decided_by, decided_ts, text)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO UPDATE SET action = excluded.action,"
        " case_id = excluded.case_id, decided_by = excluded.decided_by, decided_ts = excluded.decided_ts,"
        " text = excluded.text",
        decision.key,
        decision.action,
        decision.case_id,
        decision.decided_by,
        decision.decided_ts,
        decision.text,
        rows=1,
    )


async def newest_decisions(reader: Reader, limit: int) -> list[Decision]:
    """Decisions, the newest first."""
    rows = await reader.query(
        "SELECT key, action, case_id, decided_by, decided_ts, text FROM screening_decisions"
        " ORDER BY decided_ts DESC LIMIT $1",
        limit,
    )
    return [
        Decision(key=row[0], action=row[1], case_id=row[2], decided_by=row[3], decided_ts=row[4], text=row[5])
        for row in rows
    ]


def delete_decisions_beyond(write: Write, limit: int) -> None:
    """Forget the oldest decisions where there are more than so many."""
    write.add(
        "DELETE FROM screening_decisions WHERE key IN"
        " (SELECT key FROM screening_decisions ORDER BY decided_ts DESC LIMIT 1000 OFFSET $1)",
        limit,
    )


# ---------------------------------------------------------------- withheld


def withhold(write: Write, media_id: str, case_id: str, now: int) -> None:
    """A medium is not shown any more."""
    write.add(
        "INSERT INTO screening_withheld (media_id, case_id, since_ts) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        media_id,
        case_id,
        now,
    )


def show_again(write: Write, media_id: str) -> None:
    """A medium is shown again."""
    write.add("DELETE FROM screening_withheld WHERE media_id = $1", media_id)


async def withheld_after(reader: Reader, media_id: str, limit: int) -> list[str]:
    """The media that are not shown, in order, after that one."""
    rows = await reader.query(
        "SELECT media_id FROM screening_withheld WHERE media_id > $1 ORDER BY media_id LIMIT $2", media_id, limit
    )
    return [row[0] for row in rows]
