"""Counts over reports and runs."""

from __future__ import annotations

from typing import Final

from roomkeeper.platform.database import Driver, Row

MOST_KINDS: Final = 300
SUMS: Final = (
    "count(*), COALESCE(sum(CASE WHEN r.state IN ('repaired', 'unverified') OR (r.state = 'failed' AND n.state ="
    " 'succeeded') THEN 1 ELSE 0 END), 0), COALESCE(sum(CASE WHEN r.state = 'repaired' THEN 1 ELSE 0 END), 0),"
    " COALESCE(sum(CASE WHEN r.state = 'unverified' THEN 1 ELSE 0 END), 0),"
    " COALESCE(sum(CASE WHEN r.state = 'failed' THEN 1 ELSE 0 END), 0),"
    " COALESCE(sum(CASE WHEN r.state IN ('waiting', 'approval', 'failed') THEN 1 ELSE 0 END), 0),"
    " COALESCE(sum(r.reopened), 0), COALESCE(sum(CASE WHEN r.answered_ts IS NULL THEN 0 ELSE 1 END), 0)"
)
REPORTS: Final = (
    "repair_reports r LEFT JOIN (SELECT report_id, max(run_id) AS run_id FROM repair_runs GROUP BY report_id) l"
    " ON l.report_id = r.report_id LEFT JOIN repair_runs n ON n.run_id = l.run_id"
)


async def kinds(driver: Driver, since_ts: int) -> list[Row]:
    """By kind: reports, claimed, verified, unverified, failed, waiting, reopened, answered."""
    sql = f"SELECT r.kind, {SUMS} FROM {REPORTS} WHERE r.created_ts >= $1 GROUP BY r.kind ORDER BY 2 DESC, 1 LIMIT $2"
    return [(row[0], *map(int, row[1:])) for row in await driver.query_long(sql, since_ts, MOST_KINDS)]


async def whole(driver: Driver, since_ts: int) -> Row:
    """The same over all."""
    sql = f"SELECT '', {SUMS} FROM {REPORTS} WHERE r.created_ts >= $1"
    row = (await driver.query_long(sql, since_ts))[0]
    return (row[0], *map(int, row[1:]))


async def answer_time(driver: Driver, since_ts: int, kind: str | None, place: int) -> int | None:
    """The time to the answer, in milliseconds, that has so many shorter ones."""
    sql = (
        "SELECT answered_ts - created_ts FROM repair_reports WHERE created_ts >= $1 AND answered_ts IS NOT NULL"
        " AND ($2 = 1 OR kind = $3) ORDER BY answered_ts - created_ts LIMIT 1 OFFSET $4"
    )
    rows = await driver.query_long(sql, since_ts, int(kind is None), kind or "", place)
    return int(rows[0][0]) if rows else None


async def points(driver: Driver, since_ts: int) -> list[Row]:
    """Where flows leave the plan most often: kind, point, how often."""
    sql = (
        "SELECT kind, deviation, count(*) FROM repair_reports WHERE created_ts >= $1 AND deviation <> ''"
        " GROUP BY kind, deviation ORDER BY 3 DESC, 1, 2 LIMIT 20"
    )
    return [(row[0], row[1], int(row[2])) for row in await driver.query_long(sql, since_ts)]


async def operations(driver: Driver, since_ts: int) -> list[Row]:
    """By operation and version: runs, how many succeeded, of how many reports that is verified."""
    sql = (
        "SELECT n.operation_id, n.operation_version, count(*), COALESCE(sum(CASE WHEN n.state = 'succeeded' THEN 1"
        " ELSE 0 END), 0), COALESCE(sum(CASE WHEN r.state = 'repaired' THEN 1 ELSE 0 END), 0) FROM repair_runs n"
        " JOIN repair_reports r ON r.report_id = n.report_id WHERE n.created_ts >= $1"
        " GROUP BY n.operation_id, n.operation_version ORDER BY 3 DESC, 1, 2 LIMIT 100"
    )
    return [(row[0], *map(int, row[1:])) for row in await driver.query_long(sql, since_ts)]


async def days(driver: Driver, since_ts: int, day_ms: int) -> list[Row]:
    """By day: reports, verified, failed."""
    sql = (
        "SELECT created_ts / $2 * $2, count(*), COALESCE(sum(CASE WHEN state = 'repaired' THEN 1 ELSE 0 END), 0),"
        " COALESCE(sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) FROM repair_reports WHERE created_ts >= $1"
        " GROUP BY 1 ORDER BY 1 LIMIT 400"
    )
    return [tuple(map(int, row)) for row in await driver.query_long(sql, since_ts, day_ms)]
