"""Tokens for one purpose and a short time: to sign in once on another device, to prove to a service who one is.

spec: client-server §Login (``m.login.token``), §OpenID
"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.accounts import rules, store
from roomkeeper.core.accounts.models import DeviceWish, SignedIn
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.errors import Forbidden, UnknownToken, UserLocked

LOGIN = "login"
LOGIN_MS = 120_000
OPENID = "openid"
OPENID_MS = 3_600_000
KEPT = 50
"""Valid tokens of a user and purpose at most; the oldest goes first."""


class ShortTokens:
    """Gives and takes them."""

    def __init__(self, app: Application, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts

    async def _issue(self, user_id: str, purpose: str, lifetime_ms: int) -> str:
        token, now = rules.new_secret(), self._app.clock.now_ms()
        write = Write()
        store.tidy_short_tokens(write, user_id, purpose, KEPT - 1, now)
        store.insert_short_token(write, rules.token_hash(token), purpose, user_id, now + lifetime_ms)
        await self._app.committer.submit(write)
        return token

    async def new_login_token(self, user_id: str) -> dict[str, Any]:
        """A token with which another device can sign in once. Raises `LimitExceeded`."""
        self._app.limits.take("login_token", user_id)
        return {"login_token": await self._issue(user_id, LOGIN, LOGIN_MS), "expires_in_ms": LOGIN_MS}

    async def log_in(self, token: str, wish: DeviceWish) -> SignedIn:
        """Sign in with a login token, once. Raises `Forbidden`, `UserLocked`."""
        hashed = rules.token_hash(token)
        found = await store.find_short_token(self._app.driver, hashed, LOGIN, self._app.clock.now_ms())
        if found is None:
            raise Forbidden("This login token is not valid, or no longer: get another one.")
        user_id, state = found
        if state == "locked":
            raise UserLocked(soft_logout=True)
        write = Write()
        store.use_short_token(write, hashed)
        store.require_active(write, user_id)
        try:
            return await self._accounts.sign_in(write, user_id, wish)
        except UnexpectedRowCount:
            raise Forbidden("This login token has just been used.") from None

    async def new_openid_token(self, user_id: str) -> dict[str, Any]:
        """A token that a service can exchange for the user's id."""
        return {
            "access_token": await self._issue(user_id, OPENID, OPENID_MS),
            "token_type": "Bearer",
            "matrix_server_name": self._accounts.server_name,
            "expires_in": OPENID_MS // 1000,
        }

    async def openid_user(self, token: str) -> str:
        """Whose token it is. Raises `UnknownToken`."""
        hashed = rules.token_hash(token)
        found = await store.find_short_token(self._app.driver, hashed, OPENID, self._app.clock.now_ms())
        if found is None or found[1] != "active":
            raise UnknownToken("This OpenID token is not known, or has expired.")
        return found[0]
