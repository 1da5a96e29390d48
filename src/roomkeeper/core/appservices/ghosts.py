"""Accounts that a service makes and signs in to, without passwords.

spec: application-service §Server admin style permissions
"""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.accounts.api.login import LoginRequest
from roomkeeper.core.accounts.models import DeviceWish, SignedIn, User
from roomkeeper.core.accounts.registration import RegisterRequest
from roomkeeper.core.accounts.rules import named_user_id, new_user_id
from roomkeeper.core.accounts.service import named_in
from roomkeeper.core.appservices.models import Appservice
from roomkeeper.core.appservices.registry import Registry
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Exclusive, Forbidden, MissingParameter, NotFound, UserInUse
from roomkeeper.platform.http import Request

TYPE = "m.login.application_service"


class Ghosts:
    """The accounts of services."""

    def __init__(self, app: Application, accounts: Accounts, registry: Registry) -> None:
        self._app = app
        self._accounts = accounts
        self._registry = registry

    async def make_senders(self) -> None:
        """Every service has its own user."""
        for service in self._registry.services:
            if not await self._accounts.exists(service.sender):
                await self._accounts.insert(Write(), self._user(service.sender))

    async def register(self, request: Request) -> SignedIn:
        """``POST /register`` by a service. Raises `Exclusive`, `UserInUse`, `InvalidUsername`, …"""
        service, body = self._registry.required(request), request.json(RegisterRequest)
        if not body.username:
            raise MissingParameter("`username` is required: the localpart of the user to register.")
        user_id = new_user_id(body.username, self._accounts.server_name)
        self._check_own(service, user_id)
        if await self._accounts.exists(user_id):
            raise UserInUse
        write = Write()
        answer = SignedIn(user_id)
        if not body.inhibit_login:
            answer = await self._accounts.issue(write, user_id, body.wish)
        await self._accounts.insert(write, self._user(user_id))
        return answer

    async def log_in(self, request: Request) -> SignedIn:
        """``POST /login`` by a service. Raises `Exclusive`, `Forbidden`, `UserLocked`."""
        service, body = self._registry.required(request), request.json(LoginRequest)
        name = named_in({"identifier": body.identifier, "user": body.user})
        if name is None:
            raise MissingParameter("An identifier of the type m.id.user is required.")
        user_id = named_user_id(name, self._accounts.server_name) or name
        self._check_own(service, user_id)
        wish = DeviceWish(body.device_id, body.initial_device_display_name, body.refresh_token)
        try:
            return await self._accounts.sign_in_as(user_id, wish)
        except NotFound:
            raise Forbidden(f"{user_id} is not registered: register it first.") from None

    def _check_own(self, service: Appservice, user_id: str) -> None:
        if not self._registry.owns_user(service, user_id):
            raise Exclusive(f"{user_id} is not in the namespaces of the application service {service.id}.")

    def _user(self, user_id: str) -> User:
        return User(user_id, None, self._app.clock.now_ms(), False, "active")
