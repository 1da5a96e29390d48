"""The SQL of operations, their runs, and the kill switches."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.repair.operations.models import Operation, Run
from roomkeeper.platform.database import Reader, Write

ALL = ""
"""The name of the switch that stops every operation."""


class Switch(msgspec.Struct, frozen=True):
    """A kill switch: that of an operation, or of all (`ALL`)."""

    name: str
    is_off: bool
    reason: str
    changed_by: str
    changed_ts: int


def insert_version(write: Write, operation: Operation) -> None:
    """A new version, which is the current one from now on; fails where it is there already."""
    sql = "UPDATE repair_operations SET is_current = 0 WHERE operation_id = $1 AND is_current = 1"
    write.add(sql, operation.operation_id)
    write.add(
        "INSERT INTO repair_operations (operation_id, version, kind, is_current, document) VALUES ($1, $2, $3, 1, $4)",
        operation.operation_id,
        operation.version,
        operation.kind,
        msgspec.json.encode(operation).decode(),
        rows=1,
    )


async def current(reader: Reader, after: str = "", limit: int = 1000) -> list[Operation]:
    """The current version of each, by id."""
    sql = (
        "SELECT document FROM repair_operations WHERE is_current = 1 AND operation_id > $1 ORDER BY operation_id"
        " LIMIT $2"
    )
    return [msgspec.json.decode(row[0], type=Operation) for row in await reader.query(sql, after, limit)]


async def of_kind(reader: Reader, kind: str) -> list[Operation]:
    """The current versions of those of a kind."""
    sql = "SELECT document FROM repair_operations WHERE kind = $1 AND is_current = 1 ORDER BY operation_id LIMIT 200"
    return [msgspec.json.decode(row[0], type=Operation) for row in await reader.query(sql, kind)]


async def find(reader: Reader, operation_id: str) -> Operation | None:
    """The current version of one."""
    sql = "SELECT document FROM repair_operations WHERE operation_id = $1 AND is_current = 1"
    row = await reader.query_one(sql, operation_id)
    return None if row is None else msgspec.json.decode(row[0], type=Operation)


async def versions(reader: Reader, operation_id: str, limit: int) -> list[Operation]:
    """The newest versions of one."""
    sql = "SELECT document FROM repair_operations WHERE operation_id = $1 ORDER BY version DESC LIMIT $2"
    return [msgspec.json.decode(row[0], type=Operation) for row in await reader.query(sql, operation_id, limit)]


# ------------------------------------------------------------ runs


def insert_run(write: Write, run: Run) -> None:
    """A new one."""
    write.add(
        "INSERT INTO repair_runs (run_id, report_id, operation_id, operation_version, state, created_ts, ended_ts,"
        " version, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        run.run_id,
        run.report_id,
        run.operation.operation_id,
        run.operation.version,
        run.state,
        run.created_ts,
        run.ended_ts,
        run.version,
        msgspec.json.encode(run).decode(),
        rows=1,
    )


def update_run(write: Write, before: Run, after: Run) -> None:
    """Put `after` in the place of `before`; fails where the run has changed meanwhile."""
    write.add(
        "UPDATE repair_runs SET state = $3, ended_ts = $4, version = $5, document = $6"
        " WHERE run_id = $1 AND version = $2",
        before.run_id,
        before.version,
        after.state,
        after.ended_ts,
        after.version,
        msgspec.json.encode(after).decode(),
        rows=1,
    )


async def find_run(reader: Reader, run_id: str) -> Run | None:
    """One run."""
    row = await reader.query_one("SELECT document FROM repair_runs WHERE run_id = $1", run_id)
    return None if row is None else msgspec.json.decode(row[0], type=Run)


async def runs_of(reader: Reader, report_id: str, limit: int) -> list[Run]:
    """The runs for a report, the newest first."""
    sql = "SELECT document FROM repair_runs WHERE report_id = $1 ORDER BY run_id DESC LIMIT $2"
    return [msgspec.json.decode(row[0], type=Run) for row in await reader.query(sql, report_id, limit)]


# ------------------------------------------------------------ switches


def put_switch(write: Write, switch: Switch) -> None:
    """Turn a switch."""
    write.add(
        "INSERT INTO repair_switches (name, is_off, reason, changed_by, changed_ts) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (name) DO UPDATE SET is_off = excluded.is_off, reason = excluded.reason,"
        " changed_by = excluded.changed_by, changed_ts = excluded.changed_ts",
        switch.name,
        int(switch.is_off),
        switch.reason,
        switch.changed_by,
        switch.changed_ts,
        rows=1,
    )


async def switches(reader: Reader) -> list[Switch]:
    """All that were ever turned."""
    sql = "SELECT name, is_off, reason, changed_by, changed_ts FROM repair_switches ORDER BY name LIMIT 1000"
    return [Switch(row[0], bool(row[1]), *row[2:]) for row in await reader.query(sql)]


async def is_off(reader: Reader, operation_id: str) -> bool:
    """Whether an operation is stopped, or all are."""
    sql = "SELECT 1 FROM repair_switches WHERE is_off = 1 AND name IN ($1, $2) LIMIT 1"
    return await reader.query_one(sql, ALL, operation_id) is not None
