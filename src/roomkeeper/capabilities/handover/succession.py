"""Who takes care of somebody instead of who has left: asked by user id, answered the same wherever it is asked.

Here it is known of this server's own people; the server of people from elsewhere would be another source.
"""

from __future__ import annotations

from typing import Protocol

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.gates import succession_of
from roomkeeper.capabilities.handover.models import Choice, Departure, Offer, OfferView, Succession
from roomkeeper.capabilities.handover.offering import Offering
from roomkeeper.capabilities.handover.planning import Planner
from roomkeeper.capabilities.handover.telling import Telling
from roomkeeper.core.organisation import People
from roomkeeper.core.organisation.sessions import Session, Sessions, Target, Wish
from roomkeeper.core.organisation.sessions.errors import HasLeft
from roomkeeper.platform.database import Driver
from roomkeeper.platform.errors import InvalidParameter, MatrixError, NotFound
from roomkeeper.platform.tracking import Tracking

MOST_CHAIN = 20


class Source(Protocol):
    """Whoever knows who has left."""

    async def of(self, asker: str, user_id: str) -> Succession | None:
        """What somebody is answered who asks for a user; `None`: this source does not know them."""


class Successions:
    """This server's own people."""

    def __init__(
        self,
        driver: Driver,
        people: People,
        sessions: Sessions,
        planner: Planner,
        telling: Telling,
        offering: Offering,
        tracking: Tracking,
    ) -> None:
        self._tracking = tracking
        self._driver = driver
        self._people = people
        self._sessions = sessions
        self._planner = planner
        self._telling = telling
        self._offering = offering

    async def of(self, asker: str, user_id: str) -> Succession:
        """See `Source`. Raises `NotFound` where there is no such user."""
        await self._people.find(user_id)
        offer = await store.of_customer(self._driver, asker, user_id)
        if user_id not in self._people.departed and (offer is None or offer.status not in ("waiting", "declined")):
            return Succession(user_id=user_id, state="active", display_name=await self._telling.name(user_id))
        choice = await self._choice(asker, user_id, offer)
        if offer is not None:
            self._tracking.track("handover_told", asker, room_id=offer.room_id, status=offer.status)
        return Succession(
            user_id=user_id,
            state="departed" if user_id in self._people.departed else "active",
            display_name=await self._telling.name(user_id),
            successor=None if choice is None else await self._telling.named(choice.staff_id, choice.department_id),
            offer=None
            if offer is None
            else OfferView(status=offer.status, room_id=offer.room_id, new_room_id=offer.new_room_id),
        )

    async def is_asked(self, asker: str, user_id: str) -> bool:
        """Whether somebody has a customer's part in the departure of a user."""
        return await store.of_customer(self._driver, asker, user_id) is not None

    async def _choice(self, asker: str, user_id: str, offer: Offer | None, depth: int = 0) -> Choice | None:
        """Who takes care of the asker now: whoever they were offered, or would be."""
        if offer is not None and offer.status in ("waiting", "declined", "accepted", "taken_over"):
            found = Choice(offer.successor_id, offer.department_id)
            if found.staff_id is None or found.staff_id not in self._people.departed or depth >= MOST_CHAIN:
                return found
            further = await store.of_customer(self._driver, asker, found.staff_id)
            return await self._choice(asker, found.staff_id, further, depth + 1)
        departure = await store.newest_of(self._driver, user_id)
        if departure is None:
            return None
        planning = await self._planner.of(departure)
        return await planning.choose(planning.stranger(await self._people.find(asker)))

    async def error(self, asker: str, user_id: str) -> MatrixError:
        """What somebody is told who asks for whoever has left, in another way than by asking for the succession."""
        answer = await self.of(asker, user_id)
        if answer.successor is None:
            return HasLeft(**succession_of(user_id))
        there = answer.successor.user_id or answer.successor.display_name
        return HasLeft(
            f"{answer.display_name} has left and gets no messages any more. {answer.successor.display_name} takes care"
            f" of you: write to {there}.",
            **succession_of(user_id),
            **{"org.roomkeeper.succession": answer},
        )

    # ------------------------------------------------------------ the customer's answer

    async def answer(self, asker: str, user_id: str, go_on: bool) -> Session | None:
        """A customer says whether they go on with the successor: the session where they do, `None` where not.

        Raises `NotFound`, `Forbidden`, `InvalidParameter` where there is nothing to answer.
        """
        offer = await store.of_customer(self._driver, asker, user_id)
        if offer is not None and offer.status in ("waiting", "declined"):
            return await self._answer_offer(offer, go_on=go_on)
        if user_id not in self._people.departed:
            raise InvalidParameter(f"{user_id} has not left: write to them.")
        if not go_on:
            return None
        choice = await self._choice(asker, user_id, offer)
        if choice is None:
            raise InvalidParameter("Nobody takes care of this now: try again later, or ask for a department.")
        target = Target(choice.staff_id, None if choice.staff_id is not None else choice.department_id)
        return await self._sessions.ask(asker, target, Wish())

    async def _answer_offer(self, offer: Offer, *, go_on: bool) -> Session | None:
        if offer.way == "question" or offer.new_room_id is None:
            await self.choose(offer.room_id, accepted=go_on)
            return await self._sessions.get(offer.room_id) if go_on else None
        if go_on:
            return await self._sessions.offers.accept(offer.new_room_id)
        await self._sessions.offers.decline(offer.new_room_id)
        return None

    async def choose(self, room_id: str, *, accepted: bool) -> None:
        """The customer of a session has answered the question. Again does nothing. Raises `NotFound`."""
        async with self._sessions.held(room_id) as session:
            offer = await store.of_room(self._driver, room_id)
            if offer is None or offer.status not in ("waiting", "declined"):
                return
            departure = await self._departure(offer)
            await self._offering.choose_in_text(departure, offer, session, accepted=accepted)

    async def _departure(self, offer: Offer) -> Departure:
        departure = await store.find_departure(self._driver, offer.departure_id)
        if departure is None:
            raise NotFound("There is no such departure.")
        return departure
