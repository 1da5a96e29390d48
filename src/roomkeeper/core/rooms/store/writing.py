"""SQL that makes rooms and puts events into them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roomkeeper.core.rooms.models import Room, TimelineEvent, encode_json
from roomkeeper.platform.database import Write
from roomkeeper.wire.canonical_json import canonical
from roomkeeper.wire.events import Event


def insert_room(write: Write, room: Room, creator: str, created_ts: int, *, is_public: bool) -> None:
    """The room itself."""
    sql = "INSERT INTO rooms (room_id, version, creator, created_ts, is_public) VALUES ($1, $2, $3, $4, $5)"
    write.add(sql, room.room_id, room.version.identifier, creator, created_ts, is_public, rows=1)


def insert_event(write: Write, entry: TimelineEvent, unsigned: Mapping[str, Any]) -> None:
    """An accepted event."""
    event = entry.event
    write.add(
        "INSERT INTO events (position, room_id, event_id, type, state_key, sender, pdu, unsigned, device_id,"
        " transaction_id, origin_server_ts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        entry.position,
        event.room_id,
        event.event_id,
        event.type,
        event.state_key,
        event.sender,
        canonical(event.pdu),
        encode_json(unsigned) if unsigned else None,
        entry.device_id,
        entry.transaction_id,
        event.origin_server_ts,
        rows=1,
        append=True,
    )


def upsert_membership(write: Write, event: Event, position: int) -> None:
    """The newest membership of a user in a room; joining or being invited again undoes forgetting."""
    write.add(
        "INSERT INTO memberships (user_id, room_id, membership, position, forgotten) VALUES ($1, $2, $3, $4, FALSE)"
        " ON CONFLICT (user_id, room_id) DO UPDATE SET membership = $3, position = $4, forgotten = FALSE",
        event.state_key,
        event.room_id,
        event.membership,
        position,
        rows=1,
    )


def overwrite_membership(write: Write, user_id: str, room_id: str, membership: str) -> None:
    """Store another membership than the one of the room's state: a fault, made on purpose."""
    write.add(
        "UPDATE memberships SET membership = $3 WHERE user_id = $1 AND room_id = $2",
        user_id,
        room_id,
        membership,
        rows=1,
    )


def forget(write: Write, user_id: str, room_id: str) -> None:
    """Let the user's history of the room go; only who has left can forget."""
    write.add(
        "UPDATE memberships SET forgotten = TRUE WHERE user_id = $1 AND room_id = $2"
        " AND membership IN ('leave', 'ban')",
        user_id,
        room_id,
        rows=1,
    )


def redact_event(write: Write, stripped: Event, redaction: Event) -> None:
    """Replace an event by its stripped form."""
    write.add(
        "UPDATE events SET pdu = $3, redacted_by = $4 WHERE room_id = $1 AND event_id = $2",
        stripped.room_id,
        stripped.event_id,
        canonical(stripped.pdu),
        redaction.event_id,
        rows=1,
    )


def forget_replaced_content(write: Write, stripped: Event) -> None:
    """A redacted state event's content stands in ``unsigned`` of the one that replaced it, too."""
    write.add(
        "UPDATE events SET unsigned = NULL WHERE position = (SELECT min(position) FROM events WHERE room_id = $1"
        " AND type = $2 AND state_key = $3 AND position > (SELECT position FROM events WHERE room_id = $1"
        " AND event_id = $4))",
        stripped.room_id,
        stripped.type,
        stripped.state_key,
        stripped.event_id,
    )
