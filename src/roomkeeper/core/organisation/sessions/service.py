"""Sessions: opening them, giving them to somebody, closing and reopening them.

Turns are taken in this order: the customer's, a department's queue, somebody's of the staff. Who has a place is looked
up in the turn of the staff in which it is taken, so that nobody gets more sessions than they take.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager

import msgspec

from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation.models import Person
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import rules, store
from roomkeeper.core.organisation.sessions.errors import AnotherSession, AtLimit, HasLeft
from roomkeeper.core.organisation.sessions.models import (
    Session,
    SessionCount,
    SessionsQuery,
    State,
    Target,
    Wish,
)
from roomkeeper.core.organisation.sessions.offers import Offers
from roomkeeper.core.organisation.sessions.places import Places
from roomkeeper.core.organisation.sessions.rooms import Add, Notices, SessionRooms
from roomkeeper.core.rooms import RoomRequest
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, MatrixError, NotFound

SERVER = "server"
"""Who acts where a customer does something in their room."""


class Sessions:
    """The sessions of this organisation."""

    def __init__(
        self,
        app: Application,
        people: People,
        permissions: Permissions,
        places: Places,
        rooms: SessionRooms,
        turns: Turns,
        *,
        default_department: str,
    ) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions
        self._places = places
        self.rooms = rooms
        self._turns = turns
        self.is_reachable = places.is_reachable
        self._default_department = default_department
        self.offers = Offers(app, self, rooms)
        self.service_accounts: AbstractSet[str] = frozenset()
        """The accounts that make, or have made, the rooms."""
        self.left: Callable[[str, str], Awaitable[MatrixError]] = _has_left
        """What a customer is told who asks for somebody of the staff who has left."""
        self.cared_for: Callable[[str], bool] = lambda _staff_id: False
        """Whether somebody else takes care of the sessions of one who has left: then they stay as they are here."""
        self.is_bridged: Callable[[str], bool] = lambda _user_id: False
        """Whether a user is somebody on another network, behind a bridge."""

    # ------------------------------------------------------------ looking

    async def get(self, room_id: str) -> Session:
        """The session of a room. Raises `NotFound`."""
        found = await store.find(self._app.driver, room_id)
        if found is None:
            raise NotFound("There is no such session.")
        return found

    async def of_staff(self, staff_id: str, states: Sequence[State], after: str, limit: int) -> Sequence[Session]:
        """The sessions of somebody of the staff in these states, by room id, after one."""
        return await store.of_staff(self._app.driver, staff_id, states, after, limit)

    async def among(self, room_ids: Sequence[str]) -> set[str]:
        """Those of some rooms that are sessions."""
        return await store.among(self._app.driver, room_ids)

    async def of_pair(self, customer_id: str, staff_id: str) -> Session | None:
        """The session of two people: the one that is not closed, or else the newest that is."""
        return await store.of_pair(self._app.driver, customer_id, staff_id)

    async def loads(self, staff_ids: Sequence[str]) -> dict[str, int]:
        """How many sessions some of the staff have, or are offered for."""
        return await store.loads(self._app.driver, staff_ids)

    async def page(self, query: SessionsQuery, after: tuple[int, str] | None, limit: int) -> Sequence[Session]:
        """Sessions in their order; after a time and room id."""
        return await store.page(self._app.driver, query, after, limit)

    async def count(self, within: Iterable[str] | None, late_before: int) -> SessionCount:
        """How many go on and wait, of all or of some departments; late are those that wait since before then."""
        return await store.count(self._app.driver, within, late_before)

    async def under_way(self, customer_id: str, target: Target) -> Session | None:
        """The session of a customer with somebody or a department that is not closed."""
        if target.staff_id is None:
            return await store.of_department(self._app.driver, customer_id, target.department_id or "")
        found = await store.of_pair(self._app.driver, customer_id, target.staff_id)
        return found if found is not None and found.is_under_way else None

    async def voice_of(self, room_id: str) -> str | None:
        """In whose name a bridge is told what is said in a room; `None`: in that of who says it."""
        return await self.rooms.voice_of(room_id)

    # ------------------------------------------------------------ opening

    async def ask(self, customer_id: str, target: Target, wish: Wish, add: Add | None = None) -> Session:
        """What a customer gets who asks for somebody, for a department, or for neither: then the rules decide.

        Where there is such a session, it is that one; `add` is for a new one. Raises `NotFound`, `Forbidden`,
        `InvalidParameter`.
        """
        customer = await self._people.find(customer_id)
        if customer.kind != "customer":
            raise Forbidden("Sessions are what customers ask for: talk with your colleagues in a room of your own.")
        if not wish.language:
            wish = msgspec.structs.replace(wish, language=customer.language)
        if target.staff_id is None and target.department_id is None:
            target = await self._route(customer_id, wish)
        if target.staff_id is not None:
            return await self.with_staff(customer_id, target.staff_id, wish, add=add)
        assert target.department_id is not None
        return await self.with_department(customer_id, target.department_id, wish, add=add)

    async def _route(self, customer_id: str, wish: Wish) -> Target:
        """Where the rules send a customer, or else to the default department. Raises `InvalidParameter`."""
        departments = (await self._permissions.tree()).departments
        for target in rules.targets(await store.rules(self._app.driver), customer_id, wish):
            if target.department_id in departments:
                return target
            if target.staff_id is not None and await self._places.is_reachable(target.staff_id):
                return target
        for department in departments.values():
            if self._default_department in (department.department_id, department.external_id):
                return Target(department_id=department.department_id)
        raise InvalidParameter(
            "Name `staff_id` or `department_id`: no rule says whom to give this to, and there is no default department."
        )

    async def with_staff(
        self, customer_id: str, staff_id: str, wish: Wish, *, by_staff: bool = False, add: Add | None = None
    ) -> Session:
        """The session of a customer with somebody of the staff: the one that there is, or a new one.

        It waits where they take no more, unless it is they who want it. Raises `NotFound`, `Forbidden`.
        """
        staff = await self._people.find(staff_id)
        if staff.kind != "staff":
            raise Forbidden(f"{staff_id} does not belong to the staff.")
        if staff.state == "departed" or not await self._places.has_account(staff_id):
            raise await self.left(customer_id, staff_id)
        if not await self._places.has_account(customer_id):
            raise Forbidden(f"The account {customer_id} is closed.")
        async with self._turns("customer", customer_id):
            found = await store.of_pair(self._app.driver, customer_id, staff_id)
            if found is not None and (found.state == "open" or (found.state == "waiting" and not by_staff)):
                return await self._whole(found)
            if found is None or not await self._is_offer(found):
                return await self._begin(customer_id, staff_id, wish, found, by_staff=by_staff, add=add)
        if by_staff:
            raise Forbidden("This customer was asked whether they want to go on with you: wait for their answer.")
        return await self.offers.accept(found.room_id)

    async def _is_offer(self, session: Session) -> bool:
        """Whether it is for the customer to say whether a session begins: it was offered, or they have declined it."""
        if session.state == "closed" and session.predecessor is not None:
            return not await self.rooms.is_in(session, session.customer_id)
        return session.state == "offered"

    async def _begin(
        self, customer_id: str, staff_id: str, wish: Wish, found: Session | None, *, by_staff: bool, add: Add | None
    ) -> Session:
        """A session of these two, new or the one that is closed."""
        async with self._turns("staff", staff_id):
            takes = by_staff or await self._places.has_place(staff_id)
            if found is not None:
                return await self.rooms.change(found, self.resumed(found, takes=takes), "a direct chat")
            return await self.rooms.create(
                self._new(customer_id, wish, staff_id=staff_id, takes=takes), "a direct chat", add
            )

    async def of_bridge(self, creator: str, customer_id: str, staff_id: str, request: RoomRequest) -> Session | None:
        """The session in the room that a bridge wants for a conversation of these two.

        `None`: they have one elsewhere, and this is another room. Raises `HasLeft`.
        """
        if not await self._places.is_reachable(staff_id):
            raise await self.left(customer_id, staff_id)
        async with self._turns("customer", customer_id):
            found = await store.of_pair(self._app.driver, customer_id, staff_id)
            if found is not None and found.state != "closed":
                is_there = found.voice is not None and await self.rooms.is_in(found, creator)
                return found if is_there else None
            async with self._turns("staff", staff_id):
                wanted = self._new(customer_id, Wish(), staff_id=staff_id, takes=True)
                wanted = msgspec.structs.replace(wanted, voice=staff_id)
                return await self.rooms.take_in(creator, request, wanted, "a bridged conversation")

    async def with_department(
        self, customer_id: str, department_id: str, wish: Wish, add: Add | None = None
    ) -> Session:
        """The session of a customer with a department: the one under way, or a new one for whoever has a place.

        It waits where nobody has. Raises `NotFound`.
        """
        (await self._permissions.tree()).get(department_id)
        async with self._turns("customer", customer_id):
            found = await store.of_department(self._app.driver, customer_id, department_id)
            if found is not None:
                return await self._whole(found)
            async with self._places.chosen(department_id, customer_id, wish.language) as chosen:
                wanted = self._new(
                    customer_id,
                    wish,
                    staff_id=None if chosen is None else chosen.user_id,
                    department_id=department_id,
                    takes=chosen is not None,
                )
                note = await self._places.noting(department_id, add)
                return await self.rooms.create(wanted, "the queue of a department", note)

    async def _whole(self, session: Session) -> Session:
        """A session that is under way, with whoever has left its room in it again."""
        if await self.rooms.is_whole(session):
            return session
        return await self.rooms.change(session, session, "came back")

    def _new(
        self, customer_id: str, wish: Wish, *, staff_id: str | None, department_id: str | None = None, takes: bool
    ) -> Session:
        now = self._app.clock.now_ms()
        return Session(
            room_id="",
            customer_id=customer_id,
            staff_id=staff_id,
            department_id=department_id,
            state="open" if takes else "waiting",
            language=wish.language,
            topic=wish.topic,
            created_ts=now,
            updated_ts=now,
            waiting_ts=now,
        )

    def resumed(self, session: Session, *, takes: bool) -> Session:
        """A session that goes on: at once, or when whoever has it takes one more."""
        state = "open" if takes else "waiting"
        waiting_ts = session.waiting_ts if session.state == "waiting" else self._app.clock.now_ms()
        return msgspec.structs.replace(session, state=state, waiting_ts=waiting_ts, closed_ts=None)

    # ------------------------------------------------------------ changing

    async def assign(self, room_id: str, staff_id: str, actor: str, reason: str) -> Session:
        """Give a session that is under way to somebody. Raises `NotFound`, `InvalidParameter`."""
        async with self.held(room_id) as session:
            if session.state == "closed":
                raise InvalidParameter("This session is closed: reopen it first.")
            _check_answered(session)
            if session.state == "open" and session.staff_id == staff_id:
                return session
            person = await self._people.find(staff_id)
            if person.kind != "staff" or person.state != "active":
                raise InvalidParameter(f"{staff_id} is not of the staff, or not there now.")
            await self._check_only(session, staff_id)
            async with self._turns("staff", staff_id):
                if not await self._places.has_place(staff_id):
                    raise AtLimit
                after = msgspec.structs.replace(
                    session, staff_id=staff_id, state="open", department_id=await self._department_of(session, person)
                )
                audited = self._audited("sessions.assign", session, after, actor, reason)
                return await self.rooms.change(session, after, reason or "handed on", audited)

    async def close(self, room_id: str, actor: str, reason: str) -> Session:
        """End a session; nothing happens where it is closed. Raises `NotFound`."""
        async with self.held(room_id) as session:
            if session.state == "closed":
                return session
            _check_answered(session)
            after = msgspec.structs.replace(session, state="closed", closed_ts=self._app.clock.now_ms())
            audited = self._audited("sessions.close", session, after, actor, reason)
            return await self.rooms.change(session, after, reason, audited)

    async def reopen(self, room_id: str, actor: str, reason: str, *, closed_by: str | None = None) -> Session:
        """Let a closed session go on: with who had it, or where they have left, with whoever has a place.

        `closed_by`: nothing happens where another event than that one says what the room is. Raises `NotFound`,
        `InvalidParameter`.
        """
        async with self.held(room_id) as session:
            if session.state != "closed" or not await self.rooms.is_told_by(session, closed_by):
                return session
            audited = self._audited("sessions.reopen", session, session, actor, reason)
            is_theirs = actor in (session.customer_id, SERVER)
            if is_theirs and session.staff_id is not None and self.cared_for(session.staff_id):
                raise await self.left(actor, session.staff_id)
            if session.predecessor is not None and not await self.rooms.is_in(session, session.customer_id):
                raise InvalidParameter("The customer has declined this session, or has left it: they can join it yet.")
            if session.staff_id is None or not await self._places.is_reachable(session.staff_id):
                return await self.queue(session, reason, audited)
            await self._check_only(session, session.staff_id)
            async with self._turns("staff", session.staff_id):
                takes = await self._places.has_place(session.staff_id)
                return await self.rooms.change(session, self.resumed(session, takes=takes), reason, audited)

    async def leave(self, room_id: str, user_id: str) -> None:
        """Somebody left the room of a session: without its customer it ends, without its staff it is somebody else's.

        Doing so twice changes nothing.
        """
        async with self.held(room_id) as session:
            if not session.is_under_way or await self.rooms.is_whole(session):
                return
            if user_id == session.customer_id:
                after = msgspec.structs.replace(session, state="closed", closed_ts=self._app.clock.now_ms())
                await self.rooms.change(session, after, "the customer left")
            elif user_id == session.staff_id and not self.cared_for(user_id):
                await self.queue(session, "the staff left")

    @asynccontextmanager
    async def held(self, room_id: str) -> AsyncIterator[Session]:
        """A session, in the turn of its customer: nobody else changes it meanwhile. Raises `NotFound`."""
        session = await self.get(room_id)
        async with self._turns("customer", session.customer_id):
            yield await self.get(room_id)

    async def other_of_pair(self, session: Session) -> Session | None:
        """Another session of the same two that is not closed."""
        if session.staff_id is None:
            return None
        found = await store.of_pair(self._app.driver, session.customer_id, session.staff_id)
        is_other = found is not None and found.state != "closed" and found.room_id != session.room_id
        return found if is_other else None

    async def _check_only(self, session: Session, staff_id: str) -> None:
        """Two people have one session at a time. Raises `AnotherSession`."""
        other = await store.of_pair(self._app.driver, session.customer_id, staff_id)
        if other is not None and other.state != "closed" and other.room_id != session.room_id:
            raise AnotherSession(f"{staff_id} and {session.customer_id} have another session: {other.room_id}.")

    async def _department_of(self, session: Session, person: Person) -> str | None:
        """The department that a session is of when somebody has it."""
        tree = await self._permissions.tree()
        if session.department_id in tree.departments and tree.under(session.department_id) & set(person.departments):
            return session.department_id
        return person.departments[0] if person.departments else session.department_id

    async def queue(self, session: Session, reason: str, add: Add | None = None, notices: Notices = ()) -> Session:
        """Give a session to whoever of its department has a place, or let it wait there. Who calls it holds it.

        Where there is no department for it, it waits until somebody assigns it.
        """
        department_id = await self._department_for(session)
        if department_id is None:
            if session.state == "waiting" and session.staff_id is None:
                return session
            after = msgspec.structs.replace(self.resumed(session, takes=False), staff_id=None, department_id=None)
            return await self.rooms.change(session, after, reason, add, notices)
        async with self._places.chosen(department_id, session.customer_id, session.language) as chosen:
            resumed = self.resumed(session, takes=chosen is not None)
            staff_id = None if chosen is None else chosen.user_id
            after = msgspec.structs.replace(resumed, staff_id=staff_id, department_id=department_id)
            return await self.rooms.change(
                session, after, reason, await self._places.noting(department_id, add), notices
            )

    async def _department_for(self, session: Session) -> str | None:
        """In whose queue a session waits: its own department's, that of who had it, or where the rules send it."""
        departments = (await self._permissions.tree()).departments
        own = [session.department_id]
        if session.staff_id is not None:
            own += (await self._people.find(session.staff_id)).departments
        found = next((each for each in own if each in departments), None)
        if found is None:
            with contextlib.suppress(InvalidParameter):
                wish = Wish(language=session.language, topic=session.topic)
                found = (await self._route(session.customer_id, wish)).department_id
        return found

    def _audited(self, permission: str, before: Session, after: Session, actor: str, reason: str) -> Add:
        """Notes in the audit log what is done to a session, for each of those whom it concerns."""
        moved = f"{before.staff_id or 'nobody'} to {after.staff_id}" if before.staff_id != after.staff_id else ""
        told = ", ".join(part for part in (after.room_id, moved, reason) if part)

        def note(write: Write, _session: Session) -> None:
            for user_id in dict.fromkeys((before.customer_id, before.staff_id, after.staff_id)):
                if user_id is not None:
                    self._app.audit.record(write, permission=permission, target=user_id, reason=told, actor=actor)

        return note


def _check_answered(session: Session) -> None:
    if session.state == "offered":
        raise InvalidParameter("The customer has been asked whether they want this session: wait for their answer.")


async def _has_left(_customer_id: str, _staff_id: str) -> MatrixError:
    return HasLeft()
