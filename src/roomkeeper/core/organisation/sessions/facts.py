"""What happens to sessions, for those who care. Times are in milliseconds."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class SessionOpened(Fact, frozen=True):
    """A customer has a session, or has one again; `staff_id` is `None` where it waits in a queue."""

    room_id: str
    customer_id: str
    staff_id: str | None
    department_id: str | None
    ts: int


class SessionAssigned(Fact, frozen=True):
    """Somebody takes care of a session: the first, or another than before."""

    room_id: str
    customer_id: str
    staff_id: str
    previous_staff_id: str | None
    ts: int


class SessionClosed(Fact, frozen=True):
    """A session has ended."""

    room_id: str
    customer_id: str
    staff_id: str | None
    ts: int


class CustomerWrote(Fact, frozen=True):
    """A customer wrote into a session that was closed, by the state event `closed_by`."""

    room_id: str
    closed_by: str


class OfferAnswered(Fact, frozen=True):
    """A customer entered the room of a session that was offered to them, or goes on from another; or declined it."""

    room_id: str
    accepted: bool


class ParticipantLeft(Fact, frozen=True):
    """The customer of a session left its room, or who took care of it, by what they did or as their account ended."""

    room_id: str
    user_id: str
