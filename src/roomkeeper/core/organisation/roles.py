"""Roles: giving and taking them."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.account_data import Turns
from roomkeeper.core.organisation.models import EVERYWHERE, GRANTED, Grant, GrantsQuery, Role
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.store import roles as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound


class Roles:
    """Who was given which role."""

    def __init__(self, app: Application, permissions: Permissions, people: People, turns: Turns) -> None:
        self._app = app
        self._permissions = permissions
        self._people = people
        self._turn = turns("roles")

    async def of(self, user_id: str) -> Sequence[Grant]:
        """The roles that somebody was given."""
        return await store.of_user(self._app.driver, user_id)

    async def page(self, query: GrantsQuery, after: tuple[str, str, str], limit: int) -> Sequence[Grant]:
        """Those that were given, after a user id, role and department."""
        return await store.page(self._app.driver, query, after, limit)

    async def give(self, actor: str, user_id: str, role: Role, department_id: str = EVERYWHERE) -> Grant:
        """Give a role. Raises `NotFound`, `InvalidParameter`."""
        async with self._turn:
            person = await self._people.find(user_id)
            if not person.is_present:
                raise InvalidParameter(f"{user_id} does not belong to the organisation: roles are for those who do.")
            if role not in GRANTED:
                raise InvalidParameter(f"The role {role} cannot be given: it comes with what somebody is.")
            if department_id != EVERYWHERE:
                (await self._permissions.tree()).get(department_id)
                if role == "owner":
                    raise InvalidParameter("An owner is one of the whole organisation, not of a department.")
            grant = Grant(
                user_id=user_id,
                role=role,
                department_id=department_id,
                granted_by=actor,
                granted_ts=self._app.clock.now_ms(),
            )
            write = Write()
            store.insert(write, grant)
            self._app.audit.record(write, permission="roles.give", target=user_id, reason=_named(role, department_id))
            await self._app.committer.submit(write)
            self._permissions.forget(user_id)
            return grant

    async def take(self, user_id: str, role: str, department_id: str = EVERYWHERE) -> None:
        """Take a role. Raises `NotFound`; `InvalidParameter` where nobody could give roles any more."""
        async with self._turn:
            grants = await self.of(user_id)
            if (role, department_id) not in {(grant.role, grant.department_id) for grant in grants}:
                raise NotFound(f"{user_id} was not given this role.")
            if role == "owner" and await store.count_owners(self._app.driver) <= 1:
                raise InvalidParameter("This is the last owner: make somebody else owner first.")
            write = Write()
            store.delete(write, user_id, role, department_id)
            self._app.audit.record(write, permission="roles.take", target=user_id, reason=_named(role, department_id))
            await self._app.committer.submit(write)
            self._permissions.forget(user_id)


def _named(role: str, department_id: str) -> str:
    return f"{role} in {department_id}" if department_id else role
