"""The operator API: for the administrator of the machine, who can read the running server's token."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.accounts.models import RegistrationToken, UserSummary
from roomkeeper.core.accounts.operator import Operator
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.platform.http.paging import MAX_INTEGER, PageQuery
from roomkeeper.wire.identifiers import MAX_ID_BYTES


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


class UsersQuery(PageQuery, frozen=True, kw_only=True):
    """Which accounts."""

    search: Annotated[str, Meta(max_length=MAX_ID_BYTES, description="A part of the user id.")] = ""


class Named(msgspec.Struct, frozen=True):
    """The account that was made or changed."""

    user_id: str


class UserPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of accounts, in the order of their ids."""

    users: list[UserSummary]
    next_batch: str | None = None


class RegistrationTokenPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of registration tokens, in their order."""

    registration_tokens: list[RegistrationToken]
    next_batch: str | None = None


def install(app: Application, operator: Operator) -> None:
    """Serve it."""

    async def create_user(_request: Request, body: CreateUserRequest) -> Named:
        """Make an account."""
        return Named(await operator.create_user(body.user, body.password, is_admin=body.admin))

    async def list_users(_request: Request, query: UsersQuery) -> UserPage:
        """The accounts of this server."""
        users = list(await operator.list_users(query.from_, query.search, query.limit))
        return UserPage(users, users[-1].user_id if len(users) == query.limit else None)

    async def reset_password(request: Request, body: ResetPasswordRequest) -> Named:
        """Set a user's password; their devices are signed out unless that is said."""
        name = request.parameters["userId"]
        return Named(await operator.reset_password(name, body.password, log_out=body.logout_devices))

    async def create_token(_request: Request, body: CreateTokenRequest) -> RegistrationToken:
        """Make a token with which people can register."""
        return await operator.create_registration_token(body.token, body.uses_allowed, body.expiry_time)

    async def list_tokens(_request: Request, query: PageQuery) -> RegistrationTokenPage:
        """The tokens with which people can register."""
        tokens = list(await operator.list_registration_tokens(query.from_, query.limit))
        return RegistrationTokenPage(tokens, tokens[-1].token if len(tokens) == query.limit else None)

    async def delete_token(request: Request) -> Response:
        """Revoke a registration token."""
        await operator.delete_registration_token(request.parameters["token"])
        return EMPTY

    app.routes.privileged("POST", "/_roomkeeper/v1/users", create_user, "accounts.write")
    app.routes.privileged("GET", "/_roomkeeper/v1/users", list_users, "accounts.read")
    app.routes.privileged("POST", "/_roomkeeper/v1/users/{userId}/password", reset_password, "accounts.write")
    app.routes.privileged("POST", "/_roomkeeper/v1/registration_tokens", create_token, "registration_tokens.write")
    app.routes.privileged("GET", "/_roomkeeper/v1/registration_tokens", list_tokens, "registration_tokens.read")
    app.routes.privileged(
        "DELETE", "/_roomkeeper/v1/registration_tokens/{token}", delete_token, "registration_tokens.write"
    )
