"""The room's turn: decides whether an event enters a room, and makes it. Synchronous: nothing else happens meanwhile.

1. The authorisation rules, against the room's state in memory.
2. The fast gates. Any Deny refuses; a Hold, from here or from a slow gate before, freezes the event for a decision.
3. Place in the graph (prev_events, auth_events, depth), hashes, signature, size.
4. Position, statements, the room in memory.

spec: server-server §Checks performed on receipt of a PDU; client-server §Sending events to a room
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import Draft, Room, SendAttempt, TimelineEvent
from roomkeeper.platform.changes import Change
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Positions, Write
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.hooks import Deny, GatePoint, Hold, Slot, Verdict, stronger
from roomkeeper.wire.auth_rules import auth_event_keys, authorize
from roomkeeper.wire.events import Event, build
from roomkeeper.wire.events import load as load_event
from roomkeeper.wire.signing import Signer

EVENT = "event"
"""The kind of change that an event is to sync."""

Accepted = Callable[[Room, TimelineEvent, Write], None]
"""Called in the turn with each event that enters a room: it may add statements to the event's write, or refuse it with
a `MatrixError`; the room is still as it was before the event. It is on the path of every message: an event that does
not concern it must cost a look at one key at most."""

Held = Callable[[Room, TimelineEvent, str, Write], None]
"""Called in the turn with each event that is held instead, with the ticket of the gate that wants it: it may add
statements to the event's write."""


class Turn:
    """Appends events to rooms."""

    def __init__(self, positions: Positions, clock: Clock, signer: Signer, gates: GatePoint[SendAttempt]) -> None:
        self._positions = positions
        self._clock = clock
        self._signer = signer
        self._servers = frozenset({signer.server_name})
        self.accepted: Slot[Accepted] = Slot("accepted events")
        self.held: Slot[Held] = Slot("held events")
        self._gates = gates

    def append(self, room: Room, draft: Draft, write: Write, *, asked: Verdict = None) -> Event:
        """Append `draft` to `room` as part of `write`; `asked` is what the slow gates said.

        Raises `AuthorizationRefused`, a gate's error, or `ProtocolViolation` for content that cannot be an event; the
        room and the write are as before then.
        """
        self._authorize(room, draft)
        verdict = stronger(asked, self._gates.ask_fast(SendAttempt(room, draft)))
        if isinstance(verdict, Deny):
            raise verdict.error
        event = self._build(room, draft)
        if isinstance(verdict, Hold):
            self._hold(room, event, draft, write, verdict.ticket)
        else:
            self._accept(room, event, draft, write)
        return event

    def release(self, room: Room, held: store.HeldEvent, draft: Draft, write: Write) -> Event:
        """Append an event that was held (`draft` is its `held_draft`), unchanged: it passes the authorisation rules and
        the gates anew."""
        event = load_event(msgspec.json.decode(held.pdu), room.version, held.event_id)
        self._authorize(room, draft)
        verdict = self._gates.ask_fast(SendAttempt(room, draft))
        if isinstance(verdict, Deny):
            raise verdict.error
        store.delete_held(write, held.event_id)
        self._accept(room, event, draft, write, device_id=held.device_id, seen_by=held.sender)
        return event

    def _authorize(self, room: Room, draft: Draft) -> None:
        """Judge the draft as the event that it would be; hashes and signatures play no part in the rules here."""
        candidate = Event(
            event_id="",
            room_id=room.room_id,
            type=draft.type,
            sender=draft.sender,
            state_key=draft.state_key,
            content=draft.content,
            origin_server_ts=0,
            depth=0,
            prev_events=room.heads,
            auth_events=[],
            redacts=draft.redacts,
            pdu={},
        )
        levels = room.power_levels() if room.state else None
        authorize(candidate, room.state, room.version, power_levels=levels, verified_servers=self._servers)

    def _build(self, room: Room, draft: Draft) -> Event:
        keys = auth_event_keys(draft.type, draft.sender, draft.state_key, draft.content, room.version)
        creates_hash = room.version.room_id_is_create_hash and draft.type == "m.room.create"
        return build(
            room.version,
            room_id=None if creates_hash else room.room_id,
            type=draft.type,
            sender=draft.sender,
            state_key=draft.state_key,
            content=draft.content,
            redacts=draft.redacts,
            origin_server_ts=self._clock.now_ms() if draft.origin_server_ts is None else draft.origin_server_ts,
            depth=room.depth + 1,
            prev_events=room.heads[:20],
            auth_events=[room.state[key].event_id for key in keys if key in room.state],
            signer=self._signer,
        )

    def _accept(
        self,
        room: Room,
        event: Event,
        draft: Draft,
        write: Write,
        *,
        device_id: str | None = None,
        seen_by: str | None = None,
    ) -> None:
        unsigned = _replaced(room, event)
        if draft.requester is not None:
            device_id = draft.requester.device_id
        entry = TimelineEvent(self._positions.next(), event, unsigned, device_id, draft.transaction_id)
        store.insert_event(write, entry, unsigned)
        for contribute in self.accepted.values():
            contribute(room, entry, write)
        room.heads = [head for head in room.heads if head not in event.prev_events] + [event.event_id]
        room.depth = max(room.depth, event.depth)
        recipients = room.joined
        if event.state_key is not None:
            room.set_state(event)
            recipients = room.joined
            if event.type == "m.room.member":
                store.upsert_membership(write, event, entry.position)
                recipients |= {event.state_key}
        if seen_by is not None:
            recipients -= {seen_by}
        write.show(Change(entry.position, EVENT, recipients, event.room_id, entry))

    def _hold(self, room: Room, event: Event, draft: Draft, write: Write, ticket: str) -> None:
        """Freeze the event whole; only its sender sees it."""
        requester = draft.requester
        if requester is None:
            raise Forbidden("This would have to be reviewed first, and cannot wait for that.")
        entry = TimelineEvent(self._positions.next(), event, {}, requester.device_id, draft.transaction_id)
        store.insert_held(write, entry, ticket)
        for contribute in self.held.values():
            contribute(room, entry, ticket, write)
        write.show(Change(entry.position, EVENT, (event.sender,), event.room_id, entry))


def held_draft(room: Room, held: store.HeldEvent) -> Draft:
    """What the sender of a held event wanted to send."""
    event = load_event(msgspec.json.decode(held.pdu), room.version, held.event_id)
    return Draft(
        type=event.type,
        sender=event.sender,
        content=event.content,
        state_key=event.state_key,
        redacts=event.redacts,
        transaction_id=held.transaction_id,
        held_as=held.event_id,
    )


def _replaced(room: Room, event: Event) -> dict[str, Any]:
    """What ``unsigned`` tells of the state that a state event replaces. spec: client-server §UnsignedData"""
    if event.state_key is None:
        return {}
    previous = room.state.get((event.type, event.state_key))
    if previous is None:
        return {}
    return {"replaces_state": previous.event_id, "prev_content": previous.content, "prev_sender": previous.sender}
