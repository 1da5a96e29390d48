"""SQL that reads events, and state as of a position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from roomkeeper.core.rooms.models import TimelineEvent
from roomkeeper.platform.database import Reader, Row
from roomkeeper.wire.events import load
from roomkeeper.wire.room_versions import ROOM_VERSIONS

SELECT_EVENTS = (
    "SELECT e.position, e.event_id, e.pdu, e.unsigned, e.device_id, e.transaction_id, r.version, b.pdu"
    " FROM events e JOIN rooms r ON r.room_id = e.room_id"
    " LEFT JOIN events b ON b.room_id = e.room_id AND b.event_id = e.redacted_by"
)


def entry_of(row: Row) -> TimelineEvent:
    """A row of `SELECT_EVENTS` as an event for clients."""
    position, event_id, pdu, unsigned, device_id, transaction_id, version, redaction = row
    event = load(msgspec.json.decode(pdu), ROOM_VERSIONS[version], event_id)
    members: dict[str, Any] = msgspec.json.decode(unsigned) if unsigned else {}
    if redaction is not None:
        because = load(msgspec.json.decode(redaction), ROOM_VERSIONS[version])
        members["redacted_because"] = msgspec.Raw(TimelineEvent(0, because, {}).for_client(with_room_id=True))
    return TimelineEvent(position, event, members, device_id, transaction_id)


async def events_between(
    reader: Reader, room_id: str, after: int, upto: int, limit: int, *, newest_first: bool
) -> list[TimelineEvent]:
    """Events with ``after < position <= upto``, at most `limit`, from the end or from the start."""
    direction = "DESC" if newest_first else "ASC"
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.position > $2 AND e.position <= $3"
        f" ORDER BY e.position {direction} LIMIT $4",
        room_id,
        after,
        upto,
        limit,
    )
    return [entry_of(row) for row in rows]


async def find_event(reader: Reader, room_id: str, event_id: str) -> TimelineEvent | None:
    """One event of a room."""
    sql = f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.event_id = $2"
    row = await reader.query_one(sql, room_id, event_id)
    return entry_of(row) if row else None


async def events_at(reader: Reader, positions: Sequence[int]) -> dict[int, TimelineEvent]:
    """The events at some positions (1,000 at most), by position."""
    if not positions:
        return {}
    places = ", ".join(f"${number}" for number in range(1, len(positions) + 1))
    rows = await reader.query(f"{SELECT_EVENTS} WHERE e.position IN ({places})", *positions)
    return {row[0]: entry_of(row) for row in rows}


async def events_by_id(reader: Reader, room_id: str, event_ids: Sequence[str]) -> dict[str, TimelineEvent]:
    """Those of some events (1,000 at most) that the room has, by id."""
    if not event_ids:
        return {}
    places = ", ".join(f"${number}" for number in range(2, len(event_ids) + 2))
    rows = await reader.query(f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.event_id IN ({places})", room_id, *event_ids)
    return {row[1]: entry_of(row) for row in rows}


async def events_near(
    reader: Reader, room_id: str, at: tuple[int, int], upto: int, limit: int, *, backwards: bool
) -> list[TimelineEvent]:
    """Events at or after a time in milliseconds, or at or before it, those nearest to it first, up to position `upto`.

    `at` has the time, and the position of the last event of that very time that is known already.
    """
    compare, direction = ("<", "DESC") if backwards else (">", "ASC")
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.origin_server_ts {compare}= $2 AND e.position <= $4"
        f" AND (e.origin_server_ts {compare} $2 OR e.position {compare} $3)"
        f" ORDER BY e.origin_server_ts {direction}, e.position {direction} LIMIT $5",
        room_id,
        *at,
        upto,
        limit,
    )
    return [entry_of(row) for row in rows]


async def event_position(reader: Reader, room_id: str, event_id: str) -> int | None:
    """The position of an event of a room."""
    sql = "SELECT position FROM events WHERE room_id = $1 AND event_id = $2"
    row = await reader.query_one(sql, room_id, event_id)
    return row[0] if row else None


async def room_of_event(reader: Reader, user_id: str, event_id: str) -> str | None:
    """Which of the rooms that a user has a membership in has an event."""
    sql = (
        "SELECT e.room_id FROM memberships m JOIN events e ON e.room_id = m.room_id AND e.event_id = $2"
        " WHERE m.user_id = $1 LIMIT 1"
    )
    row = await reader.query_one(sql, user_id, event_id)
    return row[0] if row else None


async def newest_position(reader: Reader, room_id: str, upto: int) -> int:
    """The position of a room's newest event up to `upto`, 0 where it has none."""
    sql = "SELECT position FROM events WHERE room_id = $1 AND position <= $2 ORDER BY position DESC LIMIT 1"
    row = await reader.query_one(sql, room_id, upto)
    return row[0] if row else 0


