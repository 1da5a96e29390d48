"""Records: what they are, who and which departments they belong to; how far the recorder is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from roomkeeper.capabilities.records.models import Policy, Progress, Read, Record
from roomkeeper.platform.database import Reader, Row, Write

RECORD = (
    "r.record_id, r.kind, r.program, r.room_id, r.owner, r.title, r.consent, r.recording, r.entries, r.withheld,"
    " r.erased, r.head, r.created_ts, r.first_ts, r.last_ts, r.last_no"
)


def record_of(row: Row) -> Record:
    """A row of `RECORD`."""
    values: dict[str, Any] = dict(zip(Record.__struct_fields__, row, strict=True))
    values["recording"] = bool(values["recording"])
    values["head"] = values["head"].hex()
    return Record(**values)


def insert(write: Write, record: Record, source_key: str) -> None:
    """A new record, without entries; fails where there is one of that source."""
    write.add(
        "INSERT INTO records (record_id, kind, program, source_key, room_id, owner, title, consent, recording, entries,"
        " withheld, erased, head, created_ts, first_ts, last_ts, last_no)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10, $11, NULL, NULL, 0)",
        record.record_id,
        record.kind,
        record.program,
        source_key,
        record.room_id,
        record.owner,
        record.title,
        record.consent,
        int(record.recording),
        bytes(32),
        record.created_ts,
        rows=1,
    )


def advance(write: Write, before: Record, after: Record) -> None:
    """What appending changes; fails where the record has other entries than `before`."""
    write.add(
        "UPDATE records SET title = $3, consent = $4, recording = $5, entries = $6, withheld = $7, head = $8,"
        " first_ts = $9, last_ts = $10, last_no = $11 WHERE record_id = $1 AND entries = $2 AND withheld = $12",
        before.record_id,
        before.entries,
        after.title,
        after.consent,
        int(after.recording),
        after.entries,
        after.withheld,
        bytes.fromhex(after.head),
        after.first_ts,
        after.last_ts,
        after.last_no,
        before.withheld,
        rows=1,
    )


def insert_department(write: Write, record_id: str, department_id: str) -> None:
    """A record belongs to a department; twice is once."""
    write.add(
        "INSERT INTO record_departments (department_id, record_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        department_id,
        record_id,
        append=True,
    )


def insert_person(write: Write, record_id: str, person: str) -> None:
    """Somebody takes part in a record; twice is once."""
    sql = "INSERT INTO record_people (person, record_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    write.add(sql, person, record_id, append=True)


async def find(reader: Reader, record_id: str) -> Record | None:
    """One record."""
    row = await reader.query_one(f"SELECT {RECORD} FROM records r WHERE r.record_id = $1", record_id)
    return record_of(row) if row else None


async def find_by_source(reader: Reader, source_key: str) -> Record | None:
    """The record of a source: a room, or a conversation in another program."""
    row = await reader.query_one(f"SELECT {RECORD} FROM records r WHERE r.source_key = $1", source_key)
    return record_of(row) if row else None


async def of_sources(reader: Reader, source_keys: Sequence[str]) -> dict[str, Record]:
    """The records of some sources (1,000 at most)."""
    if not source_keys:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(source_keys) + 1))
    sql = f"SELECT r.source_key, {RECORD} FROM records r WHERE r.source_key IN ({places})"
    return {row[0]: record_of(row[1:]) for row in await reader.query(sql, *source_keys)}


async def departments_of(reader: Reader, record_id: str) -> list[str]:
    """The departments that a record belongs to."""
    sql = "SELECT department_id FROM record_departments WHERE record_id = $1 ORDER BY department_id LIMIT 1000"
    return [row[0] for row in await reader.query(sql, record_id)]


async def people_of(reader: Reader, record_id: str, limit: int) -> list[str]:
    """Who takes part in a record."""
    sql = "SELECT person FROM record_people WHERE record_id = $1 ORDER BY person LIMIT $2"
    return [row[0] for row in await reader.query(sql, record_id, limit)]


async def people_of_several(reader: Reader, record_ids: Sequence[str]) -> dict[str, list[str]]:
    """Who takes part in some records (500 at most), by the records' ids; of large rooms some alone."""
    if not record_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(record_ids) + 1))
    sql = f"SELECT record_id, person FROM record_people WHERE record_id IN ({places}) ORDER BY person LIMIT 5000"
    found: dict[str, list[str]] = {}
    for record_id, person in await reader.query(sql, *record_ids):
        found.setdefault(record_id, []).append(person)
    return found


