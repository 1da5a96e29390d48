"""Endpoints that look into rooms. spec: client-server §Getting events for a room"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.rooms.reading import Reading
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter, MissingParameter, NotFound
from roomkeeper.platform.http import Request
from roomkeeper.wire.canonical_json import MAX_INTEGER, decode
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.filters import RoomEventFilter, parse_room_event_filter

MEMBERSHIPS = ("join", "invite", "knock", "leave", "ban")
MOST = 500
"""Events in one page at most."""


class Looking:
    """The endpoints."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def messages(self, request: Request) -> dict[str, Any]:
        """``GET /rooms/{roomId}/messages``"""
        backwards = _backwards(request)
        event_filter = _filter(request)
        limit = request.query_integer("limit", event_filter.limit or 10, minimum=1, maximum=MOST)
        room_id = request.parameters["roomId"]
        page = await self._reading.messages(
            request.user, room_id, _token(request, "from"), _token(request, "to"), backwards, limit, event_filter
        )
        answer: dict[str, Any] = {
            "start": stream_tokens.encode(page.start),
            "chunk": [entry.for_client(request.user, with_room_id=True) for entry in page.entries],
        }
        if page.end is not None:
            answer["end"] = stream_tokens.encode(page.end)
        if event_filter.lazy_load_members:
            members = await self._reading.members_who_sent(room_id, page.entries)
            answer["state"] = [entry.for_client(request.user, with_room_id=True) for entry in members]
        return answer

    async def context(self, request: Request) -> dict[str, Any]:
        """``GET /rooms/{roomId}/context/{eventId}``"""
        limit = request.query_integer("limit", 10, maximum=MOST)
        parameters = request.parameters
        return await self._reading.context(
            request.user, parameters["roomId"], parameters["eventId"], limit, _filter(request)
        )

    async def event(self, request: Request) -> Any:
        """``GET /rooms/{roomId}/event/{eventId}``"""
        entry = await self._reading.event(request.user, request.parameters["roomId"], request.parameters["eventId"])
        return entry.for_client(request.user, with_room_id=True)

    async def event_near(self, request: Request) -> dict[str, Any]:
        """``GET /rooms/{roomId}/timestamp_to_event``"""
        request.query_required("ts")
        timestamp = request.query_integer("ts", 0, maximum=MAX_INTEGER)
        backwards = _backwards(request)
        entry = await self._reading.event_near(
            request.user, request.parameters["roomId"], timestamp, backwards=backwards
        )
        if entry is None:
            raise NotFound(f"There is no event from {timestamp} {'backwards' if backwards else 'forwards'}.")
        return {"event_id": entry.event.event_id, "origin_server_ts": entry.event.origin_server_ts}

    async def state(self, request: Request) -> list[Any]:
        """``GET /rooms/{roomId}/state``"""
        state = await self._reading.current_state(request.user, request.parameters["roomId"])
        return [entry.for_client(request.user, with_room_id=True) for entry in state]

    async def state_entry(self, request: Request) -> Any:
        """``GET /rooms/{roomId}/state/{eventType}/{stateKey}``"""
        parameters = request.parameters
        event_type, state_key = parameters["eventType"], parameters.get("stateKey", "")
        as_event = request.query_choice("format", ("content", "event"), "content") == "event"
        entry = await self._reading.state_entry(request.user, parameters["roomId"], event_type, state_key)
        return entry.for_client(request.user, with_room_id=True) if as_event else entry.event.content

    async def members(self, request: Request) -> dict[str, Any]:
        """``GET /rooms/{roomId}/members``"""
        members = await self._reading.members(
            request.user,
            request.parameters["roomId"],
            _token(request, "at"),
            request.query_choice("membership", MEMBERSHIPS),
            request.query_choice("not_membership", MEMBERSHIPS),
        )
        return {"chunk": [entry.for_client(request.user, with_room_id=True) for entry in members]}

    async def joined_members(self, request: Request) -> dict[str, Any]:
        """``GET /rooms/{roomId}/joined_members``"""
        return {"joined": await self._reading.joined_members(request.user, request.parameters["roomId"])}


def install(app: Application, looking: Looking) -> None:
    """Serve the endpoints."""
    room = "/_matrix/client/v3/rooms/{roomId}"
    add = app.routes.add
    add("GET", f"{room}/messages", looking.messages)
    add("GET", f"{room}/context/{{eventId}}", looking.context)
    add("GET", f"{room}/event/{{eventId}}", looking.event)
    add("GET", f"{room}/state", looking.state)
    add("GET", f"{room}/state/{{eventType}}", looking.state_entry)
    add("GET", f"{room}/state/{{eventType}}/{{stateKey?}}", looking.state_entry)
    add("GET", f"{room}/members", looking.members)
    add("GET", f"{room}/joined_members", looking.joined_members)
    add("GET", "/_matrix/client/v1/rooms/{roomId}/timestamp_to_event", looking.event_near)


def _backwards(request: Request) -> bool:
    direction = request.query_choice("dir", ("b", "f"))
    if direction is None:
        raise MissingParameter("The query parameter dir is required: b (backwards) or f (forwards).")
    return direction == "b"


def _token(request: Request, name: str) -> int | None:
    token = request.query(name)
    return None if token is None else stream_tokens.decode(token)


def _filter(request: Request) -> RoomEventFilter:
    text = request.query("filter")
    if text is None:
        return RoomEventFilter()
    try:
        return parse_room_event_filter(decode(text.encode()))
    except (ProtocolViolation, UnicodeEncodeError) as error:
        raise InvalidParameter(f"filter: {error}") from None
