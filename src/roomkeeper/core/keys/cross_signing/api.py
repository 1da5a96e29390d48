"""Uploading cross-signing keys and signatures. spec: client-server §Cross-signing"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

import msgspec

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.accounts.interactive import Auth
from roomkeeper.core.keys.cross_signing import rules
from roomkeeper.core.keys.cross_signing.models import USAGES
from roomkeeper.core.keys.cross_signing.service import CrossSigning
from roomkeeper.platform.errors import BadJson, TooLarge
from roomkeeper.platform.http import EMPTY, Request, Response, Routes
from roomkeeper.wire.canonical_json import decode_object

MAX_SIGNED = 1000
"""Signed objects in one request."""


class KeysBody(msgspec.Struct, frozen=True):
    """Body of ``POST /keys/device_signing/upload``."""

    master_key: dict[str, Any] | None = None
    self_signing_key: dict[str, Any] | None = None
    user_signing_key: dict[str, Any] | None = None
    auth: Auth | None = None


class CrossSigningApi:
    """The endpoints."""

    def __init__(self, cross_signing: CrossSigning, accounts: Accounts) -> None:
        self._cross_signing = cross_signing
        self._accounts = accounts

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("POST", "/_matrix/client/v3/keys/device_signing/upload", self.upload_keys, limit="write")
        routes.add("POST", "/_matrix/client/v3/keys/signatures/upload", self.upload_signatures, limit="write")

    async def upload_keys(self, request: Request) -> Response:
        """``POST /keys/device_signing/upload``: confirmed with the password where there are keys already."""
        try:
            body = msgspec.convert(decode_object(request.body or b"{}"), KeysBody)
        except msgspec.ValidationError as error:
            raise BadJson(f"{error}.") from None
        user = request.user
        given = {usage: getattr(body, f"{usage}_key") for usage in USAGES}
        keys = {
            usage: rules.check_key(value, usage, user.user_id) for usage, value in given.items() if value is not None
        }
        async with AsyncExitStack() as confirmed:

            async def confirm() -> None:
                # spec: application-service §Cross-signing: a service need not confirm for the users whom it acts as
                if user.appservice is None:
                    await confirmed.enter_async_context(self._accounts.confirmed(request, body.auth))

            await self._cross_signing.upload_keys(user.user_id, keys, confirm)
        return EMPTY

    async def upload_signatures(self, request: Request) -> dict[str, Any]:
        """``POST /keys/signatures/upload``"""
        try:
            signed = msgspec.convert(decode_object(request.body or b"{}"), dict[str, dict[str, dict[str, Any]]])
        except msgspec.ValidationError as error:
            raise BadJson(f"{error}.") from None
        if len(signed) > MAX_SIGNED or sum(map(len, signed.values())) > MAX_SIGNED:
            raise TooLarge(f"Upload signatures of {MAX_SIGNED} keys at a time at most.")
        return {"failures": await self._cross_signing.upload_signatures(request.user.user_id, signed)}
