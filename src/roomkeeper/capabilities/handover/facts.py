"""What happens in a handover, for those who care."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class CustomerAnswered(Fact, frozen=True):
    """A customer said yes or no to the successor; their old room is to say so."""

    departure_id: str
    room_id: str


class ChoiceWritten(Fact, frozen=True):
    """A customer behind a bridge answered the question in their room."""

    room_id: str
    accepted: bool
