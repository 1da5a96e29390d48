"""The work on a departure, as durable jobs: handing over, and taking that back.

Handing over: the profile; the customers' list; each customer; offers of others whose successor has left now; rooms that
are no sessions. What is done to a customer or room is one write with what became of them, so that a chunk that is done
again after a crash finds what was done and goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.groups import Groups
from roomkeeper.capabilities.handover.models import PROFILE_FIELD, Departure, Offer, Status
from roomkeeper.capabilities.handover.offering import Offering
from roomkeeper.capabilities.handover.planning import Planner, Planning
from roomkeeper.capabilities.handover.settings import HandoverSettings
from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation.sessions import Session, Sessions
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Rooms, history
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write, patience
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.jobs import Chunk
from roomkeeper.wire.errors import ProtocolViolation

HANDOVER, UNDO = "handover", "handover_undo"
LISTED = 100
"""Sessions that are listed in one chunk."""
LOOKED_AT = 20
"""Sessions that are looked at in one turn: a millisecond of work."""
AT_ONCE = 100
"""Customers in one chunk: about half a second of work."""
TOGETHER = 12
"""Customers who are asked at the same time. Each waits for two commits, which are patient: of so many, some have always
something to do while the others wait."""

UNSETTLED: tuple[Status, ...] = ("pending", "waiting", "declined", "at_limit", "failed")
"""What is taken back when whoever left is back."""

Phase = Literal["list", "customers", "others", "groups", "end"]


class Work(msgspec.Struct, frozen=True):
    """Which departure."""

    departure_id: str


class Cursor(msgspec.Struct, kw_only=True):
    """How far the work is."""

    phase: Phase = "list"
    after: str = ""
    done: int = 0
    total: int = 0


class HandoverJobs:
    """The two kinds of jobs."""

    def __init__(
        self,
        app: Application,
        rooms: Rooms,
        sessions: Sessions,
        planner: Planner,
        offering: Offering,
        groups: Groups,
        profiles: Profiles,
        settings: HandoverSettings,
        finished: Callable[[], None],
        tell: Callable[[], None],
    ) -> None:
        """`finished` is called when all customers of a departure have been asked, `tell` as it goes on."""
        self._finished = finished
        self._tell = tell
        self._app = app
        self._rooms = rooms
        self._sessions = sessions
        self._planner = planner
        self._offering = offering
        self._groups = groups
        self._profiles = profiles
        self._settings = settings
        self._turns = Turns()

    async def hand_over(self, work: Work, cursor: Any) -> Chunk:
        """See `Job.step`. What it writes comes to nothing where the departure is being taken back by then."""
        self._tell()
        async with self._turns("work", work.departure_id):
            chunk = await self._hand_over(work, cursor)
        if chunk.write is not None:
            store.check_state(chunk.write, work.departure_id, "finished" if chunk.cursor is None else "running")
        return chunk

    async def _hand_over(self, work: Work, cursor: Any) -> Chunk:
        at = Cursor() if cursor is None else msgspec.convert(cursor, Cursor)
        departure = await self._departure(work)
        if departure.state != "running":
            return Chunk(cursor=None, done=at.done, total=at.total, message=f"The departure is {departure.state}.")
        steps: dict[Phase, Callable[[Departure, Cursor], Awaitable[Write]]] = {
            "list": self._list,
            "customers": self._ask_customers,
            "others": self._ask_others,
            "groups": self._hand_over_groups,
        }
        write = await steps[at.phase](departure, at)
        if at.phase != "end":
            return Chunk(cursor=msgspec.to_builtins(at), done=at.done, total=at.total or None, write=write)
        now = self._app.clock.now_ms()
        finished = msgspec.structs.replace(departure, state="finished", finished_ts=now, updated_ts=now)
        store.update_departure(write, "running", finished)
        return Chunk(cursor=None, done=at.done, total=at.total, write=write, after=self._finished)

    async def _departure(self, work: Work) -> Departure:
        departure = await store.find_departure(self._app.driver, work.departure_id)
        if departure is None:
            raise NotFound("There is no such departure.")
        return departure

    # ------------------------------------------------------------ handing over

    async def _list(self, departure: Departure, at: Cursor) -> Write:
        """Note whose customers they are, a page at a time."""
        if not at.after and departure.kind == "departure":
            await self._show_in_profile(departure)
        write, leaver = Write(), departure.user_id
        found = await self._sessions.of_staff(leaver, ("open", "waiting"), at.after, LISTED)
        customers = await self._planner.people.find_several([session.customer_id for session in found])
        for number, session in enumerate(found):
            if number % LOOKED_AT == 0:
                await self._app.giving_way.turn()
            customer = customers.get(session.customer_id)
            language = session.language or ("" if customer is None else customer.language)
            store.insert_offer(write, await self._offer(departure, session, language))
            self._app.tracking.track("handover_due", session.customer_id, room_id=session.room_id, departed=leaver)
        at.total += len(found)
        at.after = found[-1].room_id if len(found) == LISTED else ""
        if not at.after:
            at.phase = "customers"
        return write

    async def _offer(self, departure: Departure, session: Session, language: str) -> Offer:
        people = (session.customer_id, departure.user_id)
        last = await history.last_to_write(self._app.driver, session.room_id, people)
        return Offer(
            departure_id=departure.departure_id,
            room_id=session.room_id,
            customer_id=session.customer_id,
            status="pending",
            language=language,
            unanswered=last == session.customer_id,
            updated_ts=self._app.clock.now_ms(),
        )

    async def _show_in_profile(self, departure: Departure) -> None:
        if self._settings.profile == "off":
            return
        said = {"state": "departed"}
        rules = departure.plan.rules
        if self._settings.profile == "successor" and len(rules) == 1 and rules[0].staff_id is not None:
            said["successor"] = rules[0].staff_id
        await self._profiles.set_field(departure.user_id, PROFILE_FIELD, said)

    async def _ask_customers(self, departure: Departure, at: Cursor) -> Write:
        found = await store.to_do(self._app.driver, departure.departure_id, ("pending",), at.after, AT_ONCE)
        planning = await self._planner.of(departure)
        await self._each(found, lambda offer: self._ask(planning, offer))
        write = self._next(at, found, "others")
        # Those who were asked by a chunk that was stopped, or ended with the server, are not found again.
        at.done = at.total - await store.count_pending(self._app.driver, departure.departure_id)
        return write

    async def _ask(self, planning: Planning, offer: Offer) -> None:
        async with self._sessions.held(offer.room_id) as session:
            current = await store.find_offer(self._app.driver, offer.departure_id, offer.room_id)
            if current is None:
                return
            if current.status == "pending":
                current = await self._offering.ask(planning, current, session)
                if current.status == "waiting" and current.successor_id in self._planner.people.departed:
                    # They left meanwhile, and the work on that may have looked for their offers already.
                    current = await self._offering.ask_again(planning, current, session)
                await self._app.giving_way.turn()
            await self._offering.tell(planning.departure, current, session)
            if current.status in ("waiting", "accepted", "taken_over"):
                told = {"room_id": current.room_id, "way": current.way, "status": current.status}
                self._app.tracking.track("handover_offered", current.customer_id, **told)
        # Thousands of rooms are gone through in which nobody is active: they would push those out that somebody needs.
        for room_id in (current.room_id, current.new_room_id):
            if room_id is not None:
                self._rooms.cache.release(room_id)

    async def _ask_others(self, departure: Departure, at: Cursor) -> Write:
        """Customers of others, who were offered whoever leaves now."""
        if departure.kind == "transfer":
            at.phase = "groups"
            return Write()
        found = await store.waiting_for(self._app.driver, departure.user_id, at.after, AT_ONCE)
        planning = await self._planner.of(departure)
        await self._each(found, lambda offer: self._ask_again(planning, offer))
        return self._next(at, found, "groups")

    async def _ask_again(self, planning: Planning, offer: Offer) -> None:
        first = await store.find_departure(self._app.driver, offer.departure_id)
        async with self._sessions.held(offer.room_id) as session:
            current = await store.find_offer(self._app.driver, offer.departure_id, offer.room_id)
            if first is None or current is None or current.status not in ("waiting", "declined"):
                return
            if current.successor_id == planning.departure.user_id:
                current = await self._offering.ask_again(planning, current, session)
                await self._app.giving_way.turn()
            await self._offering.tell(first, current, session)

    async def _hand_over_groups(self, departure: Departure, at: Cursor) -> Write:
        if departure.kind == "departure":
            at.after = await self._groups.hand_over_some(await self._planner.of(departure), at.after)
        if departure.kind == "transfer" or not at.after:
            at.phase = "end"
        return Write()

    # ------------------------------------------------------------ taking back

    async def undo(self, work: Work, cursor: Any) -> Chunk:
        """See `Job.step`. It waits for what is under way of handing over."""
        self._tell()
        async with self._turns("work", work.departure_id):
            return await self._undo(work, cursor)

    async def _undo(self, work: Work, cursor: Any) -> Chunk:
        at = Cursor(phase="customers") if cursor is None else msgspec.convert(cursor, Cursor)
        departure = await self._departure(work)
        if departure.state != "undoing":
            return Chunk(cursor=None, done=at.done, message=f"The departure is {departure.state}.")
        if at.phase == "customers":
            found = await store.to_do(self._app.driver, departure.departure_id, UNSETTLED, at.after, AT_ONCE)
            await self._each(found, lambda offer: self._withdraw(departure, offer))
            write = self._next(at, found, "groups")
            return Chunk(cursor=msgspec.to_builtins(at), done=at.done, write=write)
        at.after = await self._groups.restore_some(departure, at.after)
        if at.after:
            return Chunk(cursor=msgspec.to_builtins(at), done=at.done)
        if self._settings.profile != "off":
            await self._profiles.delete_field(departure.user_id, PROFILE_FIELD)
        now, write = self._app.clock.now_ms(), Write()
        undone = msgspec.structs.replace(departure, state="undone", finished_ts=now, updated_ts=now)
        store.update_departure(write, "undoing", undone)
        return Chunk(cursor=None, done=at.done, write=write)

    async def _withdraw(self, departure: Departure, offer: Offer) -> None:
        async with self._sessions.held(offer.room_id) as session:
            current = await store.find_offer(self._app.driver, offer.departure_id, offer.room_id)
            if current is None:
                return
            if current.status in ("accepted", "taken_over", "gone", "withdrawn"):
                await self._offering.tell(departure, current, session)
            else:
                await self._offering.withdraw(departure, current, session)

    # ------------------------------------------------------------ chunks

    async def _each(self, found: Sequence[Offer], act: Callable[[Offer], Awaitable[None]]) -> None:
        """Do it for all, some at the same time; with whom it cannot be done, that is noted."""
        places = asyncio.Semaphore(TOGETHER)

        async def one(offer: Offer) -> None:
            try:
                async with places:
                    await self._app.giving_way.turn()
                    with patience():
                        await act(offer)
            except (MatrixError, ProtocolViolation, DatabaseError) as error:
                # Where it is the database that cannot, this cannot be noted either, and all is done again.
                current = await store.find_offer(self._app.driver, offer.departure_id, offer.room_id)
                if current is not None:
                    await self._offering.fail(current, str(error))

        await asyncio.gather(*(one(offer) for offer in found))

    def _next(self, at: Cursor, found: Sequence[Offer], phase: Phase) -> Write:
        at.done += len(found)
        at.total = max(at.total, at.done)
        at.after = found[-1].room_id if len(found) == AT_ONCE else ""
        if not at.after:
            at.phase = phase
        return Write()
