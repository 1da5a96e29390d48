"""Who takes over whom: a plan, applied to those who are there now.

A successor who has left themselves is followed to theirs, until somebody is there; nobody is: the department's queue.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import msgspec

from roomkeeper.capabilities.handover import rules, store
from roomkeeper.capabilities.handover.models import Candidate, Choice, Departure, Rule
from roomkeeper.core.organisation import People, Permissions, Person
from roomkeeper.core.organisation.models import PeopleQuery
from roomkeeper.core.organisation.rules import Tree
from roomkeeper.core.organisation.sessions import Session, Sessions
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import NotFound

PAGE = 500


class Planner:
    """Makes plannings."""

    def __init__(self, app: Application, people: People, permissions: Permissions, sessions: Sessions) -> None:
        self.driver = app.driver
        self.people = people
        self.permissions = permissions
        self.sessions = sessions

    async def of(self, departure: Departure) -> Planning:
        """The plan of a departure, with those who are there now."""
        planning = Planning(self, departure, await self.permissions.tree())
        await planning.load()
        return planning


class Planning:
    """A departure's plan with its candidates. What it gives, it counts: it is of use for a little while only."""

    def __init__(self, planner: Planner, departure: Departure, tree: Tree) -> None:
        self._planner = planner
        self.departure = departure
        self._tree = tree
        self.rules: tuple[Rule, ...] = departure.plan.rules
        self._staff: dict[str, Candidate] = {}
        self._missing: set[str] = set()
        self._others: dict[str, Planning] = {}
        self._given: dict[str, int] = {}
        self._leaver: Person | None = None

    async def load(self) -> None:
        """Read who is there."""
        planner, departure = self._planner, self.departure
        self._leaver = await planner.people.find(departure.user_id)
        self._given = await store.given(planner.driver, departure.departure_id)
        if not self.rules:
            self.rules = rules.default_rules(self._leaver.departments)
        within: set[str] = set()
        for rule in self.rules:
            within |= self._under(rule)
        if within:
            async for page in self._people(within):
                await self._add(page)

    async def _people(self, within: Iterable[str]) -> AsyncIterator[list[Person]]:
        query, after = PeopleQuery(kind="staff", state="active", within=frozenset(within)), ""
        while page := await self._planner.people.page(query, after, PAGE):
            yield list(page)
            after = page[-1].user_id

    async def _add(self, people: list[Person]) -> None:
        loads = await self._planner.sessions.loads([person.user_id for person in people])
        for person in people:
            self._staff[person.user_id] = Candidate(
                user_id=person.user_id,
                language=person.language,
                skills=person.skills,
                departments=frozenset(person.departments),
                session_limit=person.session_limit,
                sessions=loads.get(person.user_id, 0),
                given=self._given.get(person.user_id, 0),
            )

    def _under(self, rule: Rule) -> frozenset[str]:
        if rule.department_id is None or rule.department_id not in self._tree.departments:
            return frozenset()
        return frozenset(self._tree.under(rule.department_id))

    async def choose(self, session: Session) -> Choice | None:
        """Who gets a session; `None`: nobody, for now."""
        return await self._choose(session, {self.departure.user_id}) or self._queue(session)

    async def _choose(self, session: Session, visited: set[str]) -> Choice | None:
        plan = self.departure.plan
        named = plan.customers.get(session.customer_id)
        if named is not None:
            choice = await self._follow(named, session, visited)
            if choice is not None:
                return msgspec.structs.replace(choice, rule=None, is_named=True)
        above = [] if session.department_id is None else self._above(session.department_id)
        for number, rule in enumerate(self.rules):
            if not rules.applies(rule, session, above):
                continue
            choice = await self._by(rule, session, visited)
            if choice is not None:
                return msgspec.structs.replace(choice, rule=number, is_named=False)
        return None

    async def _by(self, rule: Rule, session: Session, visited: set[str]) -> Choice | None:
        """Whom a rule that applies gives a session."""
        if rule.staff_id is not None:
            return await self._follow(rule.staff_id, session, visited)
        gone = visited | self._planner.people.departed
        free = (each for each in self._staff.values() if each.user_id not in gone)
        candidate = rules.choose(rule, session, free, self._under(rule), self.departure.plan.limit)
        return None if candidate is None else rules.give(candidate)

    def _above(self, department_id: str) -> list[str]:
        return self._tree.above(department_id) if department_id in self._tree.departments else [department_id]

    async def _follow(self, staff_id: str, session: Session, visited: set[str]) -> Choice | None:
        """Somebody who is named; where they have left, whoever takes over theirs."""
        if staff_id in visited or len(visited) > rules.MOST_CHAIN:
            return None
        if staff_id in self._planner.people.departed:
            other = await self._planning_of(staff_id)
            return None if other is None else await other._choose(session, visited | {staff_id})
        candidate = await self._candidate(staff_id)
        if candidate is None or not candidate.has_place(self.departure.plan.limit):
            return None
        return rules.give(candidate)

    async def _candidate(self, staff_id: str) -> Candidate | None:
        if staff_id not in self._staff and staff_id not in self._missing:
            try:
                person = await self._planner.people.find(staff_id)
            except NotFound:
                person = None
            if person is not None and person.kind == "staff" and person.state == "active":
                await self._add([person])
            else:
                self._missing.add(staff_id)
        return self._staff.get(staff_id)

    async def _planning_of(self, staff_id: str) -> Planning | None:
        if staff_id not in self._others:
            departure = await store.newest_of(self._planner.driver, staff_id)
            if departure is None:
                return None
            self._others[staff_id] = await self._planner.of(departure)
        return self._others[staff_id]

    def _queue(self, session: Session) -> Choice | None:
        """The queue that a customer is offered for whom nobody has a place."""
        if self.departure.plan.at_limit == "wait" or self._leaver is None:
            return None
        own = [session.department_id, *self._leaver.departments]
        found = next((each for each in own if each in self._tree.departments), None)
        return None if found is None else Choice(department_id=found)

    def stranger(self, customer: Person) -> Session:
        """A session that does not exist, of somebody who asks for whoever has left."""
        return msgspec.structs.replace(
            EMPTY, customer_id=customer.user_id, staff_id=self.departure.user_id, language=customer.language
        )


EMPTY = Session(room_id="", customer_id="", state="closed", created_ts=0, updated_ts=0)
