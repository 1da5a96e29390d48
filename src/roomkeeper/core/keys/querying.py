"""Looking at keys: everyone's devices and cross-signing keys, and whose have changed.

spec: client-server §Key management API
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.keys.cross_signing import CrossSigning
from roomkeeper.core.keys.cross_signing import rules as signing_rules
from roomkeeper.core.keys.devices import DeviceKeys
from roomkeeper.core.keys.lists import DeviceLists
from roomkeeper.core.keys.remote import split_local
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import TooLarge
from roomkeeper.platform.http import Request, Routes

MAX_USERS = 1000
MAX_DEVICES = 20_000


class QueryBody(msgspec.Struct, frozen=True):
    """Body of ``POST /keys/query``. `timeout` is for other servers."""

    device_keys: dict[str, list[str]]
    timeout: int | None = None


class Querying:
    """The endpoints."""

    def __init__(
        self, app: Application, accounts: Accounts, lists: DeviceLists, devices: DeviceKeys, cross_signing: CrossSigning
    ) -> None:
        self._driver = app.driver
        self._positions = app.positions
        self._server_name = app.settings.server_name
        self._accounts = accounts
        self._lists = lists
        self._devices = devices
        self._cross_signing = cross_signing

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        routes.add("POST", "/_matrix/client/v3/keys/query", self.query)
        routes.add("GET", "/_matrix/client/v3/keys/changes", self.changes)

    async def query(self, request: Request, body: QueryBody) -> dict[str, Any]:
        """``POST /keys/query``"""
        wanted = body.device_keys
        if len(wanted) > MAX_USERS or sum(map(len, wanted.values())) > MAX_DEVICES:
            raise TooLarge(f"Ask for {MAX_USERS} users and {MAX_DEVICES} devices at a time at most.")
        local, failures = split_local(wanted, self._server_name)
        there = sorted(await self._accounts.users_exist(local))
        viewer = request.user.user_id
        signatures = await self._cross_signing.signatures_on(there, viewer)
        answer: dict[str, Any] = {
            "device_keys": await self._device_keys(there, local, viewer, signatures),
            "failures": failures,
        }
        for user_id, keys in (await self._cross_signing.keys_of(there)).items():
            for usage, key in keys.items():
                if usage == "user_signing" and user_id != viewer:
                    continue
                on_key = signatures.get((user_id, key.public_key), [])
                answer.setdefault(f"{usage}_keys", {})[user_id] = signing_rules.visible(key.value, on_key, viewer)
        return answer

    async def _device_keys(
        self, user_ids: Sequence[str], wanted: Mapping[str, list[str]], viewer: str, signatures: Mapping[Any, Any]
    ) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {user_id: {} for user_id in user_ids}
        names = await self._accounts.device_names(user_ids)
        only = {user_id: frozenset(device_ids) for user_id, device_ids in wanted.items()}
        for user_id, device_id, content in await self._devices.of_users(user_ids):
            if only[user_id] and device_id not in only[user_id]:
                continue
            on_device = signatures.get((user_id, device_id), [])
            keys = signing_rules.visible(msgspec.json.decode(content), on_device, viewer)
            name = names.get((user_id, device_id))
            found[user_id][device_id] = keys if name is None else {**keys, "unsigned": {"device_display_name": name}}
        return found

    async def changes(self, request: Request) -> dict[str, Any]:
        """``GET /keys/changes``: up to now, whatever `to` is: what is newer, the client would learn of anyway."""
        since = stream_tokens.decode(request.query_required("from"))
        stream_tokens.decode(request.query_required("to"))
        if not self._positions.knows(since):
            since = 0
        async with self._driver.snapshot() as reader:
            delta = await self._lists.since(reader, request.user.user_id, since)
        return delta.as_json()
