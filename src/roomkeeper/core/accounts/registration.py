"""Registration: by anyone, with a token, or by tools that know the shared secret."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from typing import Any

import msgspec
from msgspec.structs import replace

from roomkeeper.core.accounts import rules, store
from roomkeeper.core.accounts.interactive import Auth, AuthSession, Stages, Way
from roomkeeper.core.accounts.models import AccessToken, DeviceWish, SignedIn, User
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.errors import (
    Forbidden,
    GuestAccessForbidden,
    InvalidParameter,
    MissingParameter,
    Unrecognized,
)

NONCES = 1000
NONCE_MS = 60_000
DUMMY = "m.login.dummy"
TERMS = "m.login.terms"
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
    guest_access_token: str | None = None

    @property
    def wish(self) -> DeviceWish:
        """The device to sign in."""
        return DeviceWish(self.device_id, self.initial_device_display_name, self.refresh_token)


class GuestRequest(msgspec.Struct):
    """Body of ``POST /register?kind=guest``; whatever else is in it is ignored."""

    initial_device_display_name: Any = None


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
        self._policies = rules.policy_documents(accounts.settings.policies)

    def check_open(self) -> None:
        """Raises `Forbidden` where nobody may register."""
        if self._accounts.settings.registration == "closed":
            raise Forbidden("Registration is closed on this server. Ask its administrator for an account.")

    async def register(self, request: RegisterRequest) -> SignedIn:
        """Make the account, and sign it in. Raises `AuthenticationNeeded`, `UserInUse`, `InvalidUsername`, …

        spec: client-server §Account registration
        """
        self.check_open()
        guest = await self._upgrading(request)
        if guest is None and request.username is not None:
            await self._accounts.check_available(request.username)
        if request.password is not None:
            self._accounts.check_new_password(request.password)
        if request.device_id:
            rules.check_device_id(request.device_id)
        session = await self._accounts.interactive.require("register", request.auth, self._way())
        if request.password is None:
            raise MissingParameter("A password is required.")
        if guest is not None:
            answer = await self._upgrade(guest, request, session)
        else:
            user_id = await self._accounts.check_available(request.username or _new_localpart())
            answer = await self._create(user_id, request, session)
        self._accounts.interactive.finish(session)
        return answer

    async def _create(self, user_id: str, request: RegisterRequest, session: AuthSession) -> SignedIn:
        user = await self._accounts.new_user(user_id, request.password or "")
        write = self._authenticated(user_id, session)
        answer = (
            SignedIn(user_id) if request.inhibit_login else await self._accounts.issue(write, user_id, request.wish)
        )
        try:
            await self._accounts.insert(write, user)
        except UnexpectedRowCount:
            raise Forbidden("This registration token has just been used up.") from None
        return answer

    def _authenticated(self, user_id: str, session: AuthSession) -> Write:
        """A write in which the token is used, and it is noted what was accepted."""
        write = Write()
        if TOKEN in session.kept:
            store.use_registration_token(write, session.kept[TOKEN])
        if TERMS in session.completed:
            versions = {document.policy: document.version for document in self._policies}
            for policy, version in versions.items():
                store.insert_accepted_policy(write, user_id, policy, version, self._app.clock.now_ms())
        return write

    def _way(self) -> Way:
        stages: Stages = {TOKEN: self._token_stage, TERMS: _pass, DUMMY: _pass}
        flow = [TOKEN] if self._accounts.settings.registration == "token" else []
        flow += [TERMS] if self._policies else []
        params = {TERMS: rules.policy_params(self._policies)} if self._policies else {}
        return Way(stages, [flow or [DUMMY]], params)

    # Guests

    async def register_guest(self, request: GuestRequest) -> SignedIn:
        """Make a guest's account, and sign it in. Raises `GuestAccessForbidden`. spec: client-server §Guest Access"""
        if self._accounts.settings.guests == "off":
            raise GuestAccessForbidden("This server has no guest accounts.")
        name = request.initial_device_display_name
        user_id = rules.new_user_id(f"guest-{_new_localpart()}", self._accounts.server_name)
        user = User(user_id, None, self._app.clock.now_ms(), False, "active", is_guest=True)
        write = Write()
        wish = DeviceWish(display_name=name if isinstance(name, str) else None)
        answer = await self._accounts.issue(write, user_id, wish)
        await self._accounts.insert(write, user)
        return answer

    async def _upgrading(self, request: RegisterRequest) -> AccessToken | None:
        """The guest whose account is to become a full one. Raises `Forbidden`, `InvalidParameter`."""
        if request.guest_access_token is None:
            return None
        token = await store.find_access_token(self._app.driver, rules.token_hash(request.guest_access_token))
        if token is None or not token.is_guest or token.state != "active" or token.is_suspended:
            raise Forbidden("This is not the access token of a guest.")
        if request.username is None or f"@{request.username}:{self._accounts.server_name}" != token.user_id:
            raise InvalidParameter(f"The username must be that of the guest, {token.user_id}.")
        return token

    async def _upgrade(self, guest: AccessToken, request: RegisterRequest, session: AuthSession) -> SignedIn:
        write = self._authenticated(guest.user_id, session)
        password_hash = await self._accounts.passwords.hash(request.password or "")
        store.make_member(write, guest.user_id, password_hash)
        try:
            if request.inhibit_login:
                await self._app.committer.submit(write)
                answer = SignedIn(guest.user_id)
            else:
                wish = request.wish if request.device_id else replace(request.wish, device_id=guest.device_id)
                answer = await self._accounts.sign_in(write, guest.user_id, wish)
        except UnexpectedRowCount:
            raise Forbidden("This account is a full one already, or the registration token is used up.") from None
        self._accounts.sessions.forget(guest.user_id)
        return answer

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


async def _pass(_auth: Auth) -> None:
    """A stage that asks for nothing but to be passed."""


def _new_localpart() -> str:
    return rules.new_device_id().lower()
