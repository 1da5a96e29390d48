"""The services that there are, what belongs to which, and who acts through them.

spec: application-service §Identity assertion
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.appservices import rules
from roomkeeper.core.appservices.models import Appservice
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import (
    Exclusive,
    Forbidden,
    MatrixError,
    MissingToken,
    NotFound,
    UnknownDevice,
    UnknownToken,
    UserDeactivated,
    UserLocked,
)
from roomkeeper.platform.http import Request, Requester
from roomkeeper.platform.http.server import bearer_token

KEPT: Final = 50_000
"""Identities and answers about names in memory at most."""
KNOWN_S: Final = 600.0
"""Seconds after which the account and the device that a service acts as are looked up anew."""

NAMES_ANOTHER: Final = frozenset({"/_matrix/client/v1/mutual_rooms"})
"""Paths with a ``user_id`` of their own in the query, which is not whom the service acts as."""

Identity = tuple[str, str, str]
"""Service id, user id, device id."""


class Registry:
    """All registered services."""

    def __init__(self, app: Application, accounts: Accounts, services: Sequence[Appservice]) -> None:
        self._accounts = accounts
        self._clock = app.clock
        self._server_name = app.settings.server_name
        self.services = tuple(services)
        self.by_id = {service.id: service for service in services}
        self._by_token = {service.as_token: service for service in services}
        self._known: OrderedDict[Identity, tuple[Requester, float]] = OrderedDict()
        self._owned: OrderedDict[tuple[str, str], bool] = OrderedDict()

    # ------------------------------------------------------------ names

    def owns_user(self, service: Appservice, user_id: str) -> bool:
        """Whether a user is one of the service's."""
        key = (service.id, user_id)
        owned = self._owned.get(key)
        if owned is None:
            owned = self._owned[key] = rules.owns_user(service, user_id, self._server_name)
            if len(self._owned) > KEPT:
                self._owned.popitem(last=False)
        return owned

    def is_bridged(self, user_id: str) -> bool:
        """Whether a user is somebody on another network, for whom a service speaks."""
        return any(
            user_id != service.sender and rules.is_exclusive(service.namespaces.users, user_id)
            for service in self.services
        )

    def check_reserved(self, user_id: str) -> None:
        """Raises `Exclusive` for the name of an account that a service alone may make."""
        for service in self.services:
            if user_id == service.sender or rules.is_exclusive(service.namespaces.users, user_id):
                raise Exclusive("This user name is reserved for an application service, such as a bridge.")

    def controls_alias(self, requester: Requester, alias: str) -> bool:
        """See `roomkeeper.core.rooms.service.AliasOwner`."""
        service = self.by_id.get(requester.appservice or "")
        if service is not None:
            if not rules.matches(service.namespaces.aliases, alias):
                raise Exclusive(f"{alias} is not in the namespaces of the application service {service.id}.")
            return True
        if any(rules.is_exclusive(service.namespaces.aliases, alias) for service in self.services):
            raise Exclusive("This alias is reserved for an application service, such as a bridge.")
        return False

    # ------------------------------------------------------------ who asks

    def by_token(self, token: str) -> Appservice | None:
        """The service with that ``as_token``."""
        return self._by_token.get(token)

    def required(self, request: Request) -> Appservice:
        """The service whose token came with a request. Raises `MissingToken` or `UnknownToken`."""
        token = bearer_token(request)
        if token is None:
            raise MissingToken
        service = self._by_token.get(token)
        if service is None:
            raise UnknownToken("This is not the as_token of an application service.")
        return service

    def is_unlimited(self, request: Request) -> bool:
        """Whether a request to register or to log in comes from a service, which does so for many."""
        try:
            token = bearer_token(request)
        except MatrixError:
            return False
        return token is not None and token in self._by_token

    async def requester(self, service: Appservice, request: Request) -> Requester:
        """As whom a service asks: a user of its own, and a device of theirs where it names one.

        Raises `Forbidden`, `UserLocked`, `UserDeactivated`, `UnknownDevice`.
        """
        user_id = _asserted(request) or service.sender
        device_id = request.query("device_id") or request.query("org.matrix.msc3202.device_id") or ""
        key = (service.id, user_id, device_id)
        known = self._known.get(key)
        now = self._clock.monotonic()
        if known is not None and now < known[1] and self._accounts.is_signed_in(known[0]):
            return known[0]
        if not self.owns_user(service, user_id):
            raise Forbidden(f"{user_id} is not in the namespaces of the application service {service.id}.")
        await self._check(user_id, device_id)
        is_limited = service.rate_limited and user_id != service.sender
        requester = Requester(user_id, device_id, service.id, is_limited)
        self._known[key] = (requester, now + KNOWN_S)
        self._known.move_to_end(key)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return requester

    async def _check(self, user_id: str, device_id: str) -> None:
        try:
            user = await self._accounts.user(user_id)
        except NotFound:
            raise Forbidden(f"{user_id} is not registered: register it first.") from None
        if user.state == "locked":
            raise UserLocked(soft_logout=True)
        if user.state == "deactivated":
            raise UserDeactivated
        if not device_id:
            return
        try:
            await self._accounts.device(user_id, device_id)
        except NotFound:
            raise UnknownDevice(f"{user_id} has no device {device_id}.") from None


def _asserted(request: Request) -> str | None:
    """As whom a service says that it acts. Where ``user_id`` is somebody else, its own user's is said before that one.

    spec: application-service §Identity assertion, which does not tell the two apart
    """
    named = request.query_all("user_id")
    is_other = request.raw_path.decode("latin-1") in NAMES_ANOTHER
    return named[0] if len(named) > is_other else None
