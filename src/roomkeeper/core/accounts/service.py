"""Accounts: who there is, and signing in and out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import msgspec

from roomkeeper.core.accounts import rules, store
from roomkeeper.core.accounts.facts import DeviceRemoved, DeviceRenamed
from roomkeeper.core.accounts.interactive import Auth, InteractiveAuth, Stages, any_of
from roomkeeper.core.accounts.models import AccessToken, Device, DeviceWish, SignedIn, User, UserSummary
from roomkeeper.core.accounts.passwords import Passwords
from roomkeeper.core.accounts.sessions import Sessions
from roomkeeper.core.accounts.settings import AccountSettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.errors import (
    Forbidden,
    InvalidParameter,
    MissingParameter,
    NotFound,
    UnknownToken,
    UserInUse,
    UserLimitExceeded,
    UserLocked,
    WrongPassword,
)
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.http import Request, Requester, Response
from roomkeeper.wire.identifiers import is_user_id

DeviceCleaner = Callable[[Write, str, str], None]
"""Adds to the write that removes a device (user id, device id) what removes all that an area keeps for it."""
Reserved = Callable[[str], None]
"""Called with the id of an account that somebody wants; raises a `MatrixError` where the name is not for everyone."""
Provision = Callable[[str], Awaitable[bool]]
"""Called with the id of an account that is not there; whether it has been made meanwhile."""
EntryType = Callable[[Request], Awaitable[SignedIn | Response]]
"""Answers a request to register or to log in with a ``type`` of its own."""


class Accounts:
    """The service that other areas and the API use.

    Other areas take part by the slots `reserved`, `provisions`, `login_types` and `register_types` (by ``type``).
    """

    def __init__(self, app: Application, settings: AccountSettings) -> None:
        self._app = app
        self.settings = settings
        self.server_name = app.settings.server_name
        self.sessions = Sessions(app.driver, app.committer, app.clock, app.bus, app.tracking)
        self.passwords = Passwords(settings.password_hashing)
        self.interactive = InteractiveAuth(app.clock)
        self.device_cleaners: Slot[DeviceCleaner] = Slot("device cleaners")
        self.reserved: Slot[Reserved] = Slot("reserved names")
        self.provisions: Slot[Provision] = Slot("provisions of accounts")
        self.login_types: Slot[EntryType] = Slot("login types")
        self.offered_login_types: list[str] = []
        """Those of `login_types` that clients are told of."""
        self.register_types: Slot[EntryType] = Slot("registration types")
        self.own: set[str] = set()
        """The server's own accounts, with which nobody signs in."""
        self.erased: dict[str, int] = {}
        """Users who had what they wrote erased, with the position of the stream at that time."""

    async def load(self) -> None:
        """Learn who is suspended, and who was erased: both are asked about in memory."""
        self.sessions.suspended.update(await store.suspended_users(self._app.driver))
        self.erased.update(await store.erased_users(self._app.driver))

    async def exists_or_comes(self, user_id: str) -> bool:
        """The same as `exists`, after those who could make the account have been asked to."""
        if await self.exists(user_id):
            return True
        for provide in self.provisions.values():
            if await provide(user_id) and await self.exists(user_id):
                return True
        return False

    async def exists(self, user_id: str) -> bool:
        """Whether this server has such an account, in whatever state."""
        return is_user_id(user_id) and await store.find_user(self._app.driver, user_id) is not None

    async def users_exist(self, user_ids: Iterable[str]) -> set[str]:
        """Those of the ids that this server has an account for."""
        return await store.existing(self._app.driver, list(user_ids))

    async def users_named(self, part: str, limit: int) -> list[UserSummary]:
        """Accounts in whose id `part` occurs, in order of their ids, at most `limit`."""
        return await store.page_of_users(self._app.driver, "", part, limit)

    async def user(self, user_id: str) -> User:
        """One account. Raises `NotFound`."""
        user = await store.find_user(self._app.driver, user_id) if is_user_id(user_id) else None
        if user is None:
            raise NotFound("This server has no user of that name.")
        return user

    async def authenticate(self, token: str, request: Request) -> Requester:
        """Who a token belongs to. Raises `UnknownToken` (``soft_logout`` where it expired), `UserLocked`."""
        return await self.sessions.authenticate(token, request)

    def is_suspended(self, user_id: str) -> bool:
        """Whether the user may do little but read; for fast gates."""
        return user_id in self.sessions.suspended

    def is_visitor(self, user_id: str) -> bool:
        """Whether the user is there for the chat on a web page alone."""
        return self.sessions.disuse_ms(user_id) is not None

    async def guests_among(self, user_ids: Iterable[str]) -> set[str]:
        """Those of the ids that are guests."""
        return await store.guests(self._app.driver, list(user_ids))

    @asynccontextmanager
    async def confirmed(self, request: Request, auth: Auth | None, stages: Stages | None = None) -> AsyncIterator[None]:
        """Let the user who asks confirm it, with their password or by other `stages`: the place for all areas.

        A session is good for this endpoint and this body alone; it is used up when what is inside has succeeded, and
        can be tried again with where that raises. Raises `AuthenticationNeeded`. spec: §User-Interactive Authentication
        """
        user = request.user
        body = msgspec.json.decode(request.body or b"{}", type=dict[str, msgspec.Raw])
        asked = sorted((name, bytes(value)) for name, value in body.items() if name != "auth")
        operation = f"{user.user_id} {request.scope['method']} {request.raw_path!r} {asked}"
        session = await self.interactive.require(operation, auth, any_of(stages or self.password_stages(user)))
        yield
        self.interactive.finish(session)

    def password_stages(self, requester: Requester) -> Stages:
        """A signed-in user confirms who they are with their password. spec: client-server §Password-based"""

        async def check(auth: Auth) -> None:
            await self.password_stage(requester, auth)

        return {"m.login.password": check}

    def is_signed_in(self, requester: Requester) -> bool:
        """Whether a request that was let in would be let in still; for fast gates."""
        return self.sessions.is_signed_in(requester)

    # Accounts

    async def insert(self, write: Write, user: User) -> None:
        """Submit `write` with a new account in it. Raises `UserInUse`."""
        store.insert_user(write, user)
        try:
            await self._app.committer.submit(write)
        except UnexpectedRowCount:
            if await self.exists(user.user_id):
                raise UserInUse from None
            raise

    async def new_user(self, user_id: str, password: str | None, *, is_admin: bool = False) -> User:
        """An account as it would be stored, with its password hashed; without one nobody can sign in with any."""
        password_hash = None if password is None else await self.passwords.hash(password)
        return User(user_id, password_hash, self._app.clock.now_ms(), is_admin, "active")

    def add_user(self, write: Write, user_id: str, *, locked: bool = False) -> None:
        """Make a new account without a password part of `write`, which fails where the id is taken."""
        user = User(user_id, None, self._app.clock.now_ms(), False, "locked" if locked else "active")
        store.insert_user(write, user, append=True)

    async def check_available(self, localpart: str) -> str:
        """The id that a new user of that name would have. Raises `InvalidUsername`, `Exclusive`, `UserInUse`."""
        user_id = self.new_user_id(localpart)
        if await self.exists(user_id):
            raise UserInUse
        return user_id

    def new_user_id(self, localpart: str) -> str:
        """The id that a user of that name has. Raises `InvalidUsername`, `Exclusive`."""
        user_id = rules.new_user_id(localpart, self.server_name)
        for check in self.reserved.values():
            check(user_id)
        return user_id

    def check_new_password(self, password: str) -> None:
        """Raises `WeakPassword`, `InvalidParameter`."""
        rules.check_new_password(password, self.settings.minimum_password_length)

    # Signing in

    async def log_in(self, name: str, password: str, wish: DeviceWish) -> SignedIn:
        """Sign in with a password. Raises `WrongPassword`, `UserLocked`, `LimitExceeded`."""
        user = await self._verified(rules.named_user_id(name, self.server_name), password)
        if user.state == "locked":
            raise UserLocked(soft_logout=True)
        write = Write()
        store.require_unchanged(write, user)
        try:
            return await self.sign_in(write, user.user_id, wish)
        except UnexpectedRowCount:
            raise WrongPassword from None

    async def _verified(self, user_id: str | None, password: str) -> User:
        """The user, if that is the password. Failed attempts are counted by account."""
        subject = user_id or ""
        # Taken before the slow check, so that many at a time do not pass it together.
        self._app.limits.take("login_account", subject)
        user = await store.find_user(self._app.driver, user_id) if user_id else None
        right = await self.passwords.verify(user.password_hash if user else None, password)
        if user is None or user.password_hash is None or not right:
            raise WrongPassword
        self._app.limits.give_back("login_account", subject)
        if self.passwords.is_outdated(user.password_hash):
            user = await self._rehash(user, password)
        return user

    async def _rehash(self, user: User, password: str) -> User:
        password_hash = await self.passwords.hash(password)
        write = Write()
        store.replace_password_hash(write, user.user_id, user.password_hash or "", password_hash)
        await self._app.committer.submit(write)
        return await self.user(user.user_id)

    async def sign_in_as(self, user_id: str, wish: DeviceWish) -> SignedIn:
        """Sign a user in without a password. Raises `NotFound`, `UserLocked`, `Forbidden`."""
        user = await self.user(user_id)
        if user.state == "locked":
            raise UserLocked(soft_logout=True)
        if user.state == "deactivated":
            raise Forbidden("This account has been deactivated.")
        return await self.sign_in(Write(), user_id, wish)

    async def sign_in(self, write: Write, user_id: str, wish: DeviceWish) -> SignedIn:
        """Submit `write` with a device and its tokens in it. Raises `UnexpectedRowCount` where the write does."""
        answer = await self.issue(write, user_id, wish)
        async with self.sessions.revoking(user_id, answer.device_id):
            await self._app.committer.submit(write)
        self.sessions.begin(user_id, answer.device_id)
        return answer

    async def issue(self, write: Write, user_id: str, wish: DeviceWish) -> SignedIn:
        """Add a device and its tokens to `write`; the tokens that it had before are revoked."""
        if user_id in self.own:
            raise Forbidden("This account is the server's own: nobody signs in with it.")
        device_id = rules.check_device_id(wish.device_id) if wish.device_id else rules.new_device_id()
        if not wish.device_id or await store.find_device(self._app.driver, user_id, device_id) is None:
            await self._check_device_count(user_id)
        display_name = rules.device_name(wish.display_name or "")[: rules.MAX_DISPLAY_NAME]
        store.insert_device(write, user_id, device_id, display_name or None, self._app.clock.now_ms())
        store.delete_tokens(write, user_id, device_id)
        self._app.tracking.track("device_signed_in", user_id, device_id=device_id)
        return self._new_tokens(write, user_id, device_id, generation=1, refreshable=wish.refreshable)

    async def _check_device_count(self, user_id: str) -> None:
        if await store.count_devices(self._app.driver, user_id) >= self.settings.max_devices:
            raise UserLimitExceeded(
                "You are signed in on too many devices: sign out of some.",
                info_uri=self._app.settings.effective_base_url,
            )

    def _new_tokens(
        self, write: Write, user_id: str, device_id: str, *, generation: int, refreshable: bool
    ) -> SignedIn:
        answer = SignedIn(user_id, rules.new_secret(), device_id)
        expires_ts = None
        if refreshable:
            answer.refresh_token = rules.new_secret()
            answer.expires_in_ms = self.settings.access_token_lifetime_s * 1000
            expires_ts = self._app.clock.now_ms() + answer.expires_in_ms
            hashed = rules.token_hash(answer.refresh_token)
            store.insert_refresh_token(write, hashed, user_id, device_id, generation)
        elif (disuse_ms := self.sessions.disuse_ms(user_id)) is not None:
            expires_ts = self._app.clock.now_ms() + disuse_ms
        token = AccessToken(user_id, device_id, generation, expires_ts, generation == 1, "active")
        store.insert_access_token(write, rules.token_hash(answer.access_token), token)
        return answer

    async def refresh(self, refresh_token: str) -> SignedIn:
        """New tokens; the old ones go when the new are used first. Raises `UnknownToken`, `UserLocked`.

        spec: client-server §Refreshing access tokens
        """
        hashed = rules.token_hash(refresh_token)
        token = await store.find_refresh_token(self._app.driver, hashed)
        if token is None or token.state == "deactivated":
            raise UnknownToken("This refresh token is not known, or was used already: sign in again.")
        if token.state == "locked":
            raise UserLocked(soft_logout=True)
        write = Write()
        store.require_refresh_token(write, hashed)
        store.delete_other_generations(write, token.user_id, token.device_id, token.generation)
        answer = self._new_tokens(
            write, token.user_id, token.device_id, generation=token.generation + 1, refreshable=True
        )
        try:
            async with self.sessions.revoking(token.user_id, token.device_id):
                await self._app.committer.submit(write)
        except UnexpectedRowCount:
            raise UnknownToken from None
        return answer

    # Devices

    async def devices(self, user_id: str) -> list[Device]:
        """All devices of a user, as they were last seen."""
        devices = await store.devices_of(self._app.driver, user_id)
        return [self._with_last_seen(user_id, device) for device in devices]

    async def device(self, user_id: str, device_id: str) -> Device:
        """One device. Raises `NotFound`."""
        device = None
        if rules.is_device_id(device_id):
            device = await store.find_device(self._app.driver, user_id, device_id)
        if device is None:
            raise NotFound("You have no device of that id.")
        return self._with_last_seen(user_id, device)

    def _with_last_seen(self, user_id: str, device: Device) -> Device:
        seen = self.sessions.last_seen(user_id, device.device_id)
        if seen is not None:
            device.last_seen_ts, device.last_seen_ip = seen.ts, seen.ip
        return device

    async def put_device(self, user_id: str, device_id: str, display_name: str | None) -> bool:
        """Make a device that nobody is signed in with, or rename it; whether it was made. Raises `InvalidParameter`."""
        rules.check_device_id(device_id)
        if await store.find_device(self._app.driver, user_id, device_id) is not None:
            await self.rename_device(user_id, device_id, display_name)
            return False
        await self._check_device_count(user_id)
        write = Write()
        name = rules.device_name(display_name or "")[: rules.MAX_DISPLAY_NAME]
        store.insert_device(write, user_id, device_id, name or None, self._app.clock.now_ms())
        await self._app.committer.submit(write)
        self.sessions.begin(user_id, device_id)
        return True

    async def rename_device(self, user_id: str, device_id: str, display_name: str | None) -> None:
        """Give a device another name; `None` leaves it. Raises `NotFound`, `InvalidParameter`."""
        await self.device(user_id, device_id)
        if display_name is None:
            return
        if len(display_name) > rules.MAX_DISPLAY_NAME:
            raise InvalidParameter(f"The name of a device has {rules.MAX_DISPLAY_NAME} characters at most.")
        write = Write()
        store.rename_device(write, user_id, device_id, rules.device_name(display_name))
        self._app.facts.record(write, DeviceRenamed(user_id, device_id))
        await self._app.committer.submit(write)

    async def remove_devices(self, user_id: str, device_ids: Sequence[str]) -> None:
        """Sign devices out and delete them; those that are not there are no error."""
        named = [device_id for device_id in dict.fromkeys(device_ids) if rules.is_device_id(device_id)]
        there = [device_id for device_id in named if await store.find_device(self._app.driver, user_id, device_id)]
        write = Write()
        for device_id in there:
            store.delete_device(write, user_id, device_id)
            self._clean(write, user_id, device_id)
        async with self.sessions.ending(user_id, there):
            await self._app.committer.submit(write)

    async def remove_all_devices(self, write: Write, user_id: str, *, keep: str | None = None) -> None:
        """Submit `write` with the deletion of all devices of a user in it, but of the device `keep`."""
        gone = [device.device_id for device in await store.devices_of(self._app.driver, user_id)]
        if keep in gone:
            gone.remove(keep)
        store.delete_all_devices(write, user_id, keep)
        store.delete_short_tokens(write, user_id)
        for device_id in gone:
            self._clean(write, user_id, device_id)
        async with self.sessions.ending(user_id, gone), self.sessions.revoking(user_id, None):
            await self._app.committer.submit(write)

    def _clean(self, write: Write, user_id: str, device_id: str) -> None:
        """What goes together with a device: in the same write, since one of the same id may be there right after."""
        for clean in self.device_cleaners.values():
            clean(write, user_id, device_id)
        self._app.facts.record(write, DeviceRemoved(user_id, device_id))
        self._app.tracking.track("device_signed_out", user_id, device_id=device_id, reason="removed")

    def is_removed(self, user_id: str, device_id: str) -> bool:
        """Whether a device that was there a moment ago is gone, or is being removed: nothing may be kept for it."""
        return self.sessions.is_ended(user_id, device_id)

    async def device_names(self, user_ids: Sequence[str]) -> dict[tuple[str, str], str]:
        """The names of the devices of some users, by user id and device id, where they have one."""
        return await store.device_names(self._app.driver, user_ids)

    # Passwords

    async def password_stage(self, requester: Requester, auth: Auth) -> None:
        """The stage ``m.login.password`` of User-Interactive Authentication. Raises `WrongPassword`, `Forbidden`."""
        name, password = named_in(auth), auth.get("password")
        if not isinstance(password, str):
            raise MissingParameter("The password is missing.")
        user_id = requester.user_id if name is None else rules.named_user_id(name, self.server_name)
        if user_id != requester.user_id:
            raise Forbidden("This must be confirmed by the user who is signed in.")
        await self._verified(user_id, password[: rules.MAX_PASSWORD + 1])

    async def set_password(
        self, user_id: str, password: str, *, write: Write | None = None, log_out: bool, keep: str | None = None
    ) -> None:
        """Set a password; `log_out` removes all devices but `keep`. Raises `WeakPassword`."""
        self.check_new_password(password)
        write = write or Write()
        store.update_password(write, user_id, await self.passwords.hash(password))
        if log_out:
            await self.remove_all_devices(write, user_id, keep=keep)
        else:
            await self._app.committer.submit(write)

    async def open_account(self, user_id: str) -> User:
        """An account that is not closed. Raises `NotFound`, `InvalidParameter`."""
        user = await self.user(user_id)
        if user.state == "deactivated":
            raise InvalidParameter(f"The account {user_id} is deactivated.")
        return user


def named_in(auth: Auth) -> str | None:
    """The name in a login or an authentication stage: of its identifier, or the older ``user``.

    Raises `Forbidden` for identifiers that are no user's. spec: client-server §Identifier types
    """
    identifier = auth.get("identifier")
    if identifier is None:
        name = auth.get("user")
    elif not isinstance(identifier, dict):
        raise InvalidParameter("The identifier must be an object.")
    elif identifier.get("type") != "m.id.user":
        raise Forbidden("This server knows users by their name alone (m.id.user).")
    else:
        name = identifier.get("user")
        if name is None:
            raise MissingParameter("The identifier needs a user.")
    if name is not None and not isinstance(name, str):
        raise InvalidParameter("The user must be a string.")
    return name
