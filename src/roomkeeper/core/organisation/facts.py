"""What happens to people, for those who care."""

from __future__ import annotations

from roomkeeper.core.organisation.models import State
from roomkeeper.platform.facts import Fact


class PersonStateChanged(Fact, frozen=True):
    """Somebody of the organisation left, came back, or went on leave. `ts` is in milliseconds."""

    user_id: str
    before: State
    after: State
    ts: int
