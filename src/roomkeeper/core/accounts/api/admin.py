"""Locking and suspending accounts, and looking where somebody is signed in, for those that are administrators.

spec: client-server §Account moderation, §Server Administration
"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.accounts.models import User
from roomkeeper.core.accounts.moderation import Moderation
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.http import Request
from roomkeeper.wire.identifiers import parse_user_id


class LockRequest(msgspec.Struct):
    """Body of ``PUT /admin/lock/{userId}``."""

    locked: bool


class SuspendRequest(msgspec.Struct):
    """Body of ``PUT /admin/suspend/{userId}``."""

    suspended: bool


def install(app: Application, accounts: Accounts, moderation: Moderation) -> None:
    """Serve it."""

    async def target(request: Request) -> User:
        """The account, which is no other administrator's. Who asks is checked before it is looked for."""
        if not (await accounts.user(request.user.user_id)).is_admin:
            raise Forbidden("This is for administrators.")
        user_id = request.parameters["userId"]
        if parse_user_id(user_id).server_name != accounts.server_name:
            raise InvalidParameter("This is not a user of this server.")
        user = await accounts.user(user_id)
        if user.state == "deactivated":
            raise NotFound("This account is deactivated.")
        if user.is_admin and (user.user_id != request.user.user_id or request.scope["method"] == "PUT"):
            raise Forbidden("Administrators cannot do this with one another, nor with themselves.")
        return user

    async def get_lock(request: Request) -> dict[str, Any]:
        return {"locked": (await target(request)).state == "locked"}

    async def put_lock(request: Request) -> dict[str, Any]:
        user, locked = await target(request), request.json(LockRequest).locked
        await moderation.set_locked(user.user_id, locked=locked, actor=request.user.user_id)
        return {"locked": locked}

    async def get_suspend(request: Request) -> dict[str, Any]:
        return {"suspended": (await target(request)).is_suspended}

    async def put_suspend(request: Request) -> dict[str, Any]:
        user, suspended = await target(request), request.json(SuspendRequest).suspended
        await moderation.set_suspended(user.user_id, suspended=suspended, actor=request.user.user_id)
        return {"suspended": suspended}

    async def whois(request: Request) -> dict[str, Any]:
        own, user_id = request.user.user_id, request.parameters["userId"]
        if user_id != own and not (await accounts.user(own)).is_admin:
            raise Forbidden("This is for administrators, and for the user themselves.")
        return await moderation.whois(user_id, own)

    root = "/_matrix/client/v1/admin"
    app.routes.add("GET", f"{root}/lock/{{userId}}", get_lock)
    app.routes.add("PUT", f"{root}/lock/{{userId}}", put_lock, limit="write")
    app.routes.add("GET", f"{root}/suspend/{{userId}}", get_suspend)
    app.routes.add("PUT", f"{root}/suspend/{{userId}}", put_suspend, limit="write")
    app.routes.add("GET", "/_matrix/client/v3/admin/whois/{userId}", whois)
