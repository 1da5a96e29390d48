"""All SQL of the health: the rows of its history, and what the database says of itself."""

from __future__ import annotations

from roomkeeper.platform.database import Driver, Reader, Write


def put(write: Write, ts: int, figures: str) -> None:
    """The figures of the five minutes from `ts` on; what a process that has ended had of them is replaced."""
    write.add(
        "INSERT INTO health_history (ts, figures) VALUES ($1, $2)"
        " ON CONFLICT (ts) DO UPDATE SET figures = excluded.figures",
        ts,
        figures,
        rows=1,
    )


def forget(write: Write, before: int) -> None:
    """Remove what is older."""
    write.add("DELETE FROM health_history WHERE ts < $1", before)


async def rows(reader: Reader, since: int, upto: int, limit: int) -> list[tuple[int, str]]:
    """The rows of a span, the oldest first."""
    sql = "SELECT ts, figures FROM health_history WHERE ts >= $1 AND ts < $2 ORDER BY ts LIMIT $3"
    return [(row[0], row[1]) for row in await reader.query(sql, since, upto, limit)]


async def newest(reader: Reader) -> int:
    """The time of the newest row, 0 where there is none."""
    row = await reader.query_one("SELECT COALESCE(MAX(ts), 0) FROM health_history")
    return 0 if row is None else int(row[0])


async def database_bytes(driver: Driver) -> int:
    """What the whole database takes on disk."""
    if driver.dialect == "postgresql":
        rows = await driver.query_long("SELECT pg_database_size(current_database())")
    else:
        rows = await driver.query_long("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    return int(rows[0][0])


async def database_version(driver: Driver) -> str:
    """The version of the database's program."""
    sql = "SELECT current_setting('server_version')" if driver.dialect == "postgresql" else "SELECT sqlite_version()"
    row = await driver.query_one(sql)
    return "" if row is None else str(row[0])


async def is_durable(driver: Driver) -> bool:
    """Whether the database keeps what it has confirmed when the power goes."""
    if driver.dialect != "postgresql":
        return True
    sql = "SELECT current_setting('fsync'), current_setting('full_page_writes')"
    return await driver.query_one(sql) == ("on", "on")
