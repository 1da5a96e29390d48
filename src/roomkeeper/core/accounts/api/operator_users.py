"""The operator API for single accounts: lock, suspend, close, erase, open again."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.accounts.closing import Closing
from roomkeeper.core.accounts.moderation import Moderation
from roomkeeper.core.accounts.operator import Operator
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request

Reason = Annotated[str, Meta(max_length=1000)]


class LockRequest(msgspec.Struct):
    """Body of ``PUT /_roomkeeper/v1/users/{userId}/lock``."""

    locked: bool
    reason: Reason = ""


class SuspendRequest(msgspec.Struct):
    """Body of ``PUT /_roomkeeper/v1/users/{userId}/suspend``."""

    suspended: bool
    reason: Reason = ""


class DeactivateRequest(msgspec.Struct):
    """Body of ``POST /_roomkeeper/v1/users/{userId}/deactivate``."""

    erase: bool = False
    reason: Reason = ""


class ReactivateRequest(msgspec.Struct):
    """Body of ``POST /_roomkeeper/v1/users/{userId}/reactivate``."""

    password: str


def install(app: Application, operator: Operator, moderation: Moderation, closing: Closing) -> None:
    """Serve it."""

    async def lock(request: Request) -> dict[str, Any]:
        body, user_id = request.json(LockRequest), operator.user_id(request.parameters["userId"])
        await moderation.set_locked(user_id, locked=body.locked, actor=request.actor, reason=body.reason)
        return {"user_id": user_id, "locked": body.locked}

    async def suspend(request: Request) -> dict[str, Any]:
        body, user_id = request.json(SuspendRequest), operator.user_id(request.parameters["userId"])
        await moderation.set_suspended(user_id, suspended=body.suspended, actor=request.actor, reason=body.reason)
        return {"user_id": user_id, "suspended": body.suspended}

    async def deactivate(request: Request) -> dict[str, Any]:
        body, user_id = request.json(DeactivateRequest), operator.user_id(request.parameters["userId"])
        write = operator.audited("users.erase" if body.erase else "users.deactivate", user_id, body.reason)
        await closing.deactivate(user_id, erase=body.erase, write=write)
        return {"user_id": user_id, "erased": body.erase}

    async def reactivate(request: Request) -> dict[str, Any]:
        body, user_id = request.json(ReactivateRequest), operator.user_id(request.parameters["userId"])
        await closing.reactivate(user_id, body.password, operator.audited("users.reactivate", user_id))
        return {"user_id": user_id}

    root = "/_roomkeeper/v1/users/{userId}"
    app.routes.privileged("PUT", f"{root}/lock", lock, "accounts.write")
    app.routes.privileged("PUT", f"{root}/suspend", suspend, "accounts.write")
    app.routes.privileged("POST", f"{root}/deactivate", deactivate, "accounts.write")
    app.routes.privileged("POST", f"{root}/reactivate", reactivate, "accounts.write")
