"""Tracked events by the million, written straight into a stopped server's SQLite database, in the order of time."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from bench.fill import find_database

POINTS = ("message_sending", "message_received", "message_accepted", "message_sent")
EVENTS_OF_ONE = 1_000
"""Events of one user, spread over the days."""
DAYS = 30
DAY_MS = 86_400_000
INDEXES = (
    "CREATE INDEX repair_events_user ON repair_events (user_id, name, ts)",
    "CREATE UNIQUE INDEX repair_events_digest ON repair_events (digest)",
)


def users(events: int) -> int:
    """How many users so many events are of."""
    return max(1, events // EVENTS_OF_ONE)


def user_id(number: int) -> str:
    """One of them."""
    return f"@user{number}:bench.example"


def fill(data_dir: Path, events: int) -> None:
    """Add events: attempts to send a message, four points each, of all users in turns."""
    now = int(time.time() * 1000)
    names = f"CASE n % 4 {' '.join(f'WHEN {place} THEN {name!r}' for place, name in enumerate(POINTS))} END"
    with closing(sqlite3.connect(find_database(data_dir), isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=OFF")
        for index in ("repair_events_user", "repair_events_digest"):
            database.execute(f"DROP INDEX {index}")
        (first,) = database.execute("SELECT coalesce(max(number), 0) + 1 FROM repair_events").fetchone()
        database.execute(
            f"""
            WITH RECURSIVE made (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM made WHERE n + 1 < ?1)
            INSERT INTO repair_events (number, user_id, name, side, ts, received_ts, skew_ms, correlation_id, source,
                properties, drift, digest)
            SELECT n + ?2, '@user' || (n / 4 % ?3) || ':bench.example',
                {names}, n % 4 IN (1, 2), ?4 + n * ?5 / ?1, ?4 + n * ?5 / ?1, 0, '', 'device',
                json_object('txn_id', 'm' || (n / 4), 'room_id', '!room' || (n / 4 % 100) || ':bench.example',
                    'event_id', '$event' || (n / 4)), '', (n + 1) * 2654435761 % 9007199254740881
            FROM made
            """,
            (events, first, users(events), now - DAYS * DAY_MS, DAYS * DAY_MS),
        )
        for statement in INDEXES:
            database.execute(statement)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
