"""What a departure would do, if it began now: in figures, and customer by customer. Nothing is changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from roomkeeper.capabilities.handover import rules
from roomkeeper.capabilities.handover.api import shapes
from roomkeeper.capabilities.handover.models import Choice, Departure
from roomkeeper.capabilities.handover.planning import Planner, Planning
from roomkeeper.core.organisation.sessions import Session
from roomkeeper.core.rooms import Rooms, history
from roomkeeper.platform.application import Application

PAGE = 500


class Previews:
    """Reads, and changes nothing."""

    def __init__(self, app: Application, rooms: Rooms, planner: Planner) -> None:
        self._app = app
        self._rooms = rooms
        self._planner = planner

    async def of(self, departure: Departure) -> shapes.Preview:
        """All customers, in figures."""
        planning = await self._planner.of(departure)
        shares: Counter[tuple[str | None, str | None]] = Counter()
        groups: Counter[int | str] = Counter()
        languages: dict[str, str] = {}
        customers = unanswered = nobody = other_language = 0
        async for session, choice in self._planned(planning):
            customers += 1
            unanswered += await self._is_unanswered(departure, session)
            if choice is None:
                nobody += 1
                continue
            shares[choice.staff_id, None if choice.staff_id is not None else choice.department_id] += 1
            groups[_by(choice)] += 1
            other_language += await self._is_of_other_language(choice, session, languages)
        rooms = await self._rooms.joined_rooms(departure.user_id) if departure.kind == "departure" else set()
        return shapes.Preview(
            customers=customers,
            unanswered=unanswered,
            nobody=nobody,
            other_language=other_language,
            group_rooms=max(0, len(rooms) - customers),
            shares=await self._shares(shares),
            groups=_groups(groups),
            rules=list(planning.rules),
        )

    async def customers(self, departure: Departure, query: shapes.PlannedQuery) -> shapes.PlannedCustomers:
        """A page of its customers, and who would take care of each."""
        planning = await self._planner.of(departure)
        languages: dict[str, str] = {}
        found: list[shapes.PlannedCustomer] = []
        async for session, choice in self._planned(planning):
            # Those before count, too: who gets whom depends on how many they have by then.
            if session.room_id <= query.from_:
                continue
            customer = await self._customer(departure, session, choice, languages)
            if _is_wanted(customer, query.only):
                found.append(customer)
            if len(found) == query.limit:
                return shapes.PlannedCustomers(found, session.room_id)
        return shapes.PlannedCustomers(found)

    async def _customer(
        self, departure: Departure, session: Session, choice: Choice | None, languages: dict[str, str]
    ) -> shapes.PlannedCustomer:
        given = choice or Choice()
        return shapes.PlannedCustomer(
            customer_id=session.customer_id,
            room_id=session.room_id,
            topic=session.topic,
            language=session.language,
            department_id=session.department_id,
            updated_ts=session.updated_ts,
            unanswered=await self._is_unanswered(departure, session),
            successor_id=given.staff_id,
            to_department_id=None if given.staff_id is not None else given.department_id,
            rule=given.rule,
            is_named=given.is_named,
            other_language=await self._is_of_other_language(given, session, languages),
        )

    async def _planned(self, planning: Planning) -> AsyncIterator[tuple[Session, Choice | None]]:
        leaver, after = planning.departure.user_id, ""
        while found := await self._planner.sessions.of_staff(leaver, ("open", "waiting"), after, PAGE):
            for session in found:
                yield session, await planning.choose(session)
            after = found[-1].room_id
            await asyncio.sleep(0)  # others have their turn between pages

    async def _is_unanswered(self, departure: Departure, session: Session) -> bool:
        people = (session.customer_id, departure.user_id)
        return await history.last_to_write(self._app.driver, session.room_id, people) == session.customer_id

    async def _is_of_other_language(self, choice: Choice, session: Session, known: dict[str, str]) -> bool:
        if choice.staff_id is None or not session.language:
            return False
        if choice.staff_id not in known:
            known[choice.staff_id] = (await self._planner.people.find(choice.staff_id)).language
        return not rules.speaks(known[choice.staff_id], session.language)

    async def _shares(self, counted: Counter[tuple[str | None, str | None]]) -> list[shapes.Share]:
        loads = await self._planner.sessions.loads([staff_id for staff_id, _ in counted if staff_id is not None])
        return [
            shapes.Share(
                user_id=staff_id, department_id=department_id, customers=number, sessions=loads.get(staff_id or "", 0)
            )
            for (staff_id, department_id), number in counted.most_common(PAGE)
        ]


def _by(choice: Choice) -> int | str:
    """What a choice is counted under: the number of its rule, or a word."""
    if choice.rule is not None:
        return choice.rule
    return "name" if choice.is_named else "queue"


def _groups(counted: Counter[int | str]) -> list[shapes.Group]:
    by_rule = [
        shapes.Group(by="rule", rule=number, customers=customers)
        for number, customers in counted.items()
        if isinstance(number, int)
    ]
    named = [shapes.Group(by="name", customers=counted["name"])] if counted["name"] else []
    queued = [shapes.Group(by="queue", customers=counted["queue"])] if counted["queue"] else []
    return named + sorted(by_rule, key=lambda group: group.rule or 0) + queued


def _is_wanted(customer: shapes.PlannedCustomer, only: shapes.Only | None) -> bool:
    if only == "nobody":
        return customer.successor_id is None and customer.to_department_id is None
    if only == "queue":
        return customer.to_department_id is not None
    if only == "named":
        return customer.is_named
    return {"unanswered": customer.unanswered, "other_language": customer.other_language}.get(only or "", True)
