"""The endpoints of links."""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions.access import Access
from roomkeeper.core.organisation.sessions.api import shapes
from roomkeeper.core.organisation.sessions.api.sessions import check_not_suspended
from roomkeeper.core.organisation.sessions.links import Links
from roomkeeper.core.organisation.sessions.models import Link, Session, Target, Wish
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.http import EMPTY, Request, Response, Routes


class LinksApi:
    """``/_roomkeeper/v1/links``."""

    def __init__(self, accounts: Accounts, permissions: Permissions, links: Links, access: Access) -> None:
        self._accounts = accounts
        self._permissions = permissions
        self._links = links
        self._access = access

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = "/_roomkeeper/v1/links"
        routes.add("GET", root, self.page)
        routes.add("POST", root, self.create, limit="write")
        routes.add("POST", f"{root}/{{code}}", self.use, limit="link")
        routes.add("DELETE", f"{root}/{{code}}", self.delete, limit="link")

    async def page(self, request: Request, query: shapes.LinksQuery) -> shapes.Links:
        """The links to oneself; with sessions.write also those to one's departments."""
        scope = await self._permissions.scope(request.actor, "sessions.write")
        departments = None if scope.is_everywhere else scope.departments
        found = list(await self._links.page(request.actor, departments, query.from_, query.limit))
        return shapes.Links(found, found[-1].code if len(found) == query.limit else None)

    async def create(self, request: Request, body: shapes.LinkBody) -> Link:
        """Make a link to oneself, as staff; with sessions.write also to others and to departments."""
        if body.staff_id is not None and body.department_id is not None:
            raise InvalidParameter("Name `staff_id` or `department_id`, not both.")
        is_own = body.staff_id is None and body.department_id is None
        target = Target(request.actor if is_own else body.staff_id, body.department_id)
        await self._access.check_reach(request.actor, target)
        return await self._links.create(
            request.actor, target, expires_ts=body.expires_ts, uses_allowed=body.uses_allowed
        )

    async def use(self, request: Request, body: shapes.WishBody) -> Session:
        """The session that a link leads to, as a customer."""
        check_not_suspended(self._accounts, request)
        wish = Wish(language=body.language, topic=body.topic)
        return await self._links.use(request.actor, request.parameters["code"], wish)

    async def delete(self, request: Request) -> Response:
        """Take a link back: to oneself, or with sessions.write."""
        link = await self._links.get(request.parameters["code"])
        try:
            await self._access.check_reach(request.actor, Target(link.staff_id, link.department_id))
        except Forbidden:
            raise NotFound("There is no such link.") from None
        await self._links.delete(request.actor, link)
        return EMPTY
