"""Tracked events: stored once, by user, name and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.repair.models import Side, TrackedEvent
from roomkeeper.platform.database import Driver, Reader, Write

SIDES: Final[tuple[Side, ...]] = ("client", "server")
COLUMNS: Final = (
    "number, user_id, name, side, ts, received_ts, skew_ms, correlation_id, source, properties, drift, digest"
)
INSERT: Final = (
    f"INSERT INTO repair_events ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    " ON CONFLICT DO NOTHING"
)
encode: Final = msgspec.json.Encoder().encode
decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
DRIFT_SEPARATOR: Final = "\n"


def insert(write: Write, event: TrackedEvent, digest: int) -> None:
    """An event, unless one of that digest (of its sender's message id, 64 bits) is there."""
    write.add(
        INSERT,
        event.number,
        event.user_id,
        event.name,
        SIDES.index(event.side),
        event.ts,
        event.received_ts,
        event.skew_ms,
        event.correlation_id,
        event.source,
        encode(event.properties).decode(),
        DRIFT_SEPARATOR.join(event.drift),
        digest,
        append=True,
    )


def insert_own(
    write: Write, number: int, user_id: str, name: str, ts: int, received_ts: int, told: Mapping[str, Any]
) -> None:
    """A point of this server, whose clock is right, and which comes once: it needs no digest."""
    properties = encode(told).decode()
    write.add(INSERT, number, user_id, name, 1, ts, received_ts, 0, "", "server", properties, "", None, append=True)


async def newest_number(reader: Reader) -> int:
    """The number of the last event; 0 where there is none."""
    row = await reader.query_one("SELECT COALESCE(max(number), 0) FROM repair_events")
    return 0 if row is None else int(row[0])


async def known_digests(reader: Reader, digests: Sequence[int]) -> set[int]:
    """Which of some events (500 at most) are stored already."""
    if not digests:
        return set()
    places = ", ".join(f"${number}" for number in range(1, len(digests) + 1))
    rows = await reader.query(f"SELECT digest FROM repair_events WHERE digest IN ({places})", *digests)
    return {int(row[0]) for row in rows}


async def of_user(
    driver: Driver, user_ids: Sequence[str], names: Sequence[str], since_ts: int, until_ts: int, limit: int
) -> list[TrackedEvent]:
    """The newest events of each of these names (100 at most) of a user under all their ids, the oldest first.

    For each name and id `limit` at most, so that a user of whom there is very much costs no more than that.
    """
    if not names or not user_ids:
        return []
    parts: list[str] = []
    parameters: list[Any] = [since_ts, until_ts, limit]
    for user_id in user_ids:
        for name in names:
            at = len(parameters) + 1
            parts.append(
                f"SELECT * FROM (SELECT {COLUMNS} FROM repair_events WHERE user_id = ${at} AND name = ${at + 1}"
                f" AND ts >= $1 AND ts < $2 ORDER BY ts DESC LIMIT $3) AS part{at}"
            )
            parameters += [user_id, name]
    rows = await driver.query_long(" UNION ALL ".join(parts), *parameters)
    return sorted((_event(row) for row in rows), key=lambda event: (event.ts, event.number))


async def expired(reader: Reader, before_ts: int, limit: int) -> list[int]:
    """Numbers of events that arrived before then, the first ones first; events are numbered as they arrive."""
    rows = await reader.query("SELECT number, received_ts FROM repair_events ORDER BY number LIMIT $1", limit)
    return [int(row[0]) for row in rows if row[1] < before_ts]


def delete_numbers(write: Write, first: int, last: int) -> None:
    """Forget events of these numbers."""
    write.add("DELETE FROM repair_events WHERE number >= $1 AND number <= $2", first, last)


def delete_user(write: Write, user_id: str) -> None:
    """Forget what was tracked of somebody, and under which other names."""
    write.add("DELETE FROM repair_events WHERE user_id = $1", user_id)
    delete_aliases_of(write, user_id)


async def numbers_of_user(reader: Reader, user_id: str, limit: int) -> list[int]:
    """Some of a user's events."""
    rows = await reader.query("SELECT number FROM repair_events WHERE user_id = $1 LIMIT $2", user_id, limit)
    return [int(row[0]) for row in rows]


def delete_each(write: Write, numbers: Sequence[int]) -> None:
    """Forget these events."""
    for number in numbers:
        write.add("DELETE FROM repair_events WHERE number = $1", number)


# ------------------------------------------------------------ who was anonymous before


def put_alias(write: Write, anonymous_id: str, user_id: str, ts: int) -> None:
    """That an anonymous visitor is that user."""
    write.add(
        "INSERT INTO repair_aliases (anonymous_id, user_id, ts) VALUES ($1, $2, $3)"
        " ON CONFLICT (anonymous_id) DO UPDATE SET user_id = excluded.user_id, ts = excluded.ts",
        anonymous_id,
        user_id,
        ts,
        rows=1,
    )


async def aliases(reader: Reader, user_id: str, limit: int) -> list[str]:
    """As whom a user was tracked before they said who they are, the newest first."""
    sql = "SELECT anonymous_id FROM repair_aliases WHERE user_id = $1 ORDER BY ts DESC, anonymous_id LIMIT $2"
    return [row[0] for row in await reader.query(sql, user_id, limit)]


def delete_aliases_of(write: Write, user_id: str) -> None:
    """Forget under which other names somebody was tracked."""
    write.add("DELETE FROM repair_aliases WHERE user_id = $1", user_id)


def delete_aliases(write: Write, before_ts: int) -> None:
    """Forget who nobody's events are kept of any more."""
    write.add("DELETE FROM repair_aliases WHERE ts < $1", before_ts)


def _event(row: Any) -> TrackedEvent:
    return TrackedEvent(
        number=row[0],
        user_id=row[1],
        name=row[2],
        side=SIDES[row[3]],
        ts=row[4],
        received_ts=row[5],
        skew_ms=row[6],
        correlation_id=row[7],
        source=row[8],
        properties=decode(row[9]),
        drift=tuple(row[10].split(DRIFT_SEPARATOR)) if row[10] else (),
    )
