"""What happens by itself: departures that are due, offers that nobody answered, customers for whom there is a place."""

from __future__ import annotations

import asyncio
import contextlib

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.offering import Offering
from roomkeeper.capabilities.handover.planning import Planner, Planning
from roomkeeper.capabilities.handover.service import Departures
from roomkeeper.core.organisation.sessions import Sessions
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.facts import Fact
from roomkeeper.platform.logs import get_logger

log = get_logger(area="handover")

LONGEST_S = 60.0
"""Seconds after which it is looked anyway."""
SHORTEST_S = 0.05
AFTER_FAILURE_S = 5.0
AT_ONCE = 100


class Timer:
    """The background task, and what wakes it."""

    def __init__(
        self, app: Application, departures: Departures, sessions: Sessions, planner: Planner, offering: Offering
    ) -> None:
        self._app = app
        self._departures = departures
        self._sessions = sessions
        self._planner = planner
        self._offering = offering
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Look for ever; at first for what fell due while the server was away."""
        while True:
            self._wake.clear()
            at_least = SHORTEST_S
            try:
                await self._look()
            except Exception as error:
                log.error("what is due could not be done; it is tried again", exc_info=error)
                at_least = AFTER_FAILURE_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(at_least, await self._seconds())):
                    await self._wake.wait()

    def wake(self) -> None:
        """Something may be due earlier than was known."""
        self._wake.set()

    async def note(self, _fact: Fact) -> None:
        """Somebody may have a place now."""
        self._wake.set()

    async def _seconds(self) -> float:
        """Until something is due, as far as that is known."""
        found = [await store.next_due(self._app.driver), await store.next_overdue(self._app.driver)]
        times = [each for each in found if each is not None]
        if not times:
            return LONGEST_S
        return min(LONGEST_S, (min(times) - self._app.clock.now_ms()) / 1000)

    async def _look(self) -> None:
        now = self._app.clock.now_ms()
        failures: list[MatrixError] = []
        for departure in await store.due(self._app.driver, now, AT_ONCE):
            try:
                await self._departures.begin(departure.departure_id)
            except MatrixError as error:
                failures.append(error)
        for offer in await store.overdue(self._app.driver, now, AT_ONCE):
            await self._take_over(offer.departure_id, offer.room_id)
        for departure_id in await store.without_place(self._app.driver, AT_ONCE):
            await self._ask_waiting(departure_id)
        if failures:
            raise failures[0]

    async def _take_over(self, departure_id: str, room_id: str) -> None:
        async with self._sessions.held(room_id) as session:
            departure = await self._departures.get(departure_id)
            offer = await store.find_offer(self._app.driver, departure_id, room_id)
            if offer is None or offer.status != "waiting" or offer.take_over_ts is None:
                return
            if departure.state not in ("running", "finished"):
                return
            try:
                await self._offering.take_over(departure, offer, session, offer)
            except MatrixError as error:
                await self._offering.fail(offer, str(error))

    async def _ask_waiting(self, departure_id: str) -> None:
        """Customers for whom nobody had a place: as many as there are places now."""
        planning, after = await self._planner.of(await self._departures.get(departure_id)), ""
        while found := await store.page_offers(self._app.driver, departure_id, "at_limit", after, AT_ONCE):
            for offer in found:
                if not await self._ask_one(planning, offer.room_id):
                    return
            after = found[-1].room_id

    async def _ask_one(self, planning: Planning, room_id: str) -> bool:
        """Whether there may be a place for the next."""
        async with self._sessions.held(room_id) as session:
            offer = await store.find_offer(self._app.driver, planning.departure.departure_id, room_id)
            if offer is None or offer.status != "at_limit":
                return True
            asked = await self._offering.ask(planning, offer, session)
            await self._offering.tell(planning.departure, asked, session)
        return asked.status != "at_limit"
