"""The endpoints of backups. spec: client-server §Server-side key backups"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from roomkeeper.core.keys.backup.models import Backup, KeyData
from roomkeeper.core.keys.backup.service import KeyBackups
from roomkeeper.platform.errors import BadJson, InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response, Routes
from roomkeeper.wire.canonical_json import decode_object

MAX_BODY = 8 * 1024 * 1024
BASE = "/_matrix/client/v3/room_keys"

Shape = TypeVar("Shape")


class NewBackup(msgspec.Struct, frozen=True):
    """Body of ``POST /room_keys/version`` and ``PUT /room_keys/version/{version}``."""

    algorithm: Annotated[str, Meta(min_length=1, max_length=255)]
    auth_data: dict[str, Any]
    version: str | None = None


class RoomKeys(msgspec.Struct, frozen=True):
    """spec: RoomKeyBackup"""

    sessions: dict[str, KeyData]


class AllKeys(msgspec.Struct, frozen=True):
    """Body of ``PUT /room_keys/keys``."""

    rooms: dict[str, RoomKeys]


class BackupApi:
    """The endpoints."""

    def __init__(self, backups: KeyBackups) -> None:
        self._backups = backups

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        version, keys = f"{BASE}/version/{{version}}", f"{BASE}/keys"
        room = f"{keys}/{{roomId}}"
        session = f"{room}/{{sessionId}}"
        routes.add("POST", f"{BASE}/version", self.create, limit="write")
        routes.add("GET", f"{BASE}/version", self.get_current)
        routes.add("GET", version, self.get)
        routes.add("PUT", version, self.update, limit="write")
        routes.add("DELETE", version, self.delete, limit="write")
        routes.add("PUT", keys, self.put_all, limit="write", max_body=MAX_BODY)
        routes.add("PUT", room, self.put_room, limit="write", max_body=MAX_BODY)
        routes.add("PUT", session, self.put_one, limit="write")
        routes.add("GET", keys, self.get_all)
        routes.add("GET", room, self.get_room)
        routes.add("GET", session, self.get_one)
        for path in (keys, room, session):
            routes.add("DELETE", path, self.delete_keys, limit="write")

    async def create(self, request: Request) -> dict[str, Any]:
        """``POST /room_keys/version``"""
        body = _decoded(request, NewBackup)
        return {"version": await self._backups.create(request.user.user_id, body.algorithm, body.auth_data)}

    async def get_current(self, request: Request) -> dict[str, Any]:
        """``GET /room_keys/version``"""
        return _shown(await self._backups.current(request.user.user_id))

    async def get(self, request: Request) -> dict[str, Any]:
        """``GET /room_keys/version/{version}``"""
        return _shown(await self._backups.get(request.user.user_id, request.parameters["version"]))

    async def update(self, request: Request) -> Response:
        """``PUT /room_keys/version/{version}``"""
        version, body = request.parameters["version"], _decoded(request, NewBackup)
        if body.version not in (None, version):
            raise InvalidParameter("The version in the body must be that in the path.")
        await self._backups.update(request.user.user_id, version, body.algorithm, body.auth_data)
        return EMPTY

    async def delete(self, request: Request) -> Response:
        """``DELETE /room_keys/version/{version}``"""
        await self._backups.delete(request.user.user_id, request.parameters["version"])
        return EMPTY

    async def put_all(self, request: Request) -> dict[str, Any]:
        """``PUT /room_keys/keys``"""
        rooms = _decoded(request, AllKeys).rooms
        keys = {(room_id, name): key for room_id, room in rooms.items() for name, key in room.sessions.items()}
        return await self._backups.put_keys(request.user.user_id, _version(request), keys)

    async def put_room(self, request: Request) -> dict[str, Any]:
        """``PUT /room_keys/keys/{roomId}``"""
        room_id = request.parameters["roomId"]
        keys = {(room_id, name): key for name, key in _decoded(request, RoomKeys).sessions.items()}
        return await self._backups.put_keys(request.user.user_id, _version(request), keys)

    async def put_one(self, request: Request) -> dict[str, Any]:
        """``PUT /room_keys/keys/{roomId}/{sessionId}``"""
        name = (request.parameters["roomId"], request.parameters["sessionId"])
        key = _decoded(request, KeyData)
        return await self._backups.put_keys(request.user.user_id, _version(request), {name: key})

    async def get_all(self, request: Request) -> dict[str, Any]:
        """``GET /room_keys/keys``"""
        return {"rooms": await self._backups.all_keys(request.user.user_id, _version(request))}

    async def get_room(self, request: Request) -> dict[str, Any]:
        """``GET /room_keys/keys/{roomId}``"""
        room_id = request.parameters["roomId"]
        return {"sessions": await self._backups.keys_of_room(request.user.user_id, _version(request), room_id)}

    async def get_one(self, request: Request) -> dict[str, Any]:
        """``GET /room_keys/keys/{roomId}/{sessionId}``"""
        name = (request.parameters["roomId"], request.parameters["sessionId"])
        return (await self._backups.key(request.user.user_id, _version(request), *name)).as_json()

    async def delete_keys(self, request: Request) -> dict[str, Any]:
        """``DELETE /room_keys/keys``, of all rooms, one room or one session"""
        room_id, session_id = request.parameters.get("roomId"), request.parameters.get("sessionId")
        return await self._backups.delete_keys(request.user.user_id, _version(request), room_id, session_id)


def _decoded(request: Request, shape: type[Shape]) -> Shape:
    """The body; of bounded depth, since what is in it is stored and given back as it is."""
    try:
        return msgspec.convert(decode_object(request.body or b"{}"), shape)
    except msgspec.ValidationError as error:
        raise BadJson(f"{error}.") from None


def _version(request: Request) -> str:
    return request.query_required("version")


def _shown(backup: Backup) -> dict[str, Any]:
    return {
        "algorithm": backup.algorithm,
        "auth_data": msgspec.Raw(backup.auth_data),
        "version": str(backup.version),
        **backup.totals(),
    }
