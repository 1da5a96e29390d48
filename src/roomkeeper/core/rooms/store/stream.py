"""SQL for those who follow the stream of all rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from roomkeeper.core.rooms.models import PlacedEvent, TimelineEvent
from roomkeeper.core.rooms.store.events import SELECT_EVENTS, entry_of
from roomkeeper.platform.database import Reader
from roomkeeper.wire.events import load
from roomkeeper.wire.room_versions import ROOM_VERSIONS


async def next_event_position(reader: Reader, after: int) -> int | None:
    """The position of the first event after `after`, of whatever room."""
    row = await reader.query_one("SELECT min(position) FROM events WHERE position > $1", after)
    return row[0] if row else None


async def events_after(reader: Reader, after: int, upto: int, limit: int) -> list[TimelineEvent]:
    """Events of all rooms with ``after < position <= upto``, oldest first."""
    sql = f"{SELECT_EVENTS} WHERE e.position > $1 AND e.position <= $2 ORDER BY e.position LIMIT $3"
    return [entry_of(row) for row in await reader.query(sql, after, upto, limit)]


async def aliases_among(reader: Reader, room_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(alias, room id) of all aliases of some rooms (1,000 at most)."""
    places = ", ".join(f"${number}" for number in range(1, len(room_ids) + 1)) or "NULL"
    rows = await reader.query(f"SELECT alias, room_id FROM room_aliases WHERE room_id IN ({places})", *room_ids)
    return [(row[0], row[1]) for row in rows]


async def joined_after(reader: Reader, user_id: str, room_id: str, limit: int) -> list[tuple[str, str]]:
    """(user id, room id) of those who are in rooms, in that order, after that pair."""
    rows = await reader.query(
        "SELECT user_id, room_id FROM memberships WHERE membership = 'join'"
        " AND (user_id, room_id) > ($1, $2) ORDER BY user_id, room_id LIMIT $3",
        user_id,
        room_id,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def events_of_types(reader: Reader, types: Sequence[str], after: int, upto: int, limit: int) -> list[PlacedEvent]:
    """Events of those types in all rooms with ``after < position <= upto``, oldest first."""
    places = ", ".join(f"${number}" for number in range(4, len(types) + 4))
    rows = await reader.query(
        "SELECT e.position, e.event_id, e.pdu, r.version FROM events e JOIN rooms r ON r.room_id = e.room_id"
        f" WHERE e.position > $1 AND e.position <= $2 AND e.type IN ({places}) ORDER BY e.position LIMIT $3",
        after,
        upto,
        limit,
        *types,
    )
    return [PlacedEvent(row[0], load(msgspec.json.decode(row[2]), ROOM_VERSIONS[row[3]], row[1])) for row in rows]


class StoredRow(NamedTuple):
    """An event as it is stored, not decoded."""

    position: int
    room_id: str
    event_id: str
    type: str
    state_key: str | None
    sender: str
    pdu: bytes
    origin_server_ts: int


async def rows_after(reader: Reader, after: int, upto: int, limit: int) -> list[StoredRow]:
    """Events of all rooms, also of those that are being removed, with ``after < position <= upto``, oldest first."""
    rows = await reader.query(
        "SELECT position, room_id, event_id, type, state_key, sender, pdu, origin_server_ts FROM events"
        " WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3",
        after,
        upto,
        limit,
    )
    return [StoredRow(*row) for row in rows]
