"""Tokens with which other systems provision people: made, listed, revoked, and let in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

import msgspec

from roomkeeper.core.organisation.scim import rules
from roomkeeper.core.organisation.scim.models import Token
from roomkeeper.core.organisation.scim.store import tokens as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.errors import InvalidParameter, MissingToken, NotFound, UnknownToken
from roomkeeper.platform.http import Request, Requester

PREFIX = "rks_"
"""Begins every token, so that one that lies about is recognised."""
ACCESS = "provisioning"
MOST = 100
USED_EVERY_MS = 60_000
DAY_MS = 24 * 3600 * 1000


class Tokens:
    """The tokens of this server. What is stored of one is a hash."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._known: dict[bytes, Token] = {}
        self._revocations = 0

    async def create(self, actor: str, name: str, valid_days: int | None) -> tuple[Token, str]:
        """A new token, and its secret, which is told this once. Raises `InvalidParameter`."""
        rules.checked_name(name)
        if await store.count(self._app.driver) >= MOST:
            raise InvalidParameter(f"There are {MOST} tokens already: revoke some.")
        secret, now = PREFIX + secrets.token_urlsafe(32), self._app.clock.now_ms()
        expires_ts = None if valid_days is None else now + valid_days * DAY_MS
        token = Token(name=name, created_ts=now, created_by=actor, expires_ts=expires_ts)
        write = Write()
        store.insert(write, token, _hash(secret))
        self._app.audit.record(write, permission="provisioning_tokens.create", target=name)
        try:
            await self._app.committer.submit(write)
        except UnexpectedRowCount:
            raise InvalidParameter(f"There is a token {name} already.") from None
        return token, secret

    async def page(self, after: str, limit: int) -> Sequence[Token]:
        """Tokens after a name."""
        return await store.page(self._app.driver, after, limit)

    async def revoke(self, name: str) -> None:
        """Let nobody in with a token any more. Raises `NotFound`."""
        write = Write()
        store.delete(write, name)
        self._app.audit.record(write, permission="provisioning_tokens.revoke", target=name)
        self._forget(name)
        try:
            await self._app.committer.submit(write)
        except UnexpectedRowCount:
            raise NotFound(f"There is no token {name}.") from None
        finally:
            self._forget(name)

    def _forget(self, name: str) -> None:
        self._revocations += 1
        for key in [key for key, token in self._known.items() if token.name == name]:
            del self._known[key]

    async def admit(self, request: Request, secret: str | None) -> Requester:
        """Who asks with a token; see `HttpServer.admit`. Raises `MissingToken`, `UnknownToken`."""
        if secret is None:
            raise MissingToken
        key, now = _hash(secret), self._app.clock.now_ms()
        token = await self._find(key)
        if token is None or (token.expires_ts is not None and token.expires_ts <= now):
            raise UnknownToken("This token is not known, was revoked, or has expired.")
        if token.last_used_ts is None or token.last_used_ts + USED_EVERY_MS <= now:
            await self._note_use(key, token, now, request.client_address)
        return Requester(f"{ACCESS}:{token.name}", "")

    async def _find(self, key: bytes) -> Token | None:
        token = self._known.get(key)
        while token is None:
            revocations = self._revocations
            token = await store.find(self._app.driver, key)
            if token is None:
                return None
            if revocations == self._revocations:
                self._known[key] = token
        return token

    async def _note_use(self, key: bytes, token: Token, now: int, address: str) -> None:
        if key in self._known:
            self._known[key] = msgspec.structs.replace(token, last_used_ts=now, last_used_ip=address)
        write = Write()
        store.touch(write, token.name, now, address)
        await self._app.committer.submit(write)


def _hash(secret: str) -> bytes:
    """It is random and long, so that a plain hash keeps it secret."""
    return hashlib.sha256(secret.encode()).digest()
