"""What keeps messages from those who cannot receive them.

1. Who has left is known in memory from the moment at which they are locked; each room's turn asks. So nothing is
   accepted for them after it, on whatever way it comes: sent, edited, by a bridge, released after a review.
2. A room is theirs alone where it is their session, or where everybody else in it has left.
3. Nobody is invited who has left, with a new room or later.
4. What the server itself says stays possible, and so do reading, leaving, and taking back what one wrote.
5. A customer behind a bridge may answer the question, and that alone.
6. That nobody says anything (more) as somebody who has left is the lock's: see `core.accounts.sessions`.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any

from roomkeeper.capabilities.handover.facts import ChoiceWritten
from roomkeeper.capabilities.handover.models import SUCCESSION, SUCCESSION_KEY
from roomkeeper.capabilities.handover.texts import answer_of
from roomkeeper.core.organisation.sessions.errors import HasLeft
from roomkeeper.core.organisation.sessions.models import SESSION, SESSION_KEY
from roomkeeper.core.rooms import Draft, Room, SendAttempt, TimelineEvent
from roomkeeper.platform.database import Write
from roomkeeper.platform.facts import Facts
from roomkeeper.platform.hooks import Deny, Verdict

MEMBER = "m.room.member"
REDACTION = "m.room.redaction"
MOST_STATE = 200
"""State events of a room that is looked through for invitations: one in which somebody is alone has few."""


class Gates:
    """Fast: all that is asked is in memory. With nobody departed it is one look at an empty set."""

    def __init__(
        self,
        departed: AbstractSet[str],
        service_accounts: AbstractSet[str],
        facts: Facts,
        note_refused: Callable[[str, str], None],
    ) -> None:
        """`note_refused` is called with room id and sender, where a message was refused."""
        self._departed = departed
        self._service_accounts = service_accounts
        self._facts = facts
        self._note_refused = note_refused

    def ask(self, attempt: SendAttempt) -> Verdict:
        """See `GatePoint.add_fast`."""
        if not self._departed:
            return None
        room, draft = attempt.room, attempt.draft
        if draft.state_key is not None:
            is_invite = draft.type == MEMBER and draft.content.get("membership") == "invite"
            return self._refusal(draft.state_key) if is_invite and draft.state_key in self._departed else None
        # In a room that is a bridge's, the server speaks in the name of who has left; they themselves cannot.
        is_server = draft.sender in self._service_accounts or draft.sender in self._departed
        if draft.type == REDACTION or is_server:
            return None
        ghost = self._ghost(room, draft.sender)
        if ghost is None or self._is_answer(room, draft):
            return None
        self._note_refused(room.room_id, draft.sender)
        return self._refusal(ghost)

    def _ghost(self, room: Room, sender: str) -> str | None:
        """For whom alone a message would be who cannot receive it."""
        told = room.state.get(SESSION_KEY)
        if told is not None:
            staff = told.content.get("staff")
            return staff if isinstance(staff, str) and staff in self._departed else None
        ghost = None
        for user_id in room.joined:
            if user_id in self._departed:
                ghost = user_id
            elif user_id != sender and user_id not in self._service_accounts:
                return None
        return ghost or self._invited_ghost(room)

    def _invited_ghost(self, room: Room) -> str | None:
        """Somebody who was invited and has left before they came, to a room with nobody else."""
        if len(room.joined) > 1 or len(room.state) > MOST_STATE:
            return None
        invited = [key[1] for key, event in room.state.items() if key[0] == MEMBER and event.membership == "invite"]
        return invited[0] if invited and all(user_id in self._departed for user_id in invited) else None

    def _is_answer(self, room: Room, draft: Draft) -> bool:
        content = room.content(SUCCESSION)
        is_asked = content.get("way") == "question" and draft.sender == room.content(SESSION).get("customer")
        return is_asked and draft.type == "m.room.message" and _answer(draft.content) is not None

    def _refusal(self, user_id: str) -> Deny:
        return Deny(HasLeft(**succession_of(user_id)))

    def note(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """See `rooms.Accepted`."""
        told = room.state.get(SUCCESSION_KEY)
        if told is None or entry.event.state_key is not None or told.content.get("way") != "question":
            return
        # Who is not leaving can be talked with meanwhile: there only the number is no part of that.
        digits_only = told.content.get("kind") == "transfer"
        answer = _answer(entry.event.content, digits_only=digits_only)
        if answer is not None and entry.event.sender == room.content(SESSION).get("customer"):
            self._facts.record(write, ChoiceWritten(room.room_id, answer))


def succession_of(user_id: str) -> dict[str, Any]:
    """What an error says to programs: why, and of whom they can ask the succession."""
    return {"org.roomkeeper.reason": "departed", "org.roomkeeper.user_id": user_id}


def _answer(content: object, *, digits_only: bool = False) -> bool | None:
    """What a message answers; an edit is no answer."""
    if not isinstance(content, dict) or ("m.relates_to" in content and "m.new_content" in content):
        return None
    return answer_of(content.get("body"), digits_only=digits_only)
