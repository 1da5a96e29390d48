"""The SQL of policies, counts, and how far background work is."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from roomkeeper.capabilities.screening.models import PolicySet
from roomkeeper.platform.database import Reader, Write


def put_policies(write: Write, policies: PolicySet) -> None:
    """A new version of the policies; fails where somebody made that meanwhile."""
    write.add(
        "INSERT INTO screening_policies (version, document) VALUES ($1, $2)",
        policies.version,
        msgspec.json.encode(policies).decode(),
        rows=1,
    )


async def policies(reader: Reader, before: int | None, limit: int) -> list[PolicySet]:
    """Versions of the policies, the newest first, before that one."""
    rows = await reader.query(
        "SELECT document FROM screening_policies WHERE version < $1 ORDER BY version DESC LIMIT $2",
        2**53 if before is None else before,
        limit,
    )
    return [msgspec.json.decode(row[0], type=PolicySet) for row in rows]


async def find_policies(reader: Reader, version: int) -> PolicySet | None:
    """One version of the policies."""
    row = await reader.query_one("SELECT document FROM screening_policies WHERE version = $1", version)
    return None if row is None else msgspec.json.decode(row[0], type=PolicySet)


def add_counts(write: Write, counts: Mapping[tuple[int, str, str], int]) -> None:
    """Add to what was counted: by hour (its beginning), kind and name."""
    for (hour_ts, kind, name), count in counts.items():
        write.add(
            "INSERT INTO screening_counts (hour_ts, kind, name, count) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (hour_ts, kind, name) DO UPDATE SET count = screening_counts.count + excluded.count",
            hour_ts,
            kind,
            name,
            count,
        )


async def counts(reader: Reader, since: int, until: int, limit: int) -> list[tuple[int, str, str, int]]:
    """What was counted in the hours that begin in a span: hour, kind, name, how many."""
    rows = await reader.query(
        "SELECT hour_ts, kind, name, count FROM screening_counts WHERE hour_ts >= $1 AND hour_ts < $2"
        " ORDER BY hour_ts, kind, name LIMIT $3",
        since,
        until,
        limit,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def forget_counts(write: Write, before: int) -> None:
    """Forget what was counted before then."""
    write.add("DELETE FROM screening_counts WHERE hour_ts < $1", before)


async def progress(reader: Reader, name: str) -> str | None:
    """What was noted under a name."""
    row = await reader.query_one("SELECT value FROM screening_progress WHERE name = $1", name)
    return None if row is None else str(row[0])


def note_progress(write: Write, name: str, value: str) -> None:
    """Note something under a name."""
    write.add(
        "INSERT INTO screening_progress (name, value) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )
