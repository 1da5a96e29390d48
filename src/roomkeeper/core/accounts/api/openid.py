"""Proving to other services who one is. spec: client-server §OpenID; server-server §OpenID"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.accounts.short_tokens import ShortTokens
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden, MissingToken
from roomkeeper.platform.http import Request


def install(app: Application, tokens: ShortTokens) -> None:
    """Serve it."""

    async def request_token(request: Request) -> dict[str, Any]:
        if request.parameters["userId"] != request.user.user_id:
            raise Forbidden("You can prove who you are yourself, and nobody else.")
        request.json(dict[str, Any])
        return await tokens.new_openid_token(request.user.user_id)

    async def userinfo(request: Request) -> dict[str, Any]:
        token = request.query("access_token")
        if not token:
            raise MissingToken("The query parameter access_token is required.")
        return {"sub": await tokens.openid_user(token)}

    path = "/_matrix/client/v3/user/{userId}/openid/request_token"
    app.routes.add("POST", path, request_token, limit="write", max_body=65_536)
    app.routes.add("GET", "/_matrix/federation/v1/openid/userinfo", userinfo, access="public")
