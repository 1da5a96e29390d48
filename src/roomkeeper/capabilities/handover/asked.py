"""Those who ask for somebody who has left: they are told who takes care of them, and where they wrote in vain, offered.

What is to be offered is kept in memory only: whoever lost it by a restart writes again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.models import Offer
from roomkeeper.capabilities.handover.offering import Offering
from roomkeeper.capabilities.handover.planning import Planner
from roomkeeper.capabilities.handover.service import Departures
from roomkeeper.capabilities.handover.succession import Successions
from roomkeeper.capabilities.handover.telling import Telling, notice
from roomkeeper.core.organisation.sessions import CustomerWrote, Session, Sessions
from roomkeeper.core.rooms import Draft, RoomRequest
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.platform.logs import get_logger

log = get_logger(area="handover")

MOST_WAITING = 10_000
ANEW_S = 60.0
"""Seconds after which somebody behind a bridge is asked anew who answered something else."""


class Asked:
    """Notes who wrote in vain, and offers."""

    def __init__(
        self,
        app: Application,
        sessions: Sessions,
        departures: Departures,
        planner: Planner,
        offering: Offering,
        telling: Telling,
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._departures = departures
        self._planner = planner
        self._offering = offering
        self._telling = telling
        self._waiting: dict[str, str] = {}
        self._asked: dict[str, float] = {}
        self._wake = asyncio.Event()

    def note(self, room_id: str, sender: str) -> None:
        """A message was refused."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting[room_id] = sender
            self._wake.set()

    async def follow(self, fact: CustomerWrote) -> None:
        """A customer wrote into a closed session, just before who had it left: it is not opened for them again."""
        try:
            session = await self._sessions.get(fact.room_id)
        except NotFound:
            return
        if session.state == "closed" and session.staff_id is not None and self._sessions.cared_for(session.staff_id):
            self.note(fact.room_id, session.customer_id)

    async def run(self) -> None:
        """Offer to those who wrote in vain, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                room_id, sender = self._waiting.popitem()
                try:
                    await self._offer(room_id, sender)
                except MatrixError as error:
                    log.info("a refused message is not followed by an offer", room_id=room_id, reason=str(error))
                except Exception as error:
                    log.error("a refused message is not followed by an offer", room_id=room_id, exc_info=error)

    async def _offer(self, room_id: str, sender: str) -> None:
        async with self._sessions.held(room_id) as session:
            if session.customer_id != sender or session.staff_id is None:
                return
            departure = await store.newest_of(self._app.driver, session.staff_id)
            if departure is None or departure.state not in ("running", "finished"):
                return
            offer = await store.find_offer(self._app.driver, departure.departure_id, room_id)
            if offer is not None and offer.way == "question" and offer.status in ("waiting", "declined"):
                await self._repeat(session, offer)
            elif offer is None and session.state == "closed":
                # It was over before: there was nobody to be asked.
                offer = await self._add(session, departure.departure_id)
                planning = await self._planner.of(departure)
                asked = await self._offering.ask(planning, offer, session, was_over=True)
                await self._offering.tell(departure, asked, session)

    async def _add(self, session: Session, departure_id: str) -> Offer:
        offer = Offer(
            departure_id=departure_id,
            room_id=session.room_id,
            customer_id=session.customer_id,
            status="pending",
            language=session.language,
            updated_ts=self._app.clock.now_ms(),
        )
        write = Write()
        store.insert_offer(write, offer)
        await self._app.committer.submit(write)
        return offer

    async def _repeat(self, session: Session, offer: Offer) -> None:
        """Ask anew, now and then."""
        now = self._app.clock.monotonic()
        if now < self._asked.get(session.room_id, 0.0):
            return
        self._asked = {room_id: until for room_id, until in self._asked.items() if until > now}
        self._asked[session.room_id] = now + ANEW_S
        departure = await self._departures.get(offer.departure_id)
        body = await self._telling.words("again" if offer.status == "waiting" else "refused", departure, offer)
        await self._sessions.rooms.say(session, [notice(body)], lambda _write, _session: None)

    # ------------------------------------------------------------ invitations

    def check_invite(
        self, departed: AbstractSet[str], successions: Successions
    ) -> Callable[[str, Draft], Awaitable[None]]:
        """See `rooms.Check`: nobody is invited who has left."""

        async def check(_room_id: str, draft: Draft) -> None:
            if draft.content.get("membership") == "invite" and draft.state_key in departed:
                raise await successions.error(draft.sender, draft.state_key or "")

        return check

    def check_creation(
        self, departed: AbstractSet[str], successions: Successions
    ) -> Callable[[Requester, RoomRequest], Awaitable[None]]:
        """See `rooms.creation.Answer`: no room is made with who has left."""

        async def check(requester: Requester, request: RoomRequest) -> None:
            for user_id in request.invite:
                if user_id in departed:
                    raise await successions.error(requester.user_id, user_id)

        return check
