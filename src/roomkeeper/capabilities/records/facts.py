"""What the recorder notices, for those who have to act on it."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class RecordingBegan(Fact, frozen=True):
    """A session is recorded from now on, of which its room does not say so yet."""

    room_id: str


class ConsentWritten(Fact, frozen=True):
    """A customer who was asked has answered with a message."""

    room_id: str
    customer_id: str
    agrees: bool
