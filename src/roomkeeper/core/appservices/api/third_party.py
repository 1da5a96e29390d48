"""Endpoints that look into other networks. spec: client-server §Third-party Networks"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl

from roomkeeper.core.appservices.third_party import Location, Person, Protocol, ThirdParty
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import Request
from roomkeeper.wire.identifiers import is_user_id, parse_room_alias

MAX_QUERY = 4_096
IDENTITY = ("user_id", "device_id", "access_token")
"""Not for the other side: as whom an application service asks, and with what."""


def install(app: Application, third_party: ThirdParty) -> None:
    """Serve them."""

    async def protocols(_request: Request) -> dict[str, Protocol]:
        return await third_party.protocols()

    async def protocol(request: Request) -> Protocol:
        return await third_party.protocol(request.parameters["protocol"])

    async def locations(request: Request) -> list[Location]:
        return await third_party.locations(request.parameters["protocol"], _fields(request))

    async def people(request: Request) -> list[Person]:
        return await third_party.people(request.parameters["protocol"], _fields(request))

    async def locations_of(request: Request) -> list[Location]:
        return await third_party.locations_of(str(parse_room_alias(request.query_required("alias"))))

    async def people_of(request: Request) -> list[Person]:
        user_id = request.query_required("userid")
        if not is_user_id(user_id):
            raise InvalidParameter("userid must be a user id, such as @name:example.org.")
        return await third_party.people_of(user_id)

    root = "/_matrix/client/v3/thirdparty"
    app.routes.add("GET", f"{root}/protocols", protocols, limit="search")
    app.routes.add("GET", f"{root}/protocol/{{protocol}}", protocol, limit="search")
    app.routes.add("GET", f"{root}/location/{{protocol}}", locations, limit="search")
    app.routes.add("GET", f"{root}/user/{{protocol}}", people, limit="search")
    app.routes.add("GET", f"{root}/location", locations_of, limit="search")
    app.routes.add("GET", f"{root}/user", people_of, limit="search")


def _fields(request: Request) -> Sequence[tuple[str, str]]:
    """All that the client wants to be looked for."""
    query: bytes = request.scope["query_string"]
    if len(query) > MAX_QUERY:
        raise InvalidParameter(f"The query may have {MAX_QUERY} bytes.")
    request.query_all("")  # refuses what is not valid
    return [pair for pair in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if pair[0] not in IDENTITY]
