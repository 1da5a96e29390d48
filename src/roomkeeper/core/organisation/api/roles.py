"""The endpoints of roles and permissions."""

from __future__ import annotations

import json

import msgspec

from roomkeeper.core.organisation.api import shapes
from roomkeeper.core.organisation.models import GRANTED, Grant, GrantsQuery, Role
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.roles import Roles
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.http import EMPTY, Request, Response, Routes


class RolesApi:
    """``/_roomkeeper/v1/roles``, ``…/people/{userId}/roles``, ``…/permissions``, ``…/me``."""

    def __init__(self, roles: Roles, people: People, permissions: Permissions) -> None:
        self._roles = roles
        self._people = people
        self._permissions = permissions

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = "/_roomkeeper/v1"
        routes.add("GET", f"{root}/me", self.own)
        routes.add("GET", f"{root}/permissions", self.declared)
        routes.privileged("GET", f"{root}/roles", self.page, "roles.read", audited=True)
        routes.privileged("GET", f"{root}/people/{{userId}}/roles", self.of, "roles.read", audited=True)
        routes.privileged("PUT", f"{root}/people/{{userId}}/roles/{{role}}", self.give, "roles.write")
        routes.privileged("DELETE", f"{root}/people/{{userId}}/roles/{{role}}", self.take, "roles.write")

    async def own(self, request: Request) -> shapes.Own:
        """Who one is to the organisation, and what one may do."""
        user_id = request.user.user_id
        held = await self._permissions.of(user_id)
        roles = await self._permissions.roles(user_id)
        return shapes.Own(
            person=await self._people.find(user_id),
            roles=[{"role": role, "department_id": department_id} for role, department_id in roles],
            permissions=shapes.held(held),
        )

    async def declared(self, _request: Request) -> dict[str, shapes.Declared]:
        """Every permission, and the roles that permit it."""
        return {
            name: shapes.Declared(each.description, sorted(each.roles))
            for name, each in sorted(self._permissions.all().items())
        }

    async def page(self, _request: Request, query: shapes.GrantsQuery) -> shapes.Grants:
        """Roles that were given: all, or those of a kind or for a department."""
        wanted = GrantsQuery(role=query.role, department_id=query.department)
        found = list(await self._roles.page(wanted, _decoded(query.from_), query.limit))
        return shapes.Grants(found, _encoded(found[-1]) if len(found) == query.limit else None)

    async def of(self, request: Request) -> shapes.Grants:
        """The roles that somebody was given."""
        person = await self._people.find(request.parameters["userId"])
        return shapes.Grants(list(await self._roles.of(person.user_id)))

    async def give(self, request: Request, query: shapes.RoleQuery) -> Grant:
        """Give somebody a role, in a department or the whole organisation."""
        return await self._roles.give(
            request.actor, request.parameters["userId"], _role(request.parameters["role"]), query.department
        )

    async def take(self, request: Request, query: shapes.RoleQuery) -> Response:
        """Take a role."""
        await self._roles.take(request.parameters["userId"], request.parameters["role"], query.department)
        return EMPTY


def _role(text: str) -> Role:
    for role in GRANTED:
        if role == text:
            return role
    raise NotFound(f"There is no role {text} that could be given: {', '.join(GRANTED)}.")


def _encoded(grant: Grant) -> str:
    return json.dumps([grant.user_id, grant.role, grant.department_id])


def _decoded(token: str) -> tuple[str, str, str]:
    if not token:
        return "", "", ""
    try:
        return msgspec.json.decode(token, type=tuple[str, str, str])
    except msgspec.DecodeError:
        raise InvalidParameter("`from` must be the next_batch of the page before.") from None