async def takes_part(reader: Reader, record_id: str, person: str) -> bool:
    """Whether somebody takes part in a record."""
    sql = "SELECT 1 FROM record_people WHERE person = $1 AND record_id = $2"
    return await reader.query_one(sql, person, record_id) is not None


# ---------------------------------------------------------------- how far the recorder is


async def progress(reader: Reader) -> Progress:
    """How far it is."""
    row = await reader.query_one("SELECT reached, indexed, segmentation, removals FROM record_progress WHERE id = 1")
    assert row is not None, "the migration inserts it"
    return Progress(*row)


def move(write: Write, before: int, after: int) -> None:
    """The recorder has come from one position to another; fails where it was not there."""
    write.add("UPDATE record_progress SET reached = $2 WHERE id = 1 AND reached = $1", before, after, rows=1)


def keep(write: Write, position: int, pdu: bytes) -> None:
    """What an event was before it was redacted; where that has happened before, what it was then stays."""
    write.add(
        "INSERT INTO record_kept (position, pdu) VALUES ($1, $2) ON CONFLICT (position) DO NOTHING", position, pdu
    )


async def kept(reader: Reader, upto: int) -> dict[int, bytes]:
    """What was kept of events up to a position."""
    rows = await reader.query("SELECT position, pdu FROM record_kept WHERE position <= $1 LIMIT 100000", upto)
    return {row[0]: row[1] for row in rows}


def forget_kept(write: Write, upto: int) -> None:
    """They are recorded."""
    write.add("DELETE FROM record_kept WHERE position <= $1", upto)


def queue_read(write: Write, read: Read) -> None:
    """Somebody has read up to an event, which the recorder is to know."""
    write.add(
        "INSERT INTO record_reads (position, room_id, user_id, event_id, ts) VALUES ($1, $2, $3, $4, $5)",
        *msgspec.structs.astuple(read),
        rows=1,
        append=True,
    )


async def reads(reader: Reader, upto: int, limit: int) -> list[Read]:
    """What of these is not recorded, oldest first."""
    rows = await reader.query(
        "SELECT position, room_id, user_id, event_id, ts FROM record_reads WHERE position <= $1"
        " ORDER BY position LIMIT $2",
        upto,
        limit,
    )
    return [Read(*row) for row in rows]


def forget_reads(write: Write, upto: int) -> None:
    """They are recorded."""
    write.add("DELETE FROM record_reads WHERE position <= $1", upto)


def insert_told(write: Write, room_id: str, what: str) -> None:
    """The people in a room are told something; fails where they were."""
    write.add("INSERT INTO record_told (room_id, what) VALUES ($1, $2)", room_id, what, rows=1)


async def was_told(reader: Reader, room_id: str, what: str) -> bool:
    """Whether they were."""
    row = await reader.query_one("SELECT 1 FROM record_told WHERE room_id = $1 AND what = $2", room_id, what)
    return row is not None


# ---------------------------------------------------------------- policies


def put_policy(write: Write, policy: Policy) -> None:
    """Say what holds for a department and kind."""
    write.add(
        "INSERT INTO record_policies (department_id, kind, policy) VALUES ($1, $2, $3)"
        " ON CONFLICT (department_id, kind) DO UPDATE SET policy = $3",
        policy.department_id,
        policy.kind,
        msgspec.json.encode(policy).decode(),
        rows=1,
    )


def delete_policy(write: Write, department_id: str, kind: str) -> None:
    """Let the policy above hold again; fails where there is none."""
    write.add("DELETE FROM record_policies WHERE department_id = $1 AND kind = $2", department_id, kind, rows=1)


async def policies(reader: Reader) -> list[Policy]:
    """All that were given: two for a department at most."""
    rows = await reader.query("SELECT policy FROM record_policies ORDER BY department_id, kind")
    return [msgspec.json.decode(row[0], type=Policy) for row in rows]
