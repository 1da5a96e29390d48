"""Locking accounts, for those that are administrators. spec: client-server §Account locking"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.accounts.models import User
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.http import Request
from roomkeeper.wire.identifiers import parse_user_id


class LockRequest(msgspec.Struct):
    """Body of ``PUT /admin/lock/{userId}``."""

    locked: bool


def install(app: Application, accounts: Accounts) -> None:
    """Serve it."""

    async def target(request: Request) -> User:
        if not (await accounts.user(request.user.user_id)).is_admin:
            raise Forbidden("This is for administrators.")
        if parse_user_id(request.parameters["userId"]).server_name != accounts.server_name:
            raise InvalidParameter("This is not a user of this server.")
        user = await accounts.user(request.parameters["userId"])
        if user.state == "deactivated":
            raise NotFound("This account is deactivated.")
        return user

    async def get_lock(request: Request) -> dict[str, Any]:
        return {"locked": (await target(request)).state == "locked"}

    async def put_lock(request: Request) -> dict[str, Any]:
        user, locked = await target(request), request.json(LockRequest).locked
        if user.is_admin:
            raise Forbidden("Administrators cannot be locked by one another, nor by themselves.")
        write = Write()
        permission = "users.lock" if locked else "users.unlock"
        app.audit.record(write, actor=request.user.user_id, permission=permission, target=user.user_id)
        await (accounts.lock if locked else accounts.unlock)(user.user_id, write)
        return {"locked": locked}

    app.routes.add("GET", "/_matrix/client/v1/admin/lock/{userId}", get_lock)
    app.routes.add("PUT", "/_matrix/client/v1/admin/lock/{userId}", put_lock, limit="write")
