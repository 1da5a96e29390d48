"""The endpoints. spec: client-server §Room previews, §Syncing"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.event_streams.service import EventStreams
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Unrecognized
from roomkeeper.platform.http import Request

DEFAULT_TIMEOUT_MS = 0
MAX_TIMEOUT_MS = 120_000
DEFAULT_MESSAGES = 20
MAX_MESSAGES = 100


class EventStreamsApi:
    """The endpoints."""

    def __init__(self, streams: EventStreams, *, with_deprecated: bool) -> None:
        self._streams = streams
        self._with_deprecated = with_deprecated

    async def events(self, request: Request) -> dict[str, Any]:
        """``GET /events``: of one room; of all, where deprecated endpoints are served."""
        room_id = request.query("room_id")
        if room_id is None and not self._with_deprecated:
            raise Unrecognized("This server has no stream of all events but /sync; name a room_id to look into one.")
        start = request.query("from")
        since = stream_tokens.decode(start) if start else None
        seconds = request.query_integer("timeout", DEFAULT_TIMEOUT_MS, maximum=MAX_TIMEOUT_MS) / 1000
        return await self._streams.events(request.user, since, seconds, room_id)

    async def event(self, request: Request) -> Any:
        """``GET /events/{eventId}``"""
        return await self._streams.event(request.user, request.parameters["eventId"])

    async def initial_sync(self, request: Request) -> dict[str, Any]:
        """``GET /initialSync``"""
        archived = request.query_boolean("archived")
        return await self._streams.everything(request.user, _limit(request), archived=archived)

    async def room_initial_sync(self, request: Request) -> dict[str, Any]:
        """``GET /rooms/{roomId}/initialSync``"""
        return await self._streams.room(request.user, request.parameters["roomId"], _limit(request))


def install(app: Application, streams: EventStreams, *, with_deprecated: bool) -> None:
    """Serve them."""
    api = EventStreamsApi(streams, with_deprecated=with_deprecated)
    root = "/_matrix/client/v3"
    app.routes.add("GET", f"{root}/events", api.events)
    app.routes.add("GET", f"{root}/rooms/{{roomId}}/initialSync", api.room_initial_sync)
    if with_deprecated:
        app.routes.add("GET", f"{root}/events/{{eventId}}", api.event)
        app.routes.add("GET", f"{root}/initialSync", api.initial_sync)


def _limit(request: Request) -> int:
    return request.query_integer("limit", DEFAULT_MESSAGES, minimum=1, maximum=MAX_MESSAGES)