async def state_at(reader: Reader, room_id: str, position: int) -> list[TimelineEvent]:
    """The room's whole state after `position`: the newest event of each entry."""
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.position IN (SELECT max(position) FROM events WHERE room_id = $1"
        " AND state_key IS NOT NULL AND position <= $2 GROUP BY type, state_key) ORDER BY e.position",
        room_id,
        position,
    )
    return [entry_of(row) for row in rows]


async def state_between(reader: Reader, room_id: str, after: int, upto: int) -> list[TimelineEvent]:
    """The newest event of each state entry that changed in ``after < position <= upto``."""
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.position IN (SELECT max(position) FROM events WHERE room_id = $1"
        " AND state_key IS NOT NULL AND position > $2 AND position <= $3 GROUP BY type, state_key)"
        " ORDER BY e.position",
        room_id,
        after,
        upto,
    )
    return [entry_of(row) for row in rows]


async def state_entry_at(
    reader: Reader, room_id: str, event_type: str, state_key: str, position: int
) -> TimelineEvent | None:
    """One entry of the room's state after `position`."""
    sql = (
        f"{SELECT_EVENTS} WHERE e.position = (SELECT max(position) FROM events WHERE room_id = $1 AND type = $2"
        " AND state_key = $3 AND position <= $4)"
    )
    row = await reader.query_one(sql, room_id, event_type, state_key, position)
    return entry_of(row) if row else None


async def history_of_entry(reader: Reader, room_id: str, event_type: str, state_key: str) -> list[TimelineEvent]:
    """Every event that one state entry has had, oldest first."""
    rows = await reader.query(
        f"{SELECT_EVENTS} WHERE e.room_id = $1 AND e.type = $2 AND e.state_key = $3 ORDER BY e.position",
        room_id,
        event_type,
        state_key,
    )
    return [entry_of(row) for row in rows]


async def last_to_write(reader: Reader, room_id: str, senders: Sequence[str]) -> str | None:
    """Who of these sent the newest message of a room."""
    places = ", ".join(f"${number}" for number in range(2, len(senders) + 2))
    row = await reader.query_one(
        "SELECT sender FROM events WHERE room_id = $1 AND type IN ('m.room.message', 'm.room.encrypted')"
        f" AND sender IN ({places}) ORDER BY position DESC LIMIT 1",
        room_id,
        *senders,
    )
    return None if row is None else row[0]


async def histories_of_entry(
    reader: Reader, room_ids: Sequence[str], event_type: str, state_key: str
) -> list[tuple[str, int, bytes]]:
    """(room id, position, PDU) of every event that an entry of the state has had in some rooms, oldest first."""
    places = ", ".join(f"${number}" for number in range(3, len(room_ids) + 3)) or "NULL"
    rows = await reader.query(
        "SELECT e.room_id, e.position, e.pdu FROM events e WHERE e.type = $1 AND e.state_key = $2"
        f" AND e.room_id IN ({places}) ORDER BY e.position",
        event_type,
        state_key,
        *room_ids,
    )
    return [(row[0], row[1], row[2]) for row in rows]
