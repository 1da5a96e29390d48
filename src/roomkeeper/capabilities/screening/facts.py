"""What screening tells itself, durably."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class CaseChanged(Fact, frozen=True):
    """There is a case, or something has become of it: its sender is to know."""

    case_id: str
    room_id: str
    sender: str
