"""The endpoints of account data and tags."""

from __future__ import annotations

from roomkeeper.core.account_data import rules
from roomkeeper.core.account_data.service import AccountData
from roomkeeper.platform.http import EMPTY, Request, Response, Routes
from roomkeeper.wire.canonical_json import decode_object

USER = "/_matrix/client/v3/user/{userId}"
GLOBAL = f"{USER}/account_data/{{type}}"
OF_ROOM = f"{USER}/rooms/{{roomId}}/account_data/{{type}}"
TAGS = f"{USER}/rooms/{{roomId}}/tags"


class AccountDataApi:
    """spec: client-server §Client Config, §Room Tagging"""

    def __init__(self, account_data: AccountData) -> None:
        self._account_data = account_data

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        for path in (GLOBAL, OF_ROOM):
            routes.add("GET", path, self.get)
            routes.add("PUT", path, self.put, limit="write", max_body=rules.MAX_CONTENT)
        routes.add("GET", TAGS, self.get_tags)
        routes.add("PUT", f"{TAGS}/{{tag}}", self.put_tag, limit="write", max_body=rules.MAX_CONTENT)
        routes.add("DELETE", f"{TAGS}/{{tag}}", self.delete_tag, limit="write")

    async def get(self, request: Request) -> Response:
        """The content of one type."""
        user_id, room_id, event_type = _user(request), _room(request), request.parameters["type"]
        rules.check_type(event_type)
        return Response(await self._account_data.get_raw(user_id, room_id, event_type))

    async def put(self, request: Request) -> Response:
        """Set the content of one type: any JSON object."""
        user_id, room_id, event_type = _user(request), _room(request), request.parameters["type"]
        rules.check_type(event_type)
        await self._account_data.set(user_id, room_id, event_type, decode_object(request.body))
        return EMPTY

    async def get_tags(self, request: Request) -> dict[str, rules.Tags]:
        """All tags of a room."""
        return {"tags": await self._account_data.tags(_user(request), _room(request))}

    async def put_tag(self, request: Request) -> Response:
        """Add a tag; the body may say where it stands: ``{"order": 0.5}``."""
        user_id, room_id, info = _user(request), _room(request), decode_object(request.body or b"{}")
        await self._account_data.set_tag(user_id, room_id, request.parameters["tag"], info)
        return EMPTY

    async def delete_tag(self, request: Request) -> Response:
        """Take a tag away."""
        await self._account_data.delete_tag(_user(request), _room(request), request.parameters["tag"])
        return EMPTY


def _user(request: Request) -> str:
    """The user whose data the path names, who must be the requester."""
    rules.check_owner(request.user.user_id, request.parameters["userId"])
    return request.user.user_id


def _room(request: Request) -> str:
    """The room that the path names, or `rules.GLOBAL`."""
    room_id = request.parameters.get("roomId", rules.GLOBAL)
    if room_id != rules.GLOBAL:
        rules.check_room_id(room_id)
    return room_id
