"""Registration: by anyone, with a token, or by tools that know the shared secret."""

from __future__ import annotations

import hmac
from collections import OrderedDict

import msgspec

from roomkeeper.core.accounts import rules, store
from roomkeeper.core.accounts.interactive import Auth, Stages
from roomkeeper.core.accounts.models import DeviceWish, SignedIn
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.errors import Forbidden, InvalidParameter, MissingParameter, Unrecognized

NONCES = 1000
NONCE_MS = 60_000
DUMMY = "m.login.dummy"
TOKEN = "m.login.registration_token"  # noqa: S105 - the name of a stage


class RegisterRequest(msgspec.Struct):
    """Body of ``POST /register``; what has no bound here is checked where it is used."""

    auth: Auth | None = None
    type: str | None = None
    username: str | None = None
    password: str | None = None
    device_id: str | None = None
    initial_device_display_name: str | None = None
    inhibit_login: bool = False
    refresh_token: bool = False

    @property
    def wish(self) -> DeviceWish:
        """The device to sign in."""
        return DeviceWish(self.device_id, self.initial_device_display_name, self.refresh_token)


class SharedSecretRequest(msgspec.Struct):
    """Body of the shared-secret registration."""

    nonce: str
    username: str
    password: str
    mac: str
    admin: bool = False
    user_type: str | None = None
    inhibit_login: bool = False


class Registration:
    """The ways to a new account, but the operator's."""

    def __init__(self, app: Application, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts
        self._nonces: OrderedDict[str, int] = OrderedDict()

    def check_open(self) -> None:
        """Raises `Forbidden` where nobody may register."""
        if self._accounts.settings.registration == "closed":
            raise Forbidden("Registration is closed on this server. Ask its administrator for an account.")

    async def register(self, request: RegisterRequest) -> SignedIn:
        """Make the account, and sign it in. Raises `AuthenticationNeeded`, `UserInUse`, `InvalidUsername`, …

        spec: client-server §Account registration
        """
        self.check_open()
        if request.username is not None:
            await self._accounts.check_available(request.username)
        if request.password is not None:
            self._accounts.check_new_password(request.password)
        if request.device_id:
            rules.check_device_id(request.device_id)
        session = await self._accounts.interactive.require("register", request.auth, self._stages())
        if request.password is None:
            raise MissingParameter("A password is required.")
        user_id = await self._accounts.check_available(request.username or _new_localpart())
        answer = await self._create(user_id, request, session.kept)
        self._accounts.interactive.finish(session)
        return answer

    async def _create(self, user_id: str, request: RegisterRequest, token: str | None) -> SignedIn:
        user = await self._accounts.new_user(user_id, request.password or "")
        write = Write()
        if token is not None:
            store.use_registration_token(write, token)
        answer = (
            SignedIn(user_id) if request.inhibit_login else await self._accounts.issue(write, user_id, request.wish)
        )
        try:
            await self._accounts.insert(write, user)
        except UnexpectedRowCount:
            raise Forbidden("This registration token has just been used up.") from None
        return answer

    def _stages(self) -> Stages:
        if self._accounts.settings.registration == "open":
            return {DUMMY: _dummy}
        return {TOKEN: self._token_stage}

    async def _token_stage(self, auth: Auth) -> str:
        token = auth.get("token")
        if not isinstance(token, str) or not await self.is_valid(token):
            raise Forbidden("This registration token is not valid.")
        return token

    async def is_valid(self, token: str) -> bool:
        """Whether one more person could register with this token."""
        if not rules.is_registration_token(token):
            return False
        found = await store.find_registration_token(self._app.driver, token)
        return found is not None and rules.is_usable(found, self.pending(token), self._app.clock.now_ms())

    def pending(self, token: str) -> int:
        """How many are registering with the token now."""
        return self._accounts.interactive.count_kept(token)

    # The shared secret

    def new_nonce(self) -> str:
        """A nonce for one registration within the next minute."""
        self._check_shared_secret()
        nonce = rules.new_secret()
        self._nonces[nonce] = self._app.clock.now_ms() + NONCE_MS
        while len(self._nonces) > NONCES:
            self._nonces.popitem(last=False)
        return nonce

    async def register_with_secret(self, request: SharedSecretRequest) -> SignedIn:
        """Make an account for who knows the shared secret. Raises `Forbidden`, `InvalidParameter`, `UserInUse`, …"""
        secret = self._check_shared_secret()
        if self._nonces.pop(request.nonce, 0) <= self._app.clock.now_ms():
            raise InvalidParameter("The nonce is not known, or older than a minute: get another one.")
        expected = rules.shared_secret_mac(
            secret,
            request.nonce,
            request.username,
            request.password,
            is_admin=request.admin,
            user_type=request.user_type,
        )
        if not hmac.compare_digest(expected.encode(), request.mac.encode()):
            raise Forbidden("The HMAC is wrong: is it the same secret?")
        return await self._create_with_secret(request)

    async def _create_with_secret(self, request: SharedSecretRequest) -> SignedIn:
        user_id = await self._accounts.check_available(request.username)
        if not 0 < len(request.password) <= rules.MAX_PASSWORD:
            raise InvalidParameter(f"The password must have 1 to {rules.MAX_PASSWORD} characters.")
        user = await self._accounts.new_user(user_id, request.password, is_admin=request.admin)
        write = Write()
        self._app.audit.record(
            write,
            actor="shared secret",
            permission="users.create",
            target=user_id,
            reason="as administrator" if request.admin else "",
        )
        wish = DeviceWish()
        answer = SignedIn(user_id) if request.inhibit_login else await self._accounts.issue(write, user_id, wish)
        await self._accounts.insert(write, user)
        return answer

    def _check_shared_secret(self) -> str:
        secret = self._accounts.settings.registration_shared_secret
        if not secret:
            raise Unrecognized("Registration with a shared secret is not set up on this server.")
        return secret


async def _dummy(_auth: Auth) -> None:
    """The stage that asks for nothing."""


def _new_localpart() -> str:
    return rules.new_device_id().lower()
