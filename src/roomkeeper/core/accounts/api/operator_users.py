"""The operator API for single accounts: lock, suspend, close, erase, open again."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.accounts.api.operator import Named
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


class Locked(msgspec.Struct, frozen=True):
    """Whether an account is locked now."""

    user_id: str
    locked: bool


class Suspended(msgspec.Struct, frozen=True):
    """Whether an account is suspended now."""

    user_id: str
    suspended: bool


class Deactivated(msgspec.Struct, frozen=True):
    """An account that is closed now, and whether what it has is being erased."""

    user_id: str
    erased: bool


def install(app: Application, operator: Operator, moderation: Moderation, closing: Closing) -> None:
    """Serve it."""

    async def lock(request: Request, body: LockRequest) -> Locked:
        """Refuse all that a user asks, or let them in again; their devices are kept."""
        user_id = operator.user_id(request.parameters["userId"])
        await moderation.set_locked(user_id, locked=body.locked, actor=request.actor, reason=body.reason)
        return Locked(user_id, body.locked)

    async def suspend(request: Request, body: SuspendRequest) -> Suspended:
        """Let a user do little but read, or everything again."""
        user_id = operator.user_id(request.parameters["userId"])
        await moderation.set_suspended(user_id, suspended=body.suspended, actor=request.actor, reason=body.reason)
        return Suspended(user_id, body.suspended)

    async def deactivate(request: Request, body: DeactivateRequest) -> Deactivated:
        """Close an account, also of a person; `erase` removes all that is kept of them."""
        user_id = operator.user_id(request.parameters["userId"])
        write = operator.audited("users.erase" if body.erase else "users.deactivate", user_id, body.reason)
        await closing.deactivate(user_id, erase=body.erase, write=write)
        return Deactivated(user_id, body.erase)

    async def reactivate(request: Request, body: ReactivateRequest) -> Named:
        """Open a closed account again, with a new password."""
        user_id = operator.user_id(request.parameters["userId"])
        await closing.reactivate(user_id, body.password, operator.audited("users.reactivate", user_id))
        return Named(user_id)

    root = "/_roomkeeper/v1/users/{userId}"
    app.routes.privileged("PUT", f"{root}/lock", lock, "accounts.write")
    app.routes.privileged("PUT", f"{root}/suspend", suspend, "accounts.write")
    app.routes.privileged("POST", f"{root}/deactivate", deactivate, "accounts.write")
    app.routes.privileged("POST", f"{root}/reactivate", reactivate, "accounts.write")
