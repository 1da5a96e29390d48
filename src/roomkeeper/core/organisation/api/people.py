"""The endpoints of people."""

from __future__ import annotations

import msgspec

from roomkeeper.core.organisation import models
from roomkeeper.core.organisation.api import shapes
from roomkeeper.core.organisation.models import Person
from roomkeeper.core.organisation.people import Draft, People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.rules import Scope
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.paging import MAX_INTEGER

OF_DRAFT = {field.name for field in msgspec.structs.fields(Draft)}


class PeopleApi:
    """``/_roomkeeper/v1/people``."""

    def __init__(self, app: Application, people: People, permissions: Permissions) -> None:
        self._app = app
        self._people = people
        self._permissions = permissions

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, "/_roomkeeper/v1/people"
        routes.privileged("GET", root, self.page, "people.read")
        routes.privileged("POST", root, self.create, "people.write")
        routes.privileged("GET", f"{root}/{{userId}}", self.get, "people.read")
        routes.privileged("PATCH", f"{root}/{{userId}}", self.change, "people.write")
        routes.privileged("POST", "/_roomkeeper/v1/names", self.names, "people.read")

    async def page(self, request: Request, query: shapes.PeopleQuery) -> shapes.People:
        """People whom the requester may see, in the order of their user ids or another."""
        scope = await self._permissions.scope(request.actor, "people.read")
        within = await self._within(scope, query.department)
        wanted = models.PeopleQuery(kind=query.kind, state=query.state, within=within, text=query.search)
        await self._note("people.list", query.search or query.department or "*")
        total = await self._people.count(wanted) if query.total else None
        if query.sort == "user_id":
            found = list(await self._people.page(wanted, query.from_, query.limit))
            return shapes.People(found, found[-1].user_id if len(found) == query.limit else None, total)
        after = _decoded(query.from_, query.sort)
        rows = await self._people.sorted_page(wanted, query.sort, after, query.limit)
        next_batch = _encoded(rows[-1][0], rows[-1][1].user_id) if len(rows) == query.limit else None
        return shapes.People([each for _, each in rows], next_batch, total)

    async def _within(self, scope: Scope, department_id: str | None) -> frozenset[str] | None:
        """The departments to look in: those asked for, as far as the scope reaches. `None`: everywhere."""
        if department_id is None:
            return None if scope.is_everywhere else scope.departments
        tree = await self._permissions.tree()
        tree.get(department_id)
        asked = frozenset(tree.under(department_id))
        return asked if scope.is_everywhere else asked & scope.departments

    async def create(self, _request: Request, body: shapes.NewPerson) -> Person:
        """Make somebody with an account. Without a password they cannot sign in until one is set."""
        return await self._people.create(body.localpart, draft_of(body), body.password)

    async def get(self, request: Request) -> Person:
        """One person."""
        person = await self._people.find(request.parameters["userId"])
        scope = await self._permissions.scope(request.actor, "people.read")
        if not scope.includes(person.departments) and request.actor != person.user_id:
            raise Forbidden("They are in none of your departments.")
        await self._note("people.read", person.user_id)
        return person

    async def change(self, request: Request, body: shapes.PersonChange) -> Person:
        """Change somebody."""
        return await self._people.change(request.parameters["userId"], draft_of(body), version=body.version)

    async def names(self, _request: Request, body: shapes.NamesBody) -> shapes.Names:
        """What some users are called, who are told in lists by their ids. Everybody can see it in their profiles."""
        return shapes.Names(await self._people.names(body.user_ids))

    async def _note(self, permission: str, target: str) -> None:
        write = Write()
        self._app.audit.record(write, permission=permission, target=target)
        await self._app.committer.submit(write)


def _encoded(key: str | int, user_id: str) -> str:
    return msgspec.json.encode((key, user_id)).decode()


def _decoded(token: str, order: models.PeopleOrder) -> tuple[str | int, str] | None:
    """What the last one of the page before was sorted by, and their user id."""
    if not token:
        return None
    key = int if order.endswith("updated") else str
    try:
        found: tuple[str | int, str] = msgspec.json.decode(token, type=tuple[key, str])  # type: ignore[valid-type]
    except msgspec.DecodeError:
        raise InvalidParameter("`from` must be the next_batch of the page before.") from None
    if "\0" in f"{found[0]}{found[1]}" or not (isinstance(found[0], str) or 0 <= found[0] <= MAX_INTEGER):
        raise InvalidParameter("`from` must be the next_batch of the page before.")
    return found


def draft_of(body: shapes.PersonChange) -> Draft:
    """What a body says that a person is to be."""
    given = {name: value for name, value in msgspec.structs.asdict(body).items() if name in OF_DRAFT}
    for name in ("skills", "departments"):
        if given[name] is not msgspec.UNSET:
            given[name] = tuple(given[name])
    return Draft(**given)
