"""What happens to visitors."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class VisitorWrote(Fact, frozen=True):
    """A visitor has written for the first time."""

    user_id: str
