"""Signing in and out, refreshing tokens. spec: client-server §Legacy API: Login"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.accounts.interactive import Auth
from roomkeeper.core.accounts.models import DeviceWish, SignedIn
from roomkeeper.core.accounts.rules import MAX_PASSWORD
from roomkeeper.core.accounts.service import Accounts, named_in
from roomkeeper.core.accounts.short_tokens import ShortTokens
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, MissingParameter, UnknownLoginType
from roomkeeper.platform.http import EMPTY, Request, Response

PASSWORD = "m.login.password"  # noqa: S105 - the name of a flow
TOKEN = "m.login.token"  # noqa: S105 - the name of a flow
MAX_TOKEN = 256


class LoginRequest(msgspec.Struct):
    """Body of ``POST /login``."""

    type: str
    identifier: Auth | None = None
    user: str | None = None
    password: str | None = None
    token: str | None = None
    device_id: str | None = None
    initial_device_display_name: str | None = None
    refresh_token: bool = False


class LoginTokenRequest(msgspec.Struct):
    """Body of ``POST /login/get_token``."""

    auth: Auth | None = None


class RefreshRequest(msgspec.Struct):
    """Body of ``POST /refresh``."""

    refresh_token: str


class RefreshAnswer(msgspec.Struct):
    """New tokens; `expires_in_ms` is the lifetime of the access token."""

    access_token: str
    refresh_token: str | None
    expires_in_ms: int | None


def install(app: Application, accounts: Accounts, tokens: ShortTokens) -> None:
    """Serve them."""

    async def flows(_request: Request) -> dict[str, Any]:
        others = [{"type": name} for name in accounts.offered_login_types]
        return {"flows": [{"type": PASSWORD}, {"type": TOKEN, "get_login_token": True}, *others]}

    async def log_in(request: Request, body: LoginRequest) -> SignedIn | Response:
        """Sign in."""
        other = accounts.login_types.get(body.type)
        return await (sign_in(accounts, tokens, body) if other is None else other(request))

    async def get_token(request: Request, body: LoginTokenRequest) -> dict[str, Any]:
        """A token with which another client may sign in, once; needs the password."""
        async with accounts.confirmed(request, body.auth):
            return await tokens.new_login_token(request.user.user_id)

    async def refresh(_request: Request, body: RefreshRequest) -> RefreshAnswer:
        """New tokens for a refresh token."""
        signed_in = await accounts.refresh(body.refresh_token)
        return RefreshAnswer(signed_in.access_token, signed_in.refresh_token, signed_in.expires_in_ms)

    async def log_out(request: Request) -> Response:
        await accounts.remove_devices(request.user.user_id, [request.user.device_id])
        return EMPTY

    async def log_out_everywhere(request: Request) -> Response:
        await accounts.remove_all_devices(Write(), request.user.user_id)
        return EMPTY

    async def whoami(request: Request) -> dict[str, Any]:
        user = request.user
        device = {"device_id": user.device_id} if user.device_id else {}
        return {"user_id": user.user_id, **device, "is_guest": user.is_guest}

    app.routes.add("GET", "/_matrix/client/v3/login", flows, access="public")
    app.routes.add("POST", "/_matrix/client/v3/login", log_in, access="public", limit="login", max_body=65_536)
    app.routes.add("POST", "/_matrix/client/v1/login/get_token", get_token, limit="write", max_body=65_536)
    app.routes.add("POST", "/_matrix/client/v3/refresh", refresh, access="public", limit="write", max_body=65_536)
    app.routes.add("POST", "/_matrix/client/v3/logout", log_out, limit="write")
    app.routes.add("POST", "/_matrix/client/v3/logout/all", log_out_everywhere, limit="write")
    app.routes.add("GET", "/_matrix/client/v3/account/whoami", whoami)


async def sign_in(accounts: Accounts, tokens: ShortTokens, body: LoginRequest) -> SignedIn:
    """One of the ways to sign in."""
    wish = DeviceWish(body.device_id, body.initial_device_display_name, body.refresh_token)
    if body.type == TOKEN:
        if body.token is None:
            raise MissingParameter("The token is required.")
        return await tokens.log_in(body.token[:MAX_TOKEN], wish)
    if body.type != PASSWORD:
        raise UnknownLoginType
    name = named_in({"identifier": body.identifier, "user": body.user})
    if name is None or body.password is None:
        raise MissingParameter("Both an identifier and a password are required.")
    if len(body.password) > MAX_PASSWORD:
        raise InvalidParameter(f"A password has {MAX_PASSWORD} characters at most.")
    return await accounts.log_in(name, body.password, wish)
