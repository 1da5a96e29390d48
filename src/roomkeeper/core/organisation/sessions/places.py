"""Who takes one more session: somebody of the staff who is there, and has fewer than they take."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from roomkeeper.core.account_data import Turns
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import rules, store
from roomkeeper.core.organisation.sessions.models import Candidate, Session
from roomkeeper.core.organisation.sessions.rooms import Add
from roomkeeper.platform.database import Driver, Write
from roomkeeper.platform.errors import NotFound


class Places:
    """Knows, and gives them one after the other. See `service` for the order of turns."""

    def __init__(
        self, driver: Driver, accounts: Accounts, people: People, permissions: Permissions, turns: Turns
    ) -> None:
        self._driver = driver
        self._accounts = accounts
        self._people = people
        self._permissions = permissions
        self._turns = turns

    async def is_reachable(self, staff_id: str) -> bool:
        """Whether somebody is of the staff and has not left."""
        try:
            person = await self._people.find(staff_id)
        except NotFound:
            return False
        return person.kind == "staff" and person.state != "departed" and await self.has_account(staff_id)

    async def has_place(self, staff_id: str) -> bool:
        """Whether somebody takes one more session; ask in their turn."""
        person = await self._people.find(staff_id)
        if person.kind != "staff" or person.state != "active" or not await self.has_account(staff_id):
            return False
        limit = person.session_limit
        return limit is None or await store.open_sessions(self._driver, staff_id) < limit

    async def has_account(self, user_id: str) -> bool:
        """Whether somebody's account is not closed."""
        return (await self._accounts.user(user_id)).state != "deactivated"

    @asynccontextmanager
    async def chosen(self, department_id: str, customer_id: str, language: str) -> AsyncIterator[Candidate | None]:
        """Who of a department gets a session, while what is inside gives it to them; `None` where nobody takes it."""
        async with self._turns("queue", department_id):
            queue = await store.queue(self._driver, department_id)
            candidates = await self.candidates(department_id, customer_id)
            while (chosen := rules.choose(queue, candidates, language)) is not None:
                async with self._turns("staff", chosen.user_id):
                    if await self.has_place(chosen.user_id):
                        yield chosen
                        return
                candidates = [each for each in candidates if each.user_id != chosen.user_id]
            yield None

    async def candidates(self, department_id: str, customer_id: str) -> list[Candidate]:
        """The staff of a department and those under it, who are there."""
        tree = await self._permissions.tree()
        if department_id not in tree.departments:
            return []
        return await store.candidates(self._driver, tree.under(department_id), customer_id)

    async def noting(self, department_id: str, add: Add | None = None) -> Add:
        """Notes who of a department got a session."""
        queue = await store.queue(self._driver, department_id)

        def note(write: Write, session: Session) -> None:
            if session.staff_id is not None:
                store.put_last(write, department_id, queue.strategy, session.staff_id)
            if add is not None:
                add(write, session)

        return note
