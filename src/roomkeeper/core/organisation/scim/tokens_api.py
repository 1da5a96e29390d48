"""The endpoints of tokens for provisioning."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.organisation.api.shapes import PageQuery
from roomkeeper.core.organisation.scim.models import Token
from roomkeeper.core.organisation.scim.tokens import Tokens
from roomkeeper.platform.http import EMPTY, Request, Response, Routes


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token; `valid_days` null: until it is revoked."""

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z")]
    valid_days: Annotated[int, Meta(ge=1, le=36500)] | None = None


class MadeToken(Token, frozen=True, kw_only=True):
    """A token with its secret, which is told this once."""

    token: str


class TokenPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of tokens, in the order of their names."""

    provisioning_tokens: list[Token]
    next_batch: str | None = None


class TokensApi:
    """``/_roomkeeper/v1/provisioning_tokens``."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = "/_roomkeeper/v1/provisioning_tokens"
        routes.privileged("GET", root, self.page, "provisioning.read", audited=True)
        routes.privileged("POST", root, self.create, "provisioning.write")
        routes.privileged("DELETE", f"{root}/{{name}}", self.revoke, "provisioning.write")

    async def page(self, _request: Request, query: PageQuery) -> TokenPage:
        """The tokens with which other systems provision people (SCIM), with their last use."""
        found = list(await self._tokens.page(query.from_, query.limit))
        return TokenPage(found, found[-1].name if len(found) == query.limit else None)

    async def create(self, request: Request, body: NewToken) -> MadeToken:
        """Make a token. Its secret is in this answer alone: what is stored is a hash."""
        token, secret = await self._tokens.create(request.actor, body.name, body.valid_days)
        return MadeToken(**msgspec.structs.asdict(token), token=secret)

    async def revoke(self, request: Request) -> Response:
        """Revoke a token: nobody gets in with it any more."""
        await self._tokens.revoke(request.parameters["name"])
        return EMPTY
