"""What handover can put right: a customer of somebody who has left was not asked, or their invitation is gone.

Offered to who repairs, by `app.remedies`; the drill loses an offer, as a crash of a bad release might.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.models import Departure, Offer
from roomkeeper.capabilities.handover.offering import Offering
from roomkeeper.capabilities.handover.planning import Planner
from roomkeeper.core.organisation.sessions import Session, Sessions
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.remedies import Drill, Finding, Found, NoFault, Remedy

NAME = "handover.offer_again"
ASKED = ("accepted", "declined", "taken_over")
MOST = 20

Id = Annotated[str, Meta(min_length=1, max_length=255)]


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is about, and of which session, where that is known."""

    user_id: Id
    room_id: str = ""


class HandoverRemedies:
    """Offers a successor again."""

    def __init__(self, app: Application, sessions: Sessions, planner: Planner, offering: Offering) -> None:
        self._app = app
        self._sessions = sessions
        self._planner = planner
        self._offering = offering

    def install(self) -> None:
        """Contribute them."""
        self._app.remedies.add(
            NAME,
            Remedy(
                version=1,
                summary="Offer the successor again to a customer who was not asked, or whose invitation is gone.",
                parameters=Customer,
                look=self.look,
                apply=self.apply,
            ),
        )
        self._app.drills.add(
            "handover.lose_offer",
            Drill(
                kind="handover_missing",
                summary="Take the offer of a successor away from a customer, and note that it failed.",
                parameters=Customer,
                inject=self.lose,
            ),
        )

    async def look(self, customer: Customer) -> Finding:
        """See `Remedy.look`."""
        lost = [session.room_id async for session, _, _ in self._lost(customer)]
        return Finding(bool(lost), {"sessions_not_offered": len(lost), "room_id": lost[0] if lost else ""})

    async def apply(self, customer: Customer) -> Found:
        """See `Remedy.apply`."""
        rooms, left = [], 0
        async for session, _, _ in self._sessions_of_departed(customer):
            left += 1
            rooms.append(session.room_id)
        if not left:
            raise NoFault("Nobody who takes care of you has left.")
        offered = 0
        for room_id in rooms:
            offered += await self._offer(room_id)
        return {"sessions": left, "offered": offered}

    async def _offer(self, room_id: str) -> bool:
        async with self._sessions.held(room_id) as session:
            departure = await self._departure(session)
            if departure is None or not await self._is_lost(departure, session):
                return False
            offer = await store.find_offer(self._app.driver, departure.departure_id, room_id)
            pending = await self._pending(departure, session, offer)
            after = await self._offering.ask(await self._planner.of(departure), pending, session)
            await self._offering.tell(departure, after, session)
        return True

    async def _pending(self, departure: Departure, session: Session, offer: Offer | None) -> Offer:
        """The offer as it is before anybody was asked: what was lost of it is as if it had never been."""
        now, write = self._app.clock.now_ms(), Write()
        fresh = Offer(
            departure_id=departure.departure_id,
            room_id=session.room_id,
            customer_id=session.customer_id,
            status="pending",
            language=session.language,
            updated_ts=now,
        )
        if offer is None:
            store.insert_offer(write, fresh)
        else:
            store.update_offer(write, offer, fresh)
        await self._app.committer.submit(write)
        return fresh

    # ------------------------------------------------------------ what is lost

    async def _lost(self, customer: Customer) -> AsyncIterator[tuple[Session, Departure, Offer | None]]:
        async for session, departure, offer in self._sessions_of_departed(customer):
            if await self._is_lost(departure, session):
                yield session, departure, offer

    async def _sessions_of_departed(self, customer: Customer) -> AsyncIterator[tuple[Session, Departure, Offer | None]]:
        """The sessions of a customer with people who have left."""
        found = 0
        for staff_id in sorted(self._planner.people.departed):
            session = await self._sessions.of_pair(customer.user_id, staff_id)
            if session is None or (customer.room_id and session.room_id != customer.room_id):
                continue
            departure = await self._departure(session)
            if departure is None or found >= MOST:
                continue
            found += 1
            yield session, departure, await store.find_offer(self._app.driver, departure.departure_id, session.room_id)

    async def _departure(self, session: Session) -> Departure | None:
        if session.staff_id is None or session.staff_id not in self._planner.people.departed:
            return None
        departure = await store.newest_of(self._app.driver, session.staff_id)
        return departure if departure is not None and departure.is_of_who_left else None

    async def _is_lost(self, departure: Departure, session: Session) -> bool:
        """Whether the customer should have been asked, and sees nothing that asks them."""
        if not session.is_under_way:
            return False
        offer = await store.find_offer(self._app.driver, departure.departure_id, session.room_id)
        if offer is None:
            return departure.state == "finished"
        if offer.status in ASKED or offer.way == "question":
            return False
        if offer.status == "pending":
            return departure.state == "finished"
        return offer.status != "at_limit" and not await self._is_invited(offer)

    async def _is_invited(self, offer: Offer) -> bool:
        if offer.status != "waiting" or offer.new_room_id is None:
            return False
        try:
            return (await self._sessions.get(offer.new_room_id)).state == "offered"
        except NotFound:
            return False

    # ------------------------------------------------------------ drill

    async def lose(self, customer: Customer) -> Found:
        """See `Drill.inject`."""
        async for session, departure, offer in self._sessions_of_departed(customer):
            if offer is None or offer.status != "waiting":
                continue
            async with self._sessions.held(session.room_id):
                await self._offering.lose(offer)
            return {"room_id": session.room_id, "departed": departure.user_id}
        raise NotFound(f"{customer.user_id} has no offer that can be lost.")
