"""Write keys: made, listed, revoked."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.repair.api import ROOT
from roomkeeper.capabilities.repair.intake.keys import KEYS, Keys, NewKey
from roomkeeper.capabilities.repair.models import WriteKey
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.paging import PageQuery


class KeyBody(msgspec.Struct, frozen=True, kw_only=True):
    """A write key to be made: for what, on which side its events are, how many per second it may send."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    side: Literal["client", "server"] = "client"
    per_second: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class MadeKey(msgspec.Struct, frozen=True):
    """A new key. `write_key` is told this once."""

    key: WriteKey
    write_key: str


class KeyPage(msgspec.Struct, frozen=True, kw_only=True):
    """Write keys, the oldest first; `next_batch` where there are more."""

    keys: list[WriteKey]
    next_batch: str | None = None


class KeysApi:
    """``/_roomkeeper/v1/repair/keys``."""

    def __init__(self, app: Application, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    def add_routes(self) -> None:
        """Serve them."""
        routes = self._app.routes
        routes.privileged("GET", f"{ROOT}/keys", self.page, KEYS)
        routes.privileged("POST", f"{ROOT}/keys", self.make, KEYS)
        routes.privileged("DELETE", f"{ROOT}/keys/{{keyId}}", self.revoke, KEYS)

    async def page(self, _request: Request, query: PageQuery) -> KeyPage:
        """The write keys, those that were revoked among them."""
        found = await self._keys.page(query.from_, query.limit)
        return KeyPage(keys=found, next_batch=found[-1].key_id if len(found) == query.limit else None)

    async def make(self, request: Request, body: KeyBody) -> MadeKey:
        """A new write key for another program's events."""
        wish = NewKey(name=body.name, side=body.side, per_second=body.per_second)
        return MadeKey(*await self._keys.make(request.actor, wish))

    async def revoke(self, request: Request) -> WriteKey:
        """Let a write key count no longer; what it has sent stays."""
        return await self._keys.revoke(request.parameters["keyId"])
