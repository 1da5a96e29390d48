"""Endpoints for services, and for the administrator. spec: application-service §Client-Server API Extensions"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.core.appservices.listing import NetworkLists
from roomkeeper.core.appservices.models import Status
from roomkeeper.core.appservices.service import Appservices
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden, InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.wire.identifiers import MAX_ID_BYTES


class PingRequest(msgspec.Struct):
    """Body of ``POST /appservice/{appserviceId}/ping``."""

    transaction_id: Annotated[str, Meta(max_length=1024)] | None = None


class ListRequest(msgspec.Struct):
    """Body of ``PUT /directory/list/appservice/{networkId}/{roomId}``."""

    visibility: Literal["public", "private"]


class Statuses(msgspec.Struct, frozen=True):
    """All application services."""

    appservices: list[Status]


def install(app: Application, appservices: Appservices, lists: NetworkLists) -> None:
    """Serve them."""

    async def ping(request: Request, body: PingRequest) -> dict[str, int]:
        """Let the server call the service that asks."""
        service_id = request.parameters["appserviceId"]
        if request.user.appservice != service_id:
            raise Forbidden("This is not the as_token of that application service.")
        return {"duration_ms": await appservices.ping(service_id, body.transaction_id)}

    async def put_listed(request: Request, body: ListRequest) -> Response:
        """Show or hide a room in the list of one of the service's networks."""
        network_id = request.parameters["networkId"]
        service_id = request.user.appservice
        if service_id is None:
            raise Forbidden("Only application services keep such lists.")
        if len(network_id.encode()) > MAX_ID_BYTES or "\0" in network_id:
            raise InvalidParameter(f"The id of a network has {MAX_ID_BYTES} bytes at most.")
        await lists.put(service_id, network_id, request.parameters["roomId"], listed=body.visibility == "public")
        return EMPTY

    async def statuses(_request: Request) -> Statuses:
        """The application services (bridges), and whether they take what they are sent."""
        return Statuses(list(await appservices.statuses()))

    async def retry(request: Request) -> Status:
        """Send now what waits for an application service, instead of at its next turn."""
        return await appservices.retry(request.parameters["serviceId"])

    app.routes.add("POST", "/_matrix/client/v1/appservice/{appserviceId}/ping", ping, limit="write")
    path = "/_matrix/client/v3/directory/list/appservice/{networkId}/{roomId}"
    app.routes.add("PUT", path, put_listed, limit="write")
    app.routes.privileged("GET", "/_roomkeeper/v1/appservices", statuses, "appservices.read")
    app.routes.privileged("POST", "/_roomkeeper/v1/appservices/{serviceId}/retry", retry, "appservices.write")
