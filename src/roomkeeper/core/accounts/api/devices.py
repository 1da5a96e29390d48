"""A user's devices. spec: client-server §Device Management"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.accounts.interactive import Auth
from roomkeeper.core.accounts.models import Device
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import EMPTY, Request, Response

MAX_AT_ONCE = 1000

DeviceIds = Annotated[list[str], Meta(max_length=MAX_AT_ONCE)]


class RenameRequest(msgspec.Struct):
    """Body of ``PUT /devices/{deviceId}``."""

    display_name: str | None = None


class DeleteRequest(msgspec.Struct):
    """Body of ``DELETE /devices/{deviceId}``."""

    auth: Auth | None = None


class DeleteManyRequest(msgspec.Struct):
    """Body of ``POST /delete_devices``."""

    devices: DeviceIds
    auth: Auth | None = None


def install(app: Application, accounts: Accounts) -> None:
    """Serve them."""

    async def list_devices(request: Request) -> dict[str, Any]:
        return {"devices": await accounts.devices(request.user.user_id)}

    async def get_device(request: Request) -> Device:
        return await accounts.device(request.user.user_id, request.parameters["deviceId"])

    async def rename(request: Request, body: RenameRequest) -> Response:
        """Name a device."""
        name = body.display_name
        if request.user.appservice is not None:
            # spec: application-service §Creating devices
            made = await accounts.put_device(request.user.user_id, request.parameters["deviceId"], name)
            return Response(b"{}", 201 if made else 200)
        await accounts.rename_device(request.user.user_id, request.parameters["deviceId"], name)
        return EMPTY

    async def delete(request: Request, device_ids: list[str], auth: Auth | None) -> Response:
        if request.user.appservice is not None:
            # spec: application-service §Deleting devices
            await accounts.remove_devices(request.user.user_id, device_ids)
            return EMPTY
        async with accounts.confirmed(request, auth):
            await accounts.remove_devices(request.user.user_id, device_ids)
        return EMPTY

    async def delete_one(request: Request, body: DeleteRequest) -> Response:
        """Sign a device out; needs the password."""
        return await delete(request, [request.parameters["deviceId"]], body.auth)

    async def delete_many(request: Request, body: DeleteManyRequest) -> Response:
        """Sign devices out; needs the password."""
        return await delete(request, body.devices, body.auth)

    app.routes.add("GET", "/_matrix/client/v3/devices", list_devices)
    app.routes.add("GET", "/_matrix/client/v3/devices/{deviceId}", get_device)
    app.routes.add("PUT", "/_matrix/client/v3/devices/{deviceId}", rename, limit="write")
    app.routes.add("DELETE", "/_matrix/client/v3/devices/{deviceId}", delete_one, limit="write")
    app.routes.add("POST", "/_matrix/client/v3/delete_devices", delete_many, limit="write")
