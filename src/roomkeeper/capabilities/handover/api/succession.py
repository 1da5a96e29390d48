"""The endpoints with which a customer's client asks who takes care of them, and says yes or no."""

from __future__ import annotations

from roomkeeper.capabilities.handover.api import shapes
from roomkeeper.capabilities.handover.models import Succession
from roomkeeper.capabilities.handover.succession import Successions
from roomkeeper.core.accounts import Accounts
from roomkeeper.platform.errors import Forbidden, UserSuspended
from roomkeeper.platform.http import Request, Routes


class SuccessionApi:
    """``/_roomkeeper/v1/succession/{userId}``."""

    def __init__(self, accounts: Accounts, successions: Successions) -> None:
        self._accounts = accounts
        self._successions = successions

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        path = "/_roomkeeper/v1/succession/{userId}"
        routes.add("GET", path, self.get)
        routes.add("POST", path, self.answer, limit="create")

    async def get(self, request: Request) -> Succession:
        """Whether somebody is there, and who takes care of oneself where they are not."""
        await self._check(request)
        return await self._successions.of(request.actor, request.parameters["userId"])

    async def answer(self, request: Request, body: shapes.AnswerBody) -> shapes.Answer:
        """Go on with the successor, or not: the same as joining the offered room, or rejecting the invitation."""
        if self._accounts.is_suspended(request.actor):
            raise UserSuspended
        await self._check(request)
        user_id = request.parameters["userId"]
        session = await self._successions.answer(request.actor, user_id, body.go_on)
        return shapes.Answer(succession=await self._successions.of(request.actor, user_id), session=session)

    async def _check(self, request: Request) -> None:
        """Visitors have their session, and no more: they ask for who has left that one. Raises `Forbidden`."""
        is_visitor = self._accounts.is_visitor(request.actor)
        if is_visitor and not await self._successions.is_asked(request.actor, request.parameters["userId"]):
            raise Forbidden("Visitors can ask for whoever has left their own session alone.")
