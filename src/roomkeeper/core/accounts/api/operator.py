"""The operator API: for the administrator of the machine, who can read the running server's token."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.accounts.models import RegistrationToken
from roomkeeper.core.accounts.operator import Operator
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.wire.identifiers import MAX_ID_BYTES

MAX_PAGE = 500
MAX_INTEGER = 2**53 - 1


class CreateUserRequest(msgspec.Struct):
    """Body of ``POST /_roomkeeper/v1/users``; `user` is an id or the name before the colon."""

    user: str
    password: str
    admin: bool = False


class ResetPasswordRequest(msgspec.Struct):
    """Body of ``POST /_roomkeeper/v1/users/{userId}/password``."""

    password: str
    logout_devices: bool = True


class CreateTokenRequest(msgspec.Struct):
    """Body of ``POST /_roomkeeper/v1/registration_tokens``; `expiry_time` in milliseconds since the epoch."""

    token: str | None = None
    uses_allowed: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] | None = None
    expiry_time: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] | None = None


def install(app: Application, operator: Operator) -> None:
    """Serve it."""

    async def create_user(request: Request) -> dict[str, Any]:
        body = request.json(CreateUserRequest)
        return {"user_id": await operator.create_user(body.user, body.password, is_admin=body.admin)}

    async def list_users(request: Request) -> dict[str, Any]:
        limit, search = _limit(request), request.query("search") or ""
        if len(search) > MAX_ID_BYTES:
            raise InvalidParameter(f"No user id is longer than {MAX_ID_BYTES} bytes.")
        users = await operator.list_users(request.query("from") or "", search, limit)
        return _page("users", users, users[-1].user_id if len(users) == limit else None)

    async def reset_password(request: Request) -> dict[str, Any]:
        body, name = request.json(ResetPasswordRequest), request.parameters["userId"]
        return {"user_id": await operator.reset_password(name, body.password, log_out=body.logout_devices)}

    async def create_token(request: Request) -> RegistrationToken:
        body = request.json(CreateTokenRequest)
        return await operator.create_registration_token(body.token, body.uses_allowed, body.expiry_time)

    async def list_tokens(request: Request) -> dict[str, Any]:
        limit = _limit(request)
        tokens = await operator.list_registration_tokens(request.query("from") or "", limit)
        return _page("registration_tokens", tokens, tokens[-1].token if len(tokens) == limit else None)

    async def delete_token(request: Request) -> Response:
        await operator.delete_registration_token(request.parameters["token"])
        return EMPTY

    async def read_audit_log(request: Request) -> dict[str, Any]:
        limit = _limit(request)
        before = request.query_integer("from", 0, maximum=MAX_INTEGER)
        entries = await operator.read_audit_log(before or None, limit)
        return _page("entries", entries, str(entries[-1].id) if len(entries) == limit else None)

    app.routes.privileged("POST", "/_roomkeeper/v1/users", create_user, "accounts.write")
    app.routes.privileged("GET", "/_roomkeeper/v1/users", list_users, "accounts.read")
    app.routes.privileged("POST", "/_roomkeeper/v1/users/{userId}/password", reset_password, "accounts.write")
    app.routes.privileged("POST", "/_roomkeeper/v1/registration_tokens", create_token, "registration_tokens.write")
    app.routes.privileged("GET", "/_roomkeeper/v1/registration_tokens", list_tokens, "registration_tokens.read")
    app.routes.privileged(
        "DELETE", "/_roomkeeper/v1/registration_tokens/{token}", delete_token, "registration_tokens.write"
    )
    app.routes.privileged("GET", "/_roomkeeper/v1/audit", read_audit_log, "audit.read")


def _limit(request: Request) -> int:
    return request.query_integer("limit", 100, minimum=1, maximum=MAX_PAGE)


def _page(name: str, items: object, next_batch: str | None) -> dict[str, Any]:
    """A page; `next_batch` is the ``from`` of the next one, absent on the last."""
    return {name: items} if next_batch is None else {name: items, "next_batch": next_batch}
