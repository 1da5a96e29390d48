"""What safety officers look at: how much there is to do, and who was asked about an event."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.models import Asked
from roomkeeper.capabilities.safety.store import events as store
from roomkeeper.capabilities.safety.store import identification as identification_store
from roomkeeper.platform.application import Application

HOUR_MS = 3_600_000
HOURS = 24
MOST_COUNTED = 10_000
"""Events of a day that the chart counts, the newest: more are an attack, and it says so all the same."""


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Is it all right? `ts` and `raised`: the hours of the last day, and how many events were raised in each.

    `found`, `asked`, `came`: people who were found for events of the last day, were asked by now, and are in a group.
    `sharing`: people of whom it is known where they are. `candidates`: submissions with candidates to decide about.
    """

    countdown: int
    open: int
    handled: int
    resolved: int
    found: int
    asked: int
    came: int
    sharing: int
    candidates: int
    ts: list[int]
    raised: list[int]


class Desk:
    """Looks."""

    def __init__(self, app: Application, locations: Locations) -> None:
        self._app = app
        self._locations = locations

    async def overview(self) -> Overview:
        """How much there is to do, and how much there was in a day."""
        now = self._app.clock.now_ms()
        first = now - now % HOUR_MS - (HOURS - 1) * HOUR_MS
        hours = [first + number * HOUR_MS for number in range(HOURS)]
        raised = [0] * HOURS
        for ts in await store.raised_since(self._app.driver, first, MOST_COUNTED):
            raised[min((ts - first) // HOUR_MS, HOURS - 1)] += 1
        states = dict(await store.live_states(self._app.driver))
        # Ids of events begin with the time at which they were raised.
        people = dict(await store.states_since(self._app.driver, f"{first:011x}"))
        found = sum(people.values())
        return Overview(
            countdown=states.get("countdown", 0),
            open=states.get("open", 0),
            handled=states.get("handled", 0),
            resolved=states.get("resolved", 0),
            found=found,
            asked=found - people.get("waiting", 0) - people.get("failed", 0),
            came=people.get("confirmed", 0),
            sharing=self._locations.count(),
            candidates=await identification_store.count_in_state(self._app.driver, "review"),
            ts=hours,
            raised=raised,
        )

    async def asked(self, event_id: str, after: tuple[int, str] | None, limit: int) -> list[Asked]:
        """Everybody who was found for an event, in the order in which they are asked."""
        return await store.page_asked(self._app.driver, event_id, after, limit)
