"""How much came, in hours."""

from __future__ import annotations

from collections import Counter
from typing import Final

from roomkeeper.capabilities.repair.models import Side, Volume
from roomkeeper.capabilities.repair.store.events import SIDES
from roomkeeper.platform.database import Driver, Write

WHAT: Final = ("stored", "drifted", "replayed", "late")


def add(write: Write, counted: Counter[tuple[int, str, Side, str, str]]) -> None:
    """Count more: by the hour's beginning in milliseconds, name, side, source, and which of `WHAT`."""
    keys = {key[:4] for key in counted}
    for ts, name, side, source in sorted(keys):
        write.add(
            "INSERT INTO repair_volumes (ts, name, side, source, stored, drifted, replayed, late)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (ts, name, side, source) DO UPDATE SET"
            " stored = repair_volumes.stored + excluded.stored, drifted = repair_volumes.drifted + excluded.drifted,"
            " replayed = repair_volumes.replayed + excluded.replayed, late = repair_volumes.late + excluded.late",
            ts,
            name,
            SIDES.index(side),
            source,
            *(counted[ts, name, side, source, what] for what in WHAT),
            rows=1,
        )


async def between(driver: Driver, since_ts: int, until_ts: int, step_ms: int, limit: int) -> list[Volume]:
    """How much came in that time, in steps of whole hours, the oldest first."""
    rows = await driver.query_long(
        "SELECT ts - ts % $3 AS step, name, side, source, CAST(sum(stored) AS BIGINT), CAST(sum(drifted) AS BIGINT),"
        " CAST(sum(replayed) AS BIGINT), CAST(sum(late) AS BIGINT) FROM repair_volumes"
        " WHERE ts >= $1 AND ts < $2 GROUP BY step, name, side, source ORDER BY step, name, side, source LIMIT $4",
        since_ts,
        until_ts,
        step_ms,
        limit,
    )
    return [
        Volume(
            ts=row[0],
            name=row[1],
            side=SIDES[row[2]],
            source=row[3],
            stored=row[4],
            drifted=row[5],
            replayed=row[6],
            late=row[7],
        )
        for row in rows
    ]


def delete(write: Write, before_ts: int) -> None:
    """Forget hours before then."""
    write.add("DELETE FROM repair_volumes WHERE ts < $1", before_ts)
