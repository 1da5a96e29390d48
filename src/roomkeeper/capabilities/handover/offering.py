"""One customer of a departure: asking them, doing what they answer, taking it back.

1. `ask`: who takes care of them is chosen; the room of the new session is made and the customer invited; what became of
   them is part of that write.
2. `tell`: their old room says so, once: the notice and the mark that it was said are one write. So a crash between the
   two is made good by telling what is not told.
3. `answered`: the core says what the customer answers, and the status goes into the write in which that takes effect.
4. `take_over`: without (further) asking the successor gets the session in its own room.

Who calls these holds the customer (`sessions.held`), so that nothing else happens to them meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.facts import CustomerAnswered
from roomkeeper.capabilities.handover.models import Departure, Offer, Status, Way
from roomkeeper.capabilities.handover.planning import Planning
from roomkeeper.capabilities.handover.settings import HandoverSettings
from roomkeeper.capabilities.handover.telling import Telling, notice
from roomkeeper.core.organisation import Contacts
from roomkeeper.core.organisation.sessions import Following, Session, SessionAssigned, Sessions
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound

HOUR_MS = 3600 * 1000


class Offering:
    """What is done with one customer."""

    def __init__(
        self,
        app: Application,
        sessions: Sessions,
        contacts: Contacts,
        telling: Telling,
        settings: HandoverSettings,
        is_bridged: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._contacts = contacts
        self._telling = telling
        self._settings = settings
        self._is_bridged = is_bridged

    # ------------------------------------------------------------ asking

    async def ask(self, planning: Planning, offer: Offer, session: Session, *, was_over: bool = False) -> Offer:
        """Ask a customer who was not asked yet; what became of them. `was_over`: also where the session is closed."""
        departure, now = planning.departure, self._app.clock.now_ms()
        if not (session.is_under_way or was_over) or session.staff_id != departure.user_id:
            return await self._put(offer, status="gone")
        await self._supersede(offer)
        choice = await planning.choose(session)
        if choice is None and offer.status == "at_limit":
            return offer
        if choice is None:
            return await self._put(offer, status="at_limit", told=False)
        after = self._changed(
            offer,
            status="waiting",
            told=False,
            way=self._way(departure, session),
            successor_id=choice.staff_id,
            department_id=choice.department_id or session.department_id,
            offered_ts=now,
            take_over_ts=self._take_over_ts(departure, now),
        )
        if after.way == "in_place":
            return await self.take_over(departure, offer, session, after)
        if after.way == "question":
            return await self._submit(offer, after)
        return await self._invite(offer, after, session)

    async def _supersede(self, offer: Offer) -> None:
        """What another departure (a transfer before, say) has asked the same customer counts no more."""
        for other in await store.open_of_room(self._app.driver, offer.room_id):
            if other.departure_id != offer.departure_id:
                await self._take_back(other, self._changed(other, status="withdrawn", told=True, take_over_ts=None))

    async def _take_back(self, offer: Offer, after: Offer) -> None:
        """Change an offer, and take its invitation back where that was not answered."""
        new = await self._new_session(offer)
        if new is not None and new.state == "offered" and not await self._is_shared(offer):
            await self._sessions.offers.withdraw(
                new, after.status, lambda write, _session: store.update_offer(write, offer, after)
            )
        else:
            await self._submit(offer, after)

    async def _is_shared(self, offer: Offer) -> bool:
        """Whether the customer was invited there instead of somebody else who left, too."""
        found = await store.of_new_room(self._app.driver, offer.new_room_id or "")
        return any(each.status == "waiting" and each.room_id != offer.room_id for each in found)

    async def _new_session(self, offer: Offer) -> Session | None:
        """The session that a customer was offered, where there is one (its room may have been removed)."""
        if offer.new_room_id is None:
            return None
        with suppress(NotFound):
            return await self._sessions.get(offer.new_room_id)
        return None

    def _way(self, departure: Departure, session: Session) -> Way:
        if departure.plan.mode == "in_place":
            return "in_place"
        return "question" if self._is_bridged(session.customer_id) else "invitation"

    def _take_over_ts(self, departure: Departure, now: int) -> int | None:
        after_ms = departure.plan.take_over_after_ms
        if after_ms is None and self._settings.take_over_after_hours:
            after_ms = self._settings.take_over_after_hours * HOUR_MS
        return None if after_ms is None else now + after_ms

    async def _invite(self, offer: Offer, after: Offer, session: Session) -> Offer:
        """Make the room of the new session; where the two have one already, that is where they go on."""
        there = await self._where_they_are(after, session)
        if there is not None:
            return await self._submit(offer, there)
        invited = await self._invitation(after, session)
        if invited is not None:
            return await self._submit(offer, msgspec.structs.replace(after, new_room_id=invited.room_id))
        invited = await self._new_session(offer)
        if invited is not None and invited.state == "offered":
            # They were asked, and something after that failed.
            return await self._turn_to(offer, after, invited)
        wanted = msgspec.structs.replace(
            session,
            room_id="",
            staff_id=after.successor_id,
            department_id=after.department_id,
            created_ts=after.updated_ts,
            updated_ts=after.updated_ts,
            waiting_ts=after.updated_ts,
            closed_ts=None,
            predecessor=session.room_id,
        )
        made = after

        def add(write: Write, new: Session) -> None:
            nonlocal made
            made = msgspec.structs.replace(after, new_room_id=new.room_id)
            store.update_offer(write, offer, made)

        await self._sessions.offers.make(wanted, "offered", add)
        return made

    async def _invitation(self, after: Offer, session: Session) -> Session | None:
        """To whom they were invited already: two people have one session, also where both its reasons are others."""
        if after.successor_id is None:
            return None
        existing = await self._sessions.of_pair(session.customer_id, after.successor_id)
        return existing if existing is not None and existing.state == "offered" else None

    async def _where_they_are(self, after: Offer, session: Session) -> Offer | None:
        """Customer and successor have a session already: there they go on."""
        if after.successor_id is None:
            return None
        existing = await self._sessions.of_pair(session.customer_id, after.successor_id)
        if existing is None or not existing.is_under_way or existing.room_id == session.room_id:
            return None
        return msgspec.structs.replace(
            after,
            status="accepted" if after.status == "accepted" else "taken_over",
            way="existing",
            told=False,
            new_room_id=existing.room_id,
            answered_ts=self._app.clock.now_ms(),
            take_over_ts=None,
        )

    async def ask_again(self, planning: Planning, offer: Offer, session: Session) -> Offer:
        """Offer somebody else to a customer who has not answered: who was offered has left meanwhile."""
        choice = await planning.choose(session)
        if choice is None:
            none = self._changed(offer, status="at_limit", successor_id=None, told=False, take_over_ts=None)
            await self._take_back(offer, none)
            return none
        after = self._changed(
            offer,
            successor_id=choice.staff_id,
            department_id=choice.department_id or offer.department_id,
            told=False,
        )
        there = await self._where_they_are(after, session) if offer.status == "waiting" else None
        if there is not None:
            await self._take_back(offer, there)
            return there
        new = await self._new_session(offer)
        if new is None or new.is_under_way:
            return await self._submit(offer, after)
        if new.staff_id != offer.successor_id:
            # Turned to somebody else instead of another who left.
            after = msgspec.structs.replace(after, successor_id=new.staff_id, department_id=new.department_id)
            return await self._submit(offer, after)
        invited = await self._invitation(after, session)
        if invited is not None and offer.status == "waiting":
            after = msgspec.structs.replace(after, new_room_id=invited.room_id)
            await self._take_back(offer, after)
            return after
        return await self._turn_to(offer, after, new)

    async def _turn_to(self, offer: Offer, after: Offer, new: Session) -> Offer:
        """Let an invitation (or one that was declined, and can be accepted yet) be to somebody else."""
        after = msgspec.structs.replace(after, new_room_id=new.room_id)
        await self._sessions.offers.turn_to(
            new,
            after.successor_id,
            after.department_id,
            lambda write, _session: store.update_offer(write, offer, after),
        )
        return after

    # ------------------------------------------------------------ telling

    async def tell(self, departure: Departure, offer: Offer, session: Session) -> None:
        """Let the old room say what became of its customer, where it does not."""
        if offer.told:
            return
        notices = await self._telling.in_old_room(departure, offer)
        told = msgspec.structs.replace(offer, told=True)

        def add(write: Write, _session: Session) -> None:
            store.update_offer(write, offer, told)
            if is_over:
                self._contacts.add_end(write, offer.customer_id, departure.user_id, "handed over")

        is_over = offer.is_elsewhere
        if is_over:
            await self._let_read(offer, session)
        if is_over and session.is_under_way:
            closed = msgspec.structs.replace(session, state="closed", closed_ts=self._app.clock.now_ms())
            await self._sessions.rooms.change(session, closed, "handed over", add, notices)
        else:
            await self._sessions.rooms.say(session, notices, add)

    async def _let_read(self, offer: Offer, session: Session) -> None:
        """Who takes care of the customer now reads the earlier session, where policy allows that."""
        new = await self._new_session(offer)
        if self._settings.earlier_session == "read" and new is not None and new.state == "open" and new.staff_id:
            await self._sessions.rooms.admit(session, new.staff_id)

    async def assigned(self, fact: SessionAssigned) -> None:
        """Somebody has a session. Again does nothing.

        Who waited for that in a queue may read the earlier one; who got it otherwise than by an answer need not be
        offered any more, nor need they be offered by another who leaves.
        """
        for offer in await store.of_new_room(self._app.driver, fact.room_id):
            if offer.is_elsewhere and offer.told:
                async with self._sessions.held(offer.room_id) as session:
                    await self._let_read(offer, session)
        for offer in await store.open_of_room(self._app.driver, fact.room_id):
            await self._have(offer, fact, in_place=True)
        for offer in await store.waiting_of(self._app.driver, fact.customer_id, fact.staff_id):
            if offer.new_room_id != fact.room_id and offer.room_id != fact.room_id:
                await self._have(offer, fact, in_place=False)

    async def _have(self, offer: Offer, fact: SessionAssigned, *, in_place: bool) -> None:
        """A customer has the successor (or somebody else, whom a supervisor gave their session) without an answer."""
        departure = await store.find_departure(self._app.driver, offer.departure_id)
        async with self._sessions.held(offer.room_id) as session:
            current = await store.find_offer(self._app.driver, offer.departure_id, offer.room_id)
            if departure is None or current is None or current.status != offer.status:
                return
            after = self._changed(current, status="taken_over", successor_id=fact.staff_id, take_over_ts=None)
            after = msgspec.structs.replace(after, answered_ts=after.updated_ts, told=False)
            if in_place and session.staff_id != departure.user_id and session.is_under_way:
                after = msgspec.structs.replace(after, way="in_place", told=current.status == "pending")
            else:
                there = await self._where_they_are(after, session)
                if there is None:
                    return
                after = there
            await self._take_back(current, after)
            await self.tell(departure, after, session)

    # ------------------------------------------------------------ answers

    async def answered(self, new: Session, accepted: bool, other: Session | None) -> Following | None:
        """See `sessions.offers.Follower`."""
        offers = [each for each in await store.of_new_room(self._app.driver, new.room_id) if each.way != "existing"]
        if not offers:
            return None
        status: Status = "accepted" if accepted else "declined"
        possible = ("waiting", "declined") if accepted else ("waiting",)
        changes: list[tuple[Offer, Offer]] = []
        begun: list[tuple[str, str | None, dict[str, Any]]] = []
        for offer in offers:
            departure = await store.find_departure(self._app.driver, offer.departure_id)
            if departure is None or offer.status not in possible:
                continue
            now = self._app.clock.now_ms()
            after = self._changed(offer, status=status, told=False, answered_ts=now, take_over_ts=None)
            if other is not None:
                after = msgspec.structs.replace(after, way="existing", new_room_id=other.room_id)
            if accepted and not begun:
                begun.append(notice(await self._telling.words("begun", departure, after)))
            changes.append((offer, after))

        def add(write: Write, _session: Session) -> None:
            for before, after in changes:
                store.update_offer(write, before, after)
                self._app.facts.record(write, CustomerAnswered(before.departure_id, before.room_id))

        return Following(begun, add)

    async def settle(self, fact: CustomerAnswered) -> None:
        """The old room is told of an answer. Again does nothing."""
        departure = await store.find_departure(self._app.driver, fact.departure_id)
        async with self._sessions.held(fact.room_id) as session:
            offer = await store.find_offer(self._app.driver, fact.departure_id, fact.room_id)
            if departure is not None and offer is not None:
                await self.tell(departure, offer, session)
                told = {"room_id": offer.room_id, "status": offer.status}
                self._app.tracking.track("handover_answered", offer.customer_id, **told)

    async def choose_in_text(self, departure: Departure, offer: Offer, session: Session, *, accepted: bool) -> None:
        """A customer behind a bridge has answered the question."""
        if accepted:
            await self.take_over(departure, offer, session, self._changed(offer, status="accepted"))
        elif offer.status == "waiting":
            declined = await self._put(offer, status="declined", told=False, take_over_ts=None)
            await self.tell(departure, declined, session)

    # ------------------------------------------------------------ taking over, taking back

    async def take_over(self, departure: Departure, offer: Offer, session: Session, after: Offer) -> Offer:
        """Let the successor have the session, in its room; an invitation that was not answered is taken back."""
        now = self._app.clock.now_ms()
        status: Status = "accepted" if after.status == "accepted" else "taken_over"
        after = msgspec.structs.replace(
            after, status=status, told=True, answered_ts=now, take_over_ts=None, updated_ts=now
        )
        if after.successor_id is not None and not await self._sessions.is_reachable(after.successor_id):
            # They have left as well; who gets their customers is asked for those who were not handed over yet.
            after = msgspec.structs.replace(after, successor_id=None)
        for new in (await self._new_session(offer), await self._invitation(after, session)):
            if new is not None and (await self._sessions.get(new.room_id)).state == "offered":
                await self._sessions.offers.withdraw(new, "taken over", lambda _write, _session: None)
        if status == "taken_over" and (session.staff_id != departure.user_id or not session.is_under_way):
            return await self._put(offer, status="gone", take_over_ts=None)
        there = await self._where_they_are(after, session)
        if there is not None:
            await self._submit(offer, there)
            await self.tell(departure, there, session)
            return there
        notices = await self._telling.in_old_room(departure, after)

        def add(write: Write, _session: Session) -> None:
            store.update_offer(write, offer, after)

        if after.successor_id is None:
            await self._sessions.queue(
                msgspec.structs.replace(session, department_id=after.department_id), "handed over", add, notices
            )
            return after
        wanted = msgspec.structs.replace(
            session, staff_id=after.successor_id, department_id=after.department_id, state="open", closed_ts=None
        )
        await self._sessions.rooms.change(session, wanted, "handed over", add, notices)
        return after

    async def withdraw(self, departure: Departure, offer: Offer, session: Session) -> None:
        """Whoever had left is back: what was not accepted is as it was before."""
        # Who has not been told anything need not be told that it is over.
        is_quiet = offer.status in ("pending", "failed") and offer.told
        after = self._changed(offer, status="withdrawn", told=is_quiet, take_over_ts=None)
        await self._take_back(offer, after)
        await self.tell(departure, after, session)

    async def lose(self, offer: Offer) -> None:
        """A drill: the invitation is gone, and the offer counts as failed."""
        await self._take_back(offer, self._changed(offer, status="failed", told=True, take_over_ts=None))

    async def fail(self, offer: Offer, error: str) -> None:
        """Note that a customer could not be asked, and why."""
        await self._put(offer, status="failed", error=error[:500])

    # ------------------------------------------------------------ what is stored

    def _changed(self, offer: Offer, **values: object) -> Offer:
        return msgspec.structs.replace(offer, updated_ts=self._app.clock.now_ms(), error="", **values)

    async def _put(self, offer: Offer, **values: object) -> Offer:
        changed = msgspec.structs.replace(offer, updated_ts=self._app.clock.now_ms(), **values)
        return await self._submit(offer, changed)

    async def _submit(self, before: Offer, after: Offer) -> Offer:
        write = Write()
        store.update_offer(write, before, after)
        await self._app.committer.submit(write)
        return after
