"""What the machine's own administrator does with accounts. Each action and each look is in the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.accounts import rules, store
from roomkeeper.core.accounts.models import RegistrationToken, UserSummary
from roomkeeper.core.accounts.registration import Registration
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.errors import InvalidParameter, NotFound


class Operator:
    """The use cases of the operator API."""

    def __init__(self, app: Application, accounts: Accounts, registration: Registration) -> None:
        self._app = app
        self._accounts = accounts
        self._registration = registration

    async def create_user(self, name: str, password: str, *, is_admin: bool) -> str:
        """Make an account. Raises `UserInUse`, `InvalidUsername`, `WeakPassword`, `InvalidParameter`."""
        user_id = await self._accounts.check_available(self._localpart(name))
        self._accounts.check_new_password(password)
        user = await self._accounts.new_user(user_id, password, is_admin=is_admin)
        write = self.audited("users.create", user_id, "as administrator" if is_admin else "")
        await self._accounts.insert(write, user)
        return user_id

    def _localpart(self, name: str) -> str:
        if not name.startswith("@"):
            return name
        localpart, _, server_name = name[1:].partition(":")
        if server_name != self._accounts.server_name:
            raise InvalidParameter(f"This server's users are called @name:{self._accounts.server_name}.")
        return localpart

    def user_id(self, name: str) -> str:
        """The id of the user of that id or name. Raises `InvalidParameter` for users of other servers."""
        return f"@{self._localpart(name)}:{self._accounts.server_name}"

    async def reset_password(self, name: str, password: str, *, log_out: bool) -> str:
        """Set a password; `log_out` signs all devices out. Raises `NotFound`, `WeakPassword`, `InvalidParameter`."""
        user = await self._accounts.user(self.user_id(name))
        if user.state == "deactivated":
            raise InvalidParameter(f"The account {user.user_id} is deactivated.")
        write = self.audited("users.reset_password", user.user_id, "" if log_out else "devices stay signed in")
        await self._accounts.set_password(user.user_id, password, write=write, log_out=log_out)
        return user.user_id

    async def list_users(self, after: str, search: str, limit: int) -> Sequence[UserSummary]:
        """Accounts after the id `after`."""
        await self._app.committer.submit(self.audited("users.list", search or "*"))
        return await store.page_of_users(self._app.driver, after, search, limit)

    async def create_registration_token(
        self, token: str | None, uses_allowed: int | None, expiry_time: int | None
    ) -> RegistrationToken:
        """Make a token. Raises `InvalidParameter` where there is one like it."""
        text = rules.new_secret()[:16] if token is None else rules.check_registration_token(token)
        now = self._app.clock.now_ms()
        if expiry_time is not None and expiry_time <= now:
            raise InvalidParameter("The expiry time must be in the future.")
        made = RegistrationToken(text, uses_allowed, 0, expiry_time)
        write = self.audited("registration_tokens.create", text)
        store.insert_registration_token(write, made, now)
        try:
            await self._app.committer.submit(write)
        except UnexpectedRowCount:
            raise InvalidParameter("There is such a registration token already.") from None
        return made

    async def list_registration_tokens(self, after: str, limit: int) -> Sequence[RegistrationToken]:
        """Tokens after the token `after`, with the registrations that are pending."""
        await self._app.committer.submit(self.audited("registration_tokens.list", "*"))
        found = await store.page_of_registration_tokens(self._app.driver, after, limit)
        return [
            RegistrationToken(
                token.token,
                token.uses_allowed,
                token.completed,
                token.expiry_time,
                self._registration.pending(token.token),
            )
            for token in found
        ]

    async def delete_registration_token(self, token: str) -> None:
        """Revoke a token: nobody registers with it any more. Raises `NotFound`."""
        if not rules.is_registration_token(token):
            raise NotFound("There is no such registration token.")
        write = self.audited("registration_tokens.delete", token)
        store.delete_registration_token(write, token)
        try:
            await self._app.committer.submit(write)
        except UnexpectedRowCount:
            raise NotFound("There is no such registration token.") from None

    def audited(self, permission: str, target: str, reason: str = "") -> Write:
        """A write with an entry of the audit log in it."""
        write = Write()
        self._app.audit.record(write, permission=permission, target=target, reason=reason)
        return write
