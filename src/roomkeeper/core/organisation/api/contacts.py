"""The endpoints of contacts: one's own list, and those of others for who may see them."""

from __future__ import annotations

from roomkeeper.core.organisation.api import shapes
from roomkeeper.core.organisation.contacts import Contacts
from roomkeeper.core.organisation.models import Contact
from roomkeeper.core.organisation.people import People
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.rules import cursor_of
from roomkeeper.platform.errors import Forbidden, InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response, Routes


class ContactsApi:
    """``/_roomkeeper/v1/contacts``, ``…/people/{userId}/contacts``."""

    def __init__(self, contacts: Contacts, people: People, permissions: Permissions) -> None:
        self._contacts = contacts
        self._people = people
        self._permissions = permissions

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = "/_roomkeeper/v1"
        routes.add("GET", f"{root}/contacts", self.own)
        routes.privileged("GET", f"{root}/people/{{userId}}/contacts", self.of, "contacts.read", audited=True)
        routes.privileged("PUT", f"{root}/people/{{userId}}/contacts/{{customerId}}", self.make, "contacts.write")
        routes.privileged("DELETE", f"{root}/people/{{userId}}/contacts/{{customerId}}", self.end, "contacts.write")

    async def own(self, request: Request, query: shapes.ContactsQuery) -> shapes.Contacts:
        """One's own contacts."""
        return await self._page(request.user.user_id, query)

    async def of(self, request: Request, query: shapes.ContactsQuery) -> shapes.Contacts:
        """The contacts of somebody."""
        user_id = await self._checked(request, "contacts.read")
        return await self._page(user_id, query)

    async def make(self, request: Request, body: shapes.ContactBody) -> Contact:
        """Make somebody of the staff and a customer contacts."""
        staff_id = await self._checked(request, "contacts.write")
        return await self._contacts.make(request.parameters["customerId"], staff_id, body.reason)

    async def end(self, request: Request, body: shapes.ContactBody) -> Response:
        """End that somebody of the staff and a customer are contacts."""
        staff_id = await self._checked(request, "contacts.write")
        await self._contacts.end(request.parameters["customerId"], staff_id, body.reason)
        return EMPTY

    async def _checked(self, request: Request, permission: str) -> str:
        """The user id of the path, where the requester has the permission in one of their departments."""
        person = await self._people.find(request.parameters["userId"])
        scope = await self._permissions.scope(request.actor, permission)
        if not scope.includes(person.departments):
            raise Forbidden("They are in none of your departments.")
        return person.user_id

    async def _page(self, user_id: str, query: shapes.ContactsQuery) -> shapes.Contacts:
        found = list(await self._contacts.page(user_id, _decoded(query.from_), query.limit, past=query.past))
        more = len(found) == query.limit
        return shapes.Contacts(found, _encoded(*cursor_of(found[-1], user_id)) if more else None)


def _encoded(user_id: str, since_ts: int) -> str:
    return f"{since_ts}.{user_id}"


def _decoded(token: str) -> tuple[str, int]:
    since_ts, _, user_id = token.partition(".")
    if not token:
        return "", 0
    if not since_ts.isdecimal() or len(since_ts) > 15:
        raise InvalidParameter("`from` must be the next_batch of the page before.")
    return user_id, int(since_ts)
