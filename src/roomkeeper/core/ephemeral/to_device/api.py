"""The endpoint of messages to devices."""

from __future__ import annotations

import msgspec

from roomkeeper.core.ephemeral.to_device.service import Contents, ToDevice
from roomkeeper.platform.errors import BadJson
from roomkeeper.platform.http import Request, Response, Routes
from roomkeeper.wire.canonical_json import decode_object

MAX_BODY = 1024 * 1024


class SendBody(msgspec.Struct, frozen=True):
    """Contents by user id and device id."""

    messages: Contents


class ToDeviceApi:
    """spec: client-server §Send-to-Device messaging"""

    def __init__(self, to_device: ToDevice) -> None:
        self._to_device = to_device

    def add_routes(self, routes: Routes) -> None:
        """Serve it."""
        path = "/_matrix/client/v3/sendToDevice/{eventType}/{txnId}"
        routes.add("PUT", path, self.put, limit="write", max_body=MAX_BODY)

    async def put(self, request: Request) -> Response:
        """Send messages to devices."""
        try:
            body = msgspec.convert(decode_object(request.body), SendBody)
        except msgspec.ValidationError as error:
            raise BadJson(f"{error}.") from None
        return await self._to_device.send(request, request.parameters["eventType"], body.messages)
