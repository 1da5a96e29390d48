"""What happens to people, for those who care."""

from __future__ import annotations

from roomkeeper.core.organisation.models import State
from roomkeeper.platform.facts import Fact


class AvailabilityChanged(Fact, frozen=True):
    """Somebody takes more or fewer sessions than before, or those of other departments, or in another language."""

    user_id: str


class PersonStateChanged(Fact, frozen=True):
    """Somebody of the organisation left, came back, or went on leave. `ts` is in milliseconds."""

    user_id: str
    before: State
    after: State
    ts: int
