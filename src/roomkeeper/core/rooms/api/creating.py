"""Endpoints that make rooms and their aliases.

spec: client-server §Creation, §Room aliases, §Room Upgrades
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from roomkeeper.core.identity import ThirdPartyAddress
from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.creation import Creation, RoomRequest, state_triple
from roomkeeper.core.rooms.membership import Memberships
from roomkeeper.core.rooms.reading import Reading
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.core.rooms.third_party import ThirdPartyInvites
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError
from roomkeeper.platform.errors import AliasInUse, Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.wire.canonical_json import decode_object
from roomkeeper.wire.identifiers import parse_room_alias

MAX_ADDRESSES = 20
"""Addresses that can be invited while a room is created."""
UserIds = Annotated[list[str], Meta(max_length=1000)]


class CreateRoom(msgspec.Struct):
    """The body of ``POST /createRoom``."""

    visibility: Literal["public", "private"] = "private"
    room_alias_name: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    name: str | None = None
    topic: str | None = None
    invite: UserIds = msgspec.field(default_factory=list)
    invite_3pid: Annotated[list[ThirdPartyAddress], Meta(max_length=MAX_ADDRESSES)] = msgspec.field(
        default_factory=list
    )
    room_version: str | None = None
    creation_content: dict[str, Any] = msgspec.field(default_factory=dict)
    initial_state: Annotated[list[Any], Meta(max_length=200)] = msgspec.field(default_factory=list)
    preset: Literal["private_chat", "public_chat", "trusted_private_chat"] | None = None
    is_direct: bool = False
    power_level_content_override: dict[str, Any] = msgspec.field(default_factory=dict)


class UpgradeRoom(msgspec.Struct):
    """The body of ``POST /rooms/{roomId}/upgrade``."""

    new_version: str
    additional_creators: UserIds = msgspec.field(default_factory=list)


class PutAlias(msgspec.Struct):
    """The body of ``PUT /directory/room/{roomAlias}``."""

    room_id: str


class Creating:
    """The endpoints."""

    def __init__(
        self,
        rooms: Rooms,
        creation: Creation,
        memberships: Memberships,
        reading: Reading,
        third_party: ThirdPartyInvites,
        default_version: str,
    ) -> None:
        self._rooms = rooms
        self._creation = creation
        self._memberships = memberships
        self._reading = reading
        self._third_party = third_party
        self._default_version = default_version

    async def create(self, request: Request) -> dict[str, str]:
        """``POST /createRoom``"""
        decode_object(request.body or b"{}")
        body = request.json(CreateRoom)
        known, addresses = await self._third_party.find(body.invite_3pid)
        room_id = await self._creation.asked(
            request.user,
            RoomRequest(
                version=body.room_version or self._default_version,
                preset=body.preset or ("public_chat" if body.visibility == "public" else "private_chat"),
                is_public=body.visibility == "public",
                creation_content=body.creation_content,
                power_level_content_override=body.power_level_content_override,
                initial_state=[state_triple(item) for item in body.initial_state],
                name=body.name,
                topic=body.topic,
                alias_localpart=body.room_alias_name,
                invite=[*body.invite, *known],
                is_direct=body.is_direct,
            ),
        )
        await self._third_party.invite_all(request.user, room_id, addresses)
        return {"room_id": room_id}

    async def upgrade(self, request: Request, body: UpgradeRoom) -> dict[str, str]:
        """``POST /rooms/{roomId}/upgrade``"""
        room = await self._creation.upgrade(
            request.user, request.parameters["roomId"], body.new_version, body.additional_creators
        )
        return {"replacement_room": room.room_id}

    async def get_alias(self, request: Request) -> dict[str, Any]:
        """``GET /directory/room/{roomAlias}``"""
        room_id = await self._memberships.resolve(self._alias(request))
        return {"room_id": room_id, "servers": [self._rooms.server_name]}

    async def put_alias(self, request: Request) -> Response:
        """``PUT /directory/room/{roomAlias}``"""
        alias, body = self._alias(request), request.json(PutAlias)
        if parse_room_alias(alias).server_name != self._rooms.server_name:
            raise InvalidParameter(f"Aliases made here end with :{self._rooms.server_name}.")
        if not self._rooms.controls_alias(request.user, alias):
            await self._rooms.check_joined(request.user.user_id, body.room_id)
        await self._check_free(alias)
        entry = store.Alias(alias, body.room_id, request.user.user_id)
        try:
            await self._rooms.take_turn(body.room_id, lambda _room, write: store.insert_alias(write, entry))
        except DatabaseError:
            # Somebody else may have been faster.
            await self._check_free(alias)
            raise
        return EMPTY

    async def delete_alias(self, request: Request) -> Response:
        """``DELETE /directory/room/{roomAlias}``: for who made it, and who may change the room's canonical alias."""
        name, user_id = self._alias(request), request.user.user_id
        is_owner = self._rooms.controls_alias(request.user, name)
        alias = await self._find(name)
        room = await self._rooms.cache.get(alias.room_id)
        levels = room.power_levels()
        needed = levels.event_level("m.room.canonical_alias", is_state=True)
        may = alias.creator == user_id or (user_id in room.joined and levels.user_level(user_id) >= needed)
        if not may and not is_owner:
            raise Forbidden("Only who made this alias, or a moderator of the room, can delete it.")
        try:
            await self._rooms.take_turn(alias.room_id, lambda _room, write: store.delete_alias(write, name))
        except DatabaseError:
            await self._find(name)
            raise
        return EMPTY

    async def aliases(self, request: Request) -> dict[str, Any]:
        """``GET /rooms/{roomId}/aliases``"""
        room_id = request.parameters["roomId"]
        view = await self._reading.view(request.user.user_id, room_id)
        if view.current_membership != "join" and not view.sees_everything:
            raise Forbidden("You are not in this room.")
        return {"aliases": await store.aliases_of(self._rooms.driver, room_id)}

    async def _check_free(self, alias: str) -> None:
        if await store.find_alias(self._rooms.driver, alias) is not None:
            raise AliasInUse

    async def _find(self, name: str) -> store.Alias:
        alias = await store.find_alias(self._rooms.driver, name)
        if alias is None:
            raise NotFound(f"There is no alias {name}.")
        return alias

    def _alias(self, request: Request) -> str:
        return str(parse_room_alias(request.parameters["roomAlias"]))


def install(app: Application, creating: Creating) -> None:
    """Serve the endpoints."""
    root = "/_matrix/client/v3"
    add = app.routes.add
    add("POST", f"{root}/createRoom", creating.create, limit="create")
    add("POST", f"{root}/rooms/{{roomId}}/upgrade", creating.upgrade, limit="create")
    add("GET", f"{root}/directory/room/{{roomAlias}}", creating.get_alias, access="public")
    add("PUT", f"{root}/directory/room/{{roomAlias}}", creating.put_alias, limit="write")
    add("DELETE", f"{root}/directory/room/{{roomAlias}}", creating.delete_alias, limit="write")
    add("GET", f"{root}/rooms/{{roomId}}/aliases", creating.aliases)
