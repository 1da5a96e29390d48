"""What nobody but the server does in the rooms of sessions, and what the server notices there.

1. The server alone says what session a room is, whatever power somebody has.
2. Who takes care of a session hands it on or closes it, and does not just leave.
3. A session is not encrypted: it could not be handed over, and nobody could tell what was said.
4. A customer who writes into a closed session reopens it; who leaves the room ends it. To an offered session they say
   yes by joining its room, no by rejecting the invitation; having said no, they can join yet.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from roomkeeper.core.organisation.sessions.facts import CustomerWrote, OfferAnswered, ParticipantLeft
from roomkeeper.core.organisation.sessions.models import SESSION, SESSION_KEY
from roomkeeper.core.rooms import Draft, Room, Rooms, SendAttempt, TimelineEvent
from roomkeeper.core.rooms.models import CREATE
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.facts import Facts
from roomkeeper.platform.hooks import Deny, Verdict
from roomkeeper.wire.events import Event

ENCRYPTION = "m.room.encryption"
SILENT = frozenset({"m.room.redaction", "m.reaction"})
"""What a customer does without saying anything."""
NOT_ENCRYPTED = (
    "This is a session between a customer and the organisation, which is not end-to-end encrypted: it could not be "
    f"handed on. Leave {ENCRYPTION} out."
)


class Gates:
    """Fast: all that is asked stands in the room's own state."""

    def __init__(self, rooms: Rooms, facts: Facts, service_accounts: AbstractSet[str]) -> None:
        self._rooms = rooms
        self._facts = facts
        self._service_accounts = service_accounts

    def ask(self, attempt: SendAttempt) -> Verdict:
        """See `GatePoint.add_fast`."""
        draft = attempt.draft
        if draft.type == SESSION:
            # The room that a bridge made stays its own: there the server says so in its maker's name.
            is_maker = draft.sender in self._service_accounts or draft.sender == attempt.room.state[CREATE].sender
            is_own = draft.requester is None and is_maker and draft.state_key == ""
            return None if is_own else Deny(Forbidden(f"{SESSION} is what the server alone says of a room."))
        if draft.type == "m.room.member" and _leaves(draft) and SESSION_KEY in attempt.room.state:
            content = attempt.room.content(SESSION)
            if content.get("state") == "open" and content.get("staff") == draft.sender:
                return Deny(Forbidden("This session is yours: hand it on to somebody, or close it, before you leave."))
        return None

    def encryption(self, room: Room, _kind: object) -> str | None:
        """See `keys.EncryptionRule`."""
        return NOT_ENCRYPTED if SESSION_KEY in room.state else None

    async def check_encryption(self, room_id: str, draft: Draft) -> None:
        """See `rooms.Check`: say why, before it is refused for want of power."""
        if draft.type == ENCRYPTION and SESSION_KEY in (await self._rooms.cache.get(room_id)).state:
            raise Forbidden(NOT_ENCRYPTED)

    def note(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """See `rooms.Accepted`."""
        told = room.state.get(SESSION_KEY)
        if told is not None:
            self._note(room, entry.event, told, write)

    def _note(self, room: Room, event: Event, told: Event, write: Write) -> None:
        customer, state = told.content.get("customer"), told.content.get("state")
        if event.state_key is None:
            if state == "closed" and event.sender == customer and event.type not in SILENT:
                self._facts.record(write, CustomerWrote(room.room_id, told.event_id))
            return
        if event.type != "m.room.member":
            return
        if event.state_key == customer and (state == "offered" or "predecessor" in told.content):
            self._note_answer(room, event, str(state), write)
        has_gone = event.membership in ("leave", "ban") and state != "offered"
        if has_gone and state != "closed" and event.state_key in (customer, told.content.get("staff")):
            self._facts.record(write, ParticipantLeft(room.room_id, event.state_key))

    def _note_answer(self, room: Room, event: Event, state: str, write: Write) -> None:
        if event.membership == "join" and state in ("offered", "closed") and event.state_key not in room.joined:
            self._facts.record(write, OfferAnswered(room.room_id, True))
        elif event.membership in ("leave", "ban") and state == "offered":
            self._facts.record(write, OfferAnswered(room.room_id, False))


def _leaves(draft: Draft) -> bool:
    """Whether somebody leaves of their own will: whoever is signed in."""
    return (
        draft.requester is not None and draft.state_key == draft.sender and draft.content.get("membership") == "leave"
    )
