"""Uploading and claiming keys. spec: client-server §Key management API"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.keys.devices import rules
from roomkeeper.core.keys.devices.models import Upload
from roomkeeper.core.keys.devices.service import DeviceKeys
from roomkeeper.core.keys.remote import split_local
from roomkeeper.platform.errors import BadJson, InvalidParameter, TooLarge
from roomkeeper.platform.http import Request, Routes
from roomkeeper.wire.canonical_json import decode_object

MAX_CLAIMS = 5_000
MAX_ALGORITHM = 255


class UploadBody(msgspec.Struct, frozen=True):
    """Body of ``POST /keys/upload``."""

    device_keys: dict[str, Any] | None = None
    one_time_keys: dict[str, Any] | None = None
    fallback_keys: dict[str, Any] | None = None


class ClaimBody(msgspec.Struct, frozen=True):
    """Body of ``POST /keys/claim``. `timeout` is for other servers."""

    one_time_keys: dict[str, dict[str, str]]
    timeout: int | None = None


class DeviceKeysApi:
    """The endpoints."""

    def __init__(self, keys: DeviceKeys, server_name: str) -> None:
        self._keys = keys
        self._server_name = server_name

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("POST", "/_matrix/client/v3/keys/upload", self.upload, limit="write")
        routes.add("POST", "/_matrix/client/v3/keys/claim", self.claim, limit="write")

    async def upload(self, request: Request) -> dict[str, Any]:
        """``POST /keys/upload``"""
        try:
            body = msgspec.convert(decode_object(request.body or b"{}"), UploadBody)
        except msgspec.ValidationError as error:
            raise BadJson(f"{error}.") from None
        device_keys = None if body.device_keys is None else rules.check_device_keys(body.device_keys, request.user)
        upload = Upload(
            device_keys,
            rules.check_keys(body.one_time_keys or {}, "one_time_keys"),
            rules.check_fallback_keys(body.fallback_keys or {}),
        )
        return {"one_time_key_counts": await self._keys.upload(request.user, upload)}

    async def claim(self, _request: Request, body: ClaimBody) -> dict[str, Any]:
        """``POST /keys/claim``"""
        wanted = body.one_time_keys
        if sum(map(len, wanted.values())) > MAX_CLAIMS or len(wanted) > MAX_CLAIMS:
            raise TooLarge(f"Claim {MAX_CLAIMS} keys at a time at most.")
        if any(len(algorithm) > MAX_ALGORITHM for of_user in wanted.values() for algorithm in of_user.values()):
            raise InvalidParameter(f"The name of an algorithm has {MAX_ALGORITHM} characters at most.")
        local, failures = split_local(wanted, self._server_name)
        return {"one_time_keys": await self._keys.claim(local), "failures": failures}
