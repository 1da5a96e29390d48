"""Endpoints that change memberships. spec: client-server §Room membership"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.core.identity import ThirdPartyAddress
from roomkeeper.core.rooms.membership import Memberships
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.core.rooms.third_party import ThirdPartyInvites
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import MissingParameter
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.wire.identifiers import parse_room_id, parse_user_id

MUTUAL_ROOMS = 100
"""Rooms in one page of those that two users share."""


class Reason(msgspec.Struct):
    """A body that gives a reason, if anything."""

    reason: Annotated[str, Meta(max_length=4096)] | None = None
    third_party_signed: dict[str, Any] | None = None


class Target(Reason):
    """A body that names another user."""

    user_id: str | None = None
    medium: str | None = None
    address: str | None = None


class Membership:
    """The endpoints."""

    def __init__(self, rooms: Rooms, memberships: Memberships, third_party: ThirdPartyInvites) -> None:
        self._rooms = rooms
        self._memberships = memberships
        self._third_party = third_party

    async def join(self, request: Request) -> dict[str, str]:
        """``POST /join/{roomIdOrAlias}`` and ``POST /rooms/{roomId}/join``"""
        room_id, body = await self._room(request), request.json(Reason)
        if body.third_party_signed:
            await self._third_party.accept(request.user.user_id, room_id, body.third_party_signed)
        await self._memberships.join(request.user, room_id, body.reason, {})
        return {"room_id": room_id}

    async def knock(self, request: Request) -> dict[str, str]:
        """``POST /knock/{roomIdOrAlias}``"""
        room_id = await self._room(request)
        await self._memberships.knock(request.user, room_id, request.json(Reason).reason)
        return {"room_id": room_id}

    async def invite(self, request: Request) -> Response:
        """``POST /rooms/{roomId}/invite``"""
        body, room_id = request.json(Target), request.parameters["roomId"]
        if body.medium is not None or body.address is not None:
            wanted = request.json(ThirdPartyAddress)
            await self._third_party.invite(request.user, room_id, wanted, body.reason)
        else:
            await self._memberships.invite(request.user, room_id, _named(body), body.reason)
        return EMPTY

    async def leave(self, request: Request, body: Reason) -> Response:
        """``POST /rooms/{roomId}/leave``"""
        reason = body.reason
        await self._memberships.leave(request.user, request.parameters["roomId"], reason)
        return EMPTY

    async def kick(self, request: Request, body: Target) -> Response:
        """``POST /rooms/{roomId}/kick``"""
        await self._memberships.kick(request.user, request.parameters["roomId"], _named(body), body.reason)
        return EMPTY

    async def ban(self, request: Request, body: Target) -> Response:
        """``POST /rooms/{roomId}/ban``"""
        await self._memberships.ban(request.user, request.parameters["roomId"], _named(body), body.reason)
        return EMPTY

    async def unban(self, request: Request, body: Target) -> Response:
        """``POST /rooms/{roomId}/unban``"""
        await self._memberships.unban(request.user, request.parameters["roomId"], _named(body), body.reason)
        return EMPTY

    async def forget(self, request: Request) -> Response:
        """``POST /rooms/{roomId}/forget``"""
        await self._memberships.forget(request.user.user_id, request.parameters["roomId"])
        return EMPTY

    async def joined_rooms(self, request: Request) -> dict[str, list[str]]:
        """``GET /joined_rooms``"""
        return {"joined_rooms": sorted(await self._rooms.joined_rooms(request.user.user_id))}

    async def mutual_rooms(self, request: Request) -> dict[str, Any]:
        """``GET /mutual_rooms``: the rooms that one shares with somebody, page by page."""
        request.query_required("user_id")
        other = request.query_all("user_id")[-1]  # before it, an application service may name the user that it acts as
        parse_user_id(other)
        after = request.query("from") or ""
        if after:
            parse_room_id(after)
        rooms, count = await self._rooms.mutual_rooms(request.user.user_id, other, after, MUTUAL_ROOMS)
        answer: dict[str, Any] = {"joined": rooms, "count": count}
        if len(rooms) == MUTUAL_ROOMS:
            answer["next_batch"] = rooms[-1]
        return answer

    async def _room(self, request: Request) -> str:
        name = request.parameters.get("roomId") or request.parameters["roomIdOrAlias"]
        return await self._memberships.resolve(name)


def install(app: Application, membership: Membership) -> None:
    """Serve the endpoints."""
    root = "/_matrix/client/v3"
    add = app.routes.add
    add("POST", f"{root}/join/{{roomIdOrAlias}}", membership.join, limit="join")
    add("POST", f"{root}/knock/{{roomIdOrAlias}}", membership.knock, limit="join")
    add("GET", f"{root}/joined_rooms", membership.joined_rooms)
    add("GET", "/_matrix/client/v1/mutual_rooms", membership.mutual_rooms)
    room = f"{root}/rooms/{{roomId}}"
    add("POST", f"{room}/join", membership.join, limit="join")
    add("POST", f"{room}/invite", membership.invite, limit="invite")
    add("POST", f"{room}/leave", membership.leave, limit="write")
    add("POST", f"{room}/kick", membership.kick, limit="write")
    add("POST", f"{room}/ban", membership.ban, limit="write")
    add("POST", f"{room}/unban", membership.unban, limit="write")
    add("POST", f"{room}/forget", membership.forget, limit="write")


def _named(body: Target) -> str:
    if body.user_id is None:
        raise MissingParameter("`user_id` is required.")
    return body.user_id
