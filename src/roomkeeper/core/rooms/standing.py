"""What suspended users and guests may do in rooms.

A suspended user leaves, rejects invitations, redacts what is their own, and may talk in rooms that an area declares
open to them (the server's own); nothing else. A guest enters rooms that admit guests, and has to go when one does not
any more.

spec: client-server §Account suspension, §Guest Access
"""

from __future__ import annotations

from collections.abc import Callable

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.rooms.models import Draft, Room, SendAttempt, TimelineEvent
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import GuestAccessForbidden, MatrixError, UserSuspended
from roomkeeper.platform.facts import Fact, Facts
from roomkeeper.platform.hooks import Deny, Slot, Verdict

GUEST_ACCESS = "m.room.guest_access"

OpenToSuspended = Callable[[Room], bool]
"""Whether suspended users may take part in a room."""


class GuestsExcluded(Fact, frozen=True):
    """A room does not admit guests any more."""

    room_id: str


def admits_guests(room: Room) -> bool:
    """Whether guests may be in a room."""
    return room.content(GUEST_ACCESS).get("guest_access") == "can_join"


class Standings:
    """Asked before an event enters a room, and once more in the room's turn."""

    def __init__(self, rooms: Rooms, accounts: Accounts, facts: Facts, open_rooms: Slot[OpenToSuspended]) -> None:
        self._rooms = rooms
        self._accounts = accounts
        self._facts = facts
        self._open_rooms = open_rooms

    def concerns(self, draft: Draft) -> bool:
        """Whether the sender is one of those to whom not everything is open. It is on the path of every message."""
        requester = draft.requester
        return requester is not None and (requester.is_guest or self._accounts.is_suspended(draft.sender))

    def check(self, room: Room, draft: Draft) -> None:
        """Raises `UserSuspended` or `GuestAccessForbidden`."""
        is_guest = draft.requester is not None and draft.requester.is_guest
        if is_guest and _joins(draft) and not admits_guests(room):
            raise GuestAccessForbidden("This room does not admit guests.")
        if self._accounts.is_suspended(draft.sender) and not self._suspended_may(room, draft):
            raise UserSuspended

    def gate(self, attempt: SendAttempt) -> Verdict:
        """The same, for what has waited meanwhile."""
        if not self.concerns(attempt.draft):
            return None
        try:
            self.check(attempt.room, attempt.draft)
        except MatrixError as error:
            return Deny(error)
        return None

    def _suspended_may(self, room: Room, draft: Draft) -> bool:
        if draft.type == "m.room.member" and draft.state_key == draft.sender:
            if draft.content.get("membership") == "leave":
                return True
        elif draft.type == "m.room.redaction":
            return True  # whose event it is, is looked at where the event is there
        return any(is_open(room) for is_open in self._open_rooms.values())

    def check_redaction(self, sender: str, author: str) -> None:
        """Raises `UserSuspended` where a suspended user would redact somebody else's event."""
        if sender != author and self._accounts.is_suspended(sender):
            raise UserSuspended

    def note(self, _room: Room, entry: TimelineEvent, write: Write) -> None:
        """Part of the turn: tell, with the event itself, that guests have to go."""
        event = entry.event
        if event.type == GUEST_ACCESS and event.state_key == "" and event.content.get("guest_access") != "can_join":
            self._facts.record(write, GuestsExcluded(event.room_id))

    async def exclude_guests(self, fact: GuestsExcluded) -> None:
        """Let every guest leave. Doing so twice changes nothing."""
        room = await self._rooms.cache.get(fact.room_id)
        if admits_guests(room):
            return
        for user_id in sorted(await self._accounts.guests_among(room.joined)):
            await self._rooms.take_turn(fact.room_id, self._leave(user_id))

    def _leave(self, user_id: str) -> Callable[[Room, Write], None]:
        def act(room: Room, write: Write) -> None:
            if user_id in room.joined:
                leave = Draft(type="m.room.member", sender=user_id, state_key=user_id, content={"membership": "leave"})
                self._rooms.turn.append(room, leave, write)

        return act


def _joins(draft: Draft) -> bool:
    return (
        draft.type == "m.room.member"
        and draft.state_key == draft.sender
        and draft.content.get("membership") in ("join", "knock")
    )
