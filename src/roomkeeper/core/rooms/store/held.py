"""SQL of events that wait for a decision."""

from __future__ import annotations

import msgspec

from roomkeeper.core.rooms.models import TimelineEvent
from roomkeeper.core.rooms.store.events import entry_of
from roomkeeper.platform.database import Reader, Write
from roomkeeper.wire.canonical_json import canonical


class HeldEvent(msgspec.Struct, frozen=True):
    """An event that waits for a decision; `pdu` is canonical JSON."""

    event_id: str
    room_id: str
    sender: str
    position: int
    pdu: bytes
    device_id: str | None
    transaction_id: str | None
    ticket: str


HELD = "event_id, room_id, sender, position, pdu, device_id, transaction_id, ticket"


def insert_held(write: Write, entry: TimelineEvent, ticket: str) -> None:
    """Freeze an event."""
    event = entry.event
    write.add(
        f"INSERT INTO held_events ({HELD}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        event.event_id,
        event.room_id,
        event.sender,
        entry.position,
        canonical(event.pdu),
        entry.device_id,
        entry.transaction_id,
        ticket,
        rows=1,
    )


def delete_held(write: Write, event_id: str) -> None:
    """The decision has fallen; fails where it has fallen before."""
    write.add("DELETE FROM held_events WHERE event_id = $1", event_id, rows=1)


async def find_held(reader: Reader, event_id: str) -> HeldEvent | None:
    """One held event."""
    row = await reader.query_one(f"SELECT {HELD} FROM held_events WHERE event_id = $1", event_id)
    return HeldEvent(*row) if row else None


async def held_by_sender(reader: Reader, sender: str, after: int, upto: int) -> list[TimelineEvent]:
    """A user's own events that wait."""
    rows = await reader.query(
        "SELECT h.position, h.event_id, h.pdu, NULL, h.device_id, h.transaction_id, r.version, NULL FROM held_events h"
        " JOIN rooms r ON r.room_id = h.room_id WHERE h.sender = $1 AND h.position > $2 AND h.position <= $3"
        " ORDER BY h.position LIMIT 1000",
        sender,
        after,
        upto,
    )
    return [entry_of(row) for row in rows]
