"""SQL that removes old events."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.platform.database import Driver, Reader, Write

KEPT_TYPES = (
    "'m.room.create', 'm.room.member', 'm.room.power_levels', 'm.room.join_rules', 'm.room.third_party_invite',"
    " 'm.room.history_visibility'"
)
"""State of which every event stays: what was allowed, and who could see what, follows from it."""


class Prunable(msgspec.Struct, frozen=True):
    """An event that may be removed; what it redacts, where it is a redaction."""

    position: int
    event_id: str
    is_state: bool
    redacts: str | None


async def rooms_after(reader: Reader, room_id: str, limit: int) -> list[str]:
    """Ids of rooms, in order, after that one."""
    rows = await reader.query("SELECT room_id FROM rooms WHERE room_id > $1 ORDER BY room_id LIMIT $2", room_id, limit)
    return [row[0] for row in rows]


async def count_rooms(driver: Driver) -> int:
    """How many rooms there are."""
    rows = await driver.query_long("SELECT count(*) FROM rooms")
    return int(rows[0][0])


async def pruned_upto(reader: Reader, room_id: str) -> int:
    """Up to which position events of a room were removed, 0 where none was."""
    row = await reader.query_one("SELECT pruned_upto FROM rooms WHERE room_id = $1", room_id)
    return row[0] if row else 0


async def first_of_type(reader: Reader, room_id: str, event_type: str, position: int) -> bytes | None:
    """The first event of a type from a position on, as it is stored."""
    row = await reader.query_one(
        "SELECT pdu FROM events WHERE room_id = $1 AND position >= $2 AND type = $3 ORDER BY position LIMIT 1",
        room_id,
        position,
        event_type,
    )
    return row[0] if row else None


async def prunable(reader: Reader, room_id: str, before_ts: int, after: int, newest: int, limit: int) -> list[Prunable]:
    """Events with ``after < position < newest``, sent before then, that are no state, or state that was replaced."""
    rows = await reader.query(
        "SELECT e.position, e.event_id, e.state_key IS NOT NULL, CASE WHEN e.type = 'm.room.redaction' THEN e.pdu END"
        " FROM events e WHERE e.room_id = $1 AND e.origin_server_ts < $2 AND e.position > $3 AND e.position < $4"
        f" AND (e.state_key IS NULL OR (e.type NOT IN ({KEPT_TYPES}) AND EXISTS (SELECT 1 FROM events n"
        " WHERE n.room_id = e.room_id AND n.type = e.type AND n.state_key = e.state_key"
        " AND n.position > e.position AND n.origin_server_ts < $2))) ORDER BY e.position LIMIT $5",
        room_id,
        before_ts,
        after,
        newest,
        limit,
    )
    return [Prunable(row[0], row[1], bool(row[2]), _redacts(row[3])) for row in rows]


def _redacts(pdu: bytes | None) -> str | None:
    if pdu is None:
        return None
    event = msgspec.json.decode(pdu)
    target = event.get("redacts") or event.get("content", {}).get("redacts")
    return target if isinstance(target, str) else None


def remove_events(write: Write, room_id: str, events: Sequence[Prunable]) -> None:
    """Remove these events; the room remembers up to where."""
    for event in events:
        if event.is_state:
            # Its content stands in ``unsigned`` of the one that replaced it, too.
            write.add(
                "UPDATE events SET unsigned = NULL WHERE position = (SELECT min(n.position) FROM events n, events e"
                " WHERE e.position = $1 AND n.room_id = $2 AND n.type = e.type AND n.state_key = e.state_key"
                " AND n.position > e.position)",
                event.position,
                room_id,
            )
    places = ", ".join(f"${number}" for number in range(2, len(events) + 2))
    positions = [event.position for event in events]
    write.add(f"DELETE FROM events WHERE room_id = $1 AND position IN ({places})", room_id, *positions)
    write.add("UPDATE rooms SET pruned_upto = $2 WHERE room_id = $1 AND pruned_upto < $2", room_id, max(positions))
