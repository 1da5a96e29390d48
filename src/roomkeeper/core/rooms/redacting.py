"""Redactions: who may, what becomes of the event, and of what was told of it before.

spec: client-server §Redactions; room versions §Redactions
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import Room, TimelineEvent
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden
from roomkeeper.wire.auth_rules import may_send_redaction
from roomkeeper.wire.events import Event
from roomkeeper.wire.events import load as load_event
from roomkeeper.wire.redaction import redact
from roomkeeper.wire.room_versions import RoomVersion


def check_redaction(room: Room, sender: str, target: Event) -> None:
    """Part of the turn of a redaction: the sender may redact their own events, and others' with the level for it."""
    if not may_send_redaction(sender, target, room.power_levels()):
        raise Forbidden("You may redact your own messages only.")


def apply_redaction(room: Room, target: Event, redaction: Event, write: Write) -> None:
    """Strip `target`, in the database with `write` and in the room's state."""
    stripped = load_event(redact(target.pdu, room.version), room.version, target.event_id)
    store.redact_event(write, stripped, redaction)
    if stripped.state_key is not None:
        store.forget_replaced_content(write, stripped)
        current = room.state.get((stripped.type, stripped.state_key))
        if current is not None and current.event_id == stripped.event_id:
            room.set_state(stripped)


def redacted_now(entries: Sequence[TimelineEvent], version: RoomVersion) -> list[TimelineEvent]:
    """Events of one room as they are after the redactions among them, for who was told of none of them yet.

    What is kept in memory for those who are online is as it was when it was sent.
    """
    redactions = {entry.event.redacts: entry.event for entry in entries if entry.event.redacts is not None}
    return [_redacted_now(entry, redactions, version) for entry in entries]


def _redacted_now(entry: TimelineEvent, redactions: dict[str, Event], version: RoomVersion) -> TimelineEvent:
    event = entry.event
    redaction = redactions.get(event.event_id)
    if redaction is not None:
        stripped = load_event(redact(event.pdu, version), version, event.event_id)
        because = TimelineEvent(0, redaction, {}).for_client(with_room_id=True)
        return TimelineEvent(
            entry.position, stripped, {"redacted_because": because}, entry.device_id, entry.transaction_id
        )
    if event.is_state and msgspec.json.decode(entry.json)["unsigned"].get("replaces_state") in redactions:
        return TimelineEvent(entry.position, event, {}, entry.device_id, entry.transaction_id)
    return entry
