"""The endpoints of sessions."""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import models
from roomkeeper.core.organisation.sessions.access import Access
from roomkeeper.core.organisation.sessions.api import shapes
from roomkeeper.core.organisation.sessions.models import Session, Target, Wish
from roomkeeper.core.organisation.sessions.news import News
from roomkeeper.core.organisation.sessions.service import Sessions
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, UserSuspended
from roomkeeper.platform.http import Request


class SessionsApi:
    """``/_roomkeeper/v1/sessions``."""

    def __init__(
        self,
        app: Application,
        accounts: Accounts,
        permissions: Permissions,
        sessions: Sessions,
        access: Access,
        news: News,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._permissions = permissions
        self._sessions = sessions
        self._access = access
        self._news = news

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, "/_roomkeeper/v1/sessions"
        routes.add("POST", root, self.ask, limit="create")
        routes.add("GET", root, self.page)
        routes.privileged("GET", f"{root}/news", self.wait, "sessions.read")
        routes.add("GET", f"{root}/{{roomId}}", self.get)
        routes.add("POST", f"{root}/{{roomId}}/assign", self.assign, limit="write")
        routes.add("POST", f"{root}/{{roomId}}/close", self.close, limit="write")
        routes.add("POST", f"{root}/{{roomId}}/reopen", self.reopen, limit="write")

    async def ask(self, request: Request, body: shapes.SessionBody) -> Session:
        """Ask for a session, as a customer; where there is such a session already, it is that one."""
        if body.staff_id is not None and body.department_id is not None:
            raise InvalidParameter("Name `staff_id` or `department_id`, not both.")
        check_not_suspended(self._accounts, request)
        target = Target(body.staff_id, body.department_id)
        return await self._sessions.ask(request.actor, target, Wish(language=body.language, topic=body.topic))

    async def page(self, request: Request, query: shapes.SessionsQuery) -> shapes.Sessions:
        """One's own sessions; with sessions.read also those of one's departments and their people."""
        scope = await self._permissions.scope(request.actor, "sessions.read")
        wanted = models.SessionsQuery(
            own=None if scope.is_everywhere else request.actor,
            within=None if scope.is_everywhere else scope.departments,
            state=query.state,
            staff_id=query.staff,
            customer_id=query.customer,
            department_ids=None if query.department is None else await self._under(query.department),
            before_ts=query.before,
            after_ts=query.after,
            order=query.sort,
        )
        found = list(await self._sessions.page(wanted, _decoded(query.from_), query.limit))
        if any(request.actor not in (session.customer_id, session.staff_id) for session in found):
            await self._note("sessions.list", query.customer or query.staff or "*", request.actor)
        return shapes.Sessions(found, _encoded(found[-1], query.sort) if len(found) == query.limit else None)

    async def _under(self, department_id: str) -> frozenset[str]:
        """A department and those under it. Raises `NotFound`."""
        tree = await self._permissions.tree()
        tree.get(department_id)
        return frozenset(tree.under(department_id))

    async def wait(self, _request: Request, query: shapes.NewsQuery) -> shapes.News:
        """Whether any session has changed. It says no more than that, so that lists are read anew only when they are
        different."""
        return shapes.News(await self._news.wait(query.since, query.timeout / 1000))

    async def get(self, request: Request) -> Session:
        """One session."""
        session = await self._sessions.get(request.parameters["roomId"])
        if not await self._access.check_see(request.actor, session):
            await self._note("sessions.read", session.customer_id, request.actor)
        return session

    async def assign(self, request: Request, body: shapes.AssignBody) -> Session:
        """Give a session to somebody: one's own, or with sessions.write."""
        session = await self._checked(request, by_customer=False)
        return await self._sessions.assign(session.room_id, body.staff_id, request.actor, body.reason)

    async def close(self, request: Request, body: shapes.ReasonBody) -> Session:
        """End a session: one's own, or with sessions.write."""
        session = await self._checked(request, by_customer=True)
        return await self._sessions.close(session.room_id, request.actor, body.reason)

    async def reopen(self, request: Request, body: shapes.ReasonBody) -> Session:
        """Let a closed session go on: one's own, or with sessions.write."""
        session = await self._checked(request, by_customer=True)
        return await self._sessions.reopen(session.room_id, request.actor, body.reason)

    async def _checked(self, request: Request, *, by_customer: bool) -> Session:
        """The session of the path, which the requester may change."""
        check_not_suspended(self._accounts, request)
        session = await self._sessions.get(request.parameters["roomId"])
        await self._access.check_change(request.actor, session, by_customer=by_customer)
        return session

    async def _note(self, permission: str, target: str, actor: str) -> None:
        write = Write()
        self._app.audit.record(write, permission=permission, target=target, actor=actor)
        await self._app.committer.submit(write)


def check_not_suspended(accounts: Accounts, request: Request) -> None:
    """A suspended user starts nothing. Raises `UserSuspended`. spec: client-server §Account suspension"""
    if accounts.is_suspended(request.actor):
        raise UserSuspended


def _encoded(session: Session, order: models.Order) -> str:
    times = {"created": session.created_ts, "waiting": session.waiting_ts, "updated": session.updated_ts}
    return f"{times[order.removeprefix('-')]}.{session.room_id}"


def _decoded(token: str) -> tuple[int, str] | None:
    created_ts, _, room_id = token.partition(".")
    if not token:
        return None
    if not (created_ts.isascii() and created_ts.isdecimal()) or len(created_ts) > 15 or "\0" in room_id:
        raise InvalidParameter("`from` must be the next_batch of the page before.")
    return int(created_ts), room_id
