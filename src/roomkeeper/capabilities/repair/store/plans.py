"""Edited versions of tracking plans."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.repair.models import Kind, PlanVersion
from roomkeeper.platform.database import Reader, Write


def insert(write: Write, kind: Kind, ts: int, author: str, reason: str) -> None:
    """A version of a kind's plan."""
    write.add(
        "INSERT INTO repair_plans (kind, version, plan, ts, author, reason) VALUES ($1, $2, $3, $4, $5, $6)",
        kind.kind,
        kind.version,
        msgspec.json.encode(kind).decode(),
        ts,
        author,
        reason,
        rows=1,
    )


async def newest(reader: Reader) -> list[Kind]:
    """The newest edited version of each kind."""
    rows = await reader.query(
        "SELECT plan FROM repair_plans AS one WHERE version ="
        " (SELECT max(version) FROM repair_plans AS other WHERE other.kind = one.kind) ORDER BY kind LIMIT 500"
    )
    return [msgspec.json.decode(row[0], type=Kind) for row in rows]


async def versions(reader: Reader, kind: str, before: int, limit: int) -> list[PlanVersion]:
    """The edited versions of a kind, the newest first, before that one."""
    rows = await reader.query(
        "SELECT version, ts, author, reason FROM repair_plans WHERE kind = $1 AND version < $2"
        " ORDER BY version DESC LIMIT $3",
        kind,
        before,
        limit,
    )
    return [PlanVersion(version=row[0], ts=row[1], author=row[2], reason=row[3]) for row in rows]


async def find(reader: Reader, kind: str, version: int) -> Kind | None:
    """One edited version."""
    row = await reader.query_one("SELECT plan FROM repair_plans WHERE kind = $1 AND version = $2", kind, version)
    return None if row is None else msgspec.json.decode(row[0], type=Kind)
