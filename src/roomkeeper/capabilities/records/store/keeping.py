"""Holds and erasures."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.records.models import Erasure, Hold
from roomkeeper.platform.database import Reader, Write

HOLD = "hold_id, what, who, reason, created_by, created_ts, released_by, released_ts"
ERASURE = "erasure_id, person, record_id, reason, requested_by, requested_ts, erased, held, finished_ts"
HOLDING = (
    "SELECT 1 FROM record_holds h WHERE h.released_ts IS NULL AND ((h.what = 'record' AND h.who = $1)"
    " OR (h.what = 'person' AND h.who IN (SELECT person FROM record_people WHERE record_id = $1))"
    " OR (h.what = 'department' AND h.who IN (SELECT department_id FROM record_departments WHERE record_id = $1)))"
)


def insert_hold(write: Write, hold: Hold) -> None:
    """A new hold."""
    sql = f"INSERT INTO record_holds ({HOLD}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    write.add(sql, *msgspec.structs.astuple(hold), rows=1)


def release_hold(write: Write, hold_id: str, actor: str, now: int) -> None:
    """A hold ends; fails where it has."""
    write.add(
        "UPDATE record_holds SET released_by = $2, released_ts = $3 WHERE hold_id = $1 AND released_ts IS NULL",
        hold_id,
        actor,
        now,
        rows=1,
    )


def check_not_held(write: Write, record_id: str) -> None:
    """Let the write fail where the record is on hold by then."""
    write.add(f"UPDATE records SET erased = erased WHERE record_id = $1 AND NOT EXISTS ({HOLDING})", record_id, rows=1)


async def is_held(reader: Reader, record_id: str) -> bool:
    """Whether a record is on hold."""
    return await reader.query_one(f"{HOLDING} LIMIT 1", record_id) is not None


async def holds(reader: Reader, before: str, limit: int) -> list[Hold]:
    """Holds, the newest first, before one."""
    rows = await reader.query(
        f"SELECT {HOLD} FROM record_holds WHERE hold_id < $1 ORDER BY hold_id DESC LIMIT $2", before or "~", limit
    )
    return [Hold(**dict(zip(Hold.__struct_fields__, row, strict=True))) for row in rows]


async def find_hold(reader: Reader, hold_id: str) -> Hold | None:
    """One hold."""
    row = await reader.query_one(f"SELECT {HOLD} FROM record_holds WHERE hold_id = $1", hold_id)
    return Hold(**dict(zip(Hold.__struct_fields__, row, strict=True))) if row else None


def put_erasure(write: Write, erasure: Erasure) -> None:
    """A new request; one of the same id begins anew."""
    write.add(
        f"INSERT INTO record_erasures ({ERASURE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (erasure_id) DO UPDATE SET requested_ts = $6, finished_ts = NULL",
        *msgspec.structs.astuple(erasure),
        rows=1,
    )


def advance_erasure(write: Write, erasure_id: str, erased: int, held: int, finished_ts: int | None) -> None:
    """How far it is."""
    write.add(
        "UPDATE record_erasures SET erased = erased + $2, held = $3, finished_ts = $4 WHERE erasure_id = $1",
        erasure_id,
        erased,
        held,
        finished_ts,
        rows=1,
    )


async def find_erasure(reader: Reader, erasure_id: str) -> Erasure | None:
    """One request."""
    row = await reader.query_one(f"SELECT {ERASURE} FROM record_erasures WHERE erasure_id = $1", erasure_id)
    return Erasure(**dict(zip(Erasure.__struct_fields__, row, strict=True))) if row else None


async def erasures(reader: Reader, before: str, limit: int) -> list[Erasure]:
    """Requests, by id, before one."""
    rows = await reader.query(
        f"SELECT {ERASURE} FROM record_erasures WHERE erasure_id < $1 ORDER BY erasure_id DESC LIMIT $2",
        before or "~",
        limit,
    )
    return [Erasure(**dict(zip(Erasure.__struct_fields__, row, strict=True))) for row in rows]


async def waiting_erasures(reader: Reader, limit: int) -> list[Erasure]:
    """Those that are not finished."""
    rows = await reader.query(f"SELECT {ERASURE} FROM record_erasures WHERE finished_ts IS NULL LIMIT $1", limit)
    return [Erasure(**dict(zip(Erasure.__struct_fields__, row, strict=True))) for row in rows]


async def records_with(reader: Reader, person: str, after: str, limit: int) -> list[str]:
    """The records in which somebody takes part, by id, after one."""
    rows = await reader.query(
        "SELECT record_id FROM record_people WHERE person = $1 AND record_id > $2 ORDER BY record_id LIMIT $3",
        person,
        after,
        limit,
    )
    return [row[0] for row in rows]


def forget_person(write: Write, record_id: str, person: str) -> None:
    """Somebody is not told of any more as one who takes part in a record."""
    write.add("DELETE FROM record_people WHERE person = $1 AND record_id = $2", person, record_id)
