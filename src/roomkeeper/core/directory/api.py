"""The endpoints of the directories. spec: client-server §Published Room Directory, §User Directory"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from roomkeeper.core.directory.listing import Found, Listing
from roomkeeper.core.directory.settings import DirectorySettings
from roomkeeper.core.directory.users import Users
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Forbidden, InvalidParameter, MissingToken
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.wire.identifiers import is_server_name

ROOMS = 100
MOST_ROOMS = 500
"""Rooms in one page of the list: usually, and at most."""
USERS = 10
MOST_USERS = 100
"""Users in one answer: usually, and at most."""


class Filter(msgspec.Struct):
    """Which rooms of the list; a type of `None` is that of ordinary rooms."""

    generic_search_term: str | None = None
    room_types: Annotated[list[str | None], Meta(max_length=100)] | None = None


class PublicRooms(msgspec.Struct):
    """The body of ``POST /publicRooms``."""

    limit: Annotated[int, Meta(ge=0)] | None = None
    since: str | None = None
    filter: Filter | None = None
    include_all_networks: bool = False
    third_party_instance_id: str | None = None


class Visibility(msgspec.Struct):
    """The body of ``PUT /directory/list/room/{roomId}``."""

    visibility: Literal["public", "private"] = "public"


class UserSearch(msgspec.Struct):
    """The body of ``POST /user_directory/search``."""

    search_term: str
    limit: Annotated[int, Meta(ge=0)] | None = None


class Directory:
    """The endpoints."""

    def __init__(self, listing: Listing, users: Users, settings: DirectorySettings, server_name: str) -> None:
        self._listing = listing
        self._users = users
        self._settings = settings
        self._server_name = server_name
        self.networks: Callable[[str | None], Listing | None] = _no_networks
        """The list of a network by its ``instance_id``; for `None` that of all networks and the server's own."""

    async def get_rooms(self, request: Request) -> dict[str, Any]:
        """``GET /publicRooms``"""
        self._check_reader(request)
        self._check_server(request)
        limit = request.query_integer("limit", ROOMS, maximum=MOST_ROOMS)
        return _answer(await self._listing.page("", None, limit, request.query("since")))

    async def post_rooms(self, request: Request, body: PublicRooms) -> dict[str, Any]:
        """``POST /publicRooms``"""
        self._check_server(request)
        listing = self._chosen(body)
        if listing is None:
            return _answer(Found([], None, None, 0))
        wish = body.filter or Filter()
        limit = ROOMS if body.limit is None else min(body.limit, MOST_ROOMS)
        return _answer(await listing.page(wish.generic_search_term or "", wish.room_types, limit, body.since))

    def _chosen(self, body: PublicRooms) -> Listing | None:
        """The list that is asked for; `None` where there is no such network."""
        if body.third_party_instance_id is not None:
            if body.include_all_networks:
                raise InvalidParameter("third_party_instance_id and include_all_networks exclude each other.")
            return self.networks(body.third_party_instance_id)
        return (self.networks(None) if body.include_all_networks else None) or self._listing

    def _check_reader(self, request: Request) -> None:
        if request.requester is None and self._settings.public_list == "users":
            raise MissingToken

    def _check_server(self, request: Request) -> None:
        server = request.query("server")
        if server is None or server == self._server_name:
            return
        if not is_server_name(server):
            raise InvalidParameter("server must be the name of a server, such as example.org.")
        raise Forbidden("This server does not talk to other servers yet: it can show its own rooms only.")

    async def get_visibility(self, request: Request) -> dict[str, str]:
        """``GET /directory/list/room/{roomId}``"""
        listed = await self._listing.is_listed(request.parameters["roomId"])
        return {"visibility": "public" if listed else "private"}

    async def put_visibility(self, request: Request, body: Visibility) -> Response:
        """``PUT /directory/list/room/{roomId}``"""
        room_id = request.parameters["roomId"]
        await self._listing.set_listed(request.user.user_id, room_id, listed=body.visibility == "public")
        return EMPTY

    async def search_users(self, request: Request, body: UserSearch) -> dict[str, Any]:
        """``POST /user_directory/search``"""
        limit = USERS if body.limit is None else min(body.limit, MOST_USERS)
        found, limited = await self._users.search(request.user.user_id, body.search_term, limit)
        return {"results": found, "limited": limited}


def install(app: Application, directory: Directory) -> None:
    """Serve the endpoints."""
    root = "/_matrix/client/v3"
    add = app.routes.add
    add("GET", f"{root}/publicRooms", directory.get_rooms, access="optional")
    add("POST", f"{root}/publicRooms", directory.post_rooms)
    add("GET", f"{root}/directory/list/room/{{roomId}}", directory.get_visibility, access="public")
    add("PUT", f"{root}/directory/list/room/{{roomId}}", directory.put_visibility, limit="write")
    add("POST", f"{root}/user_directory/search", directory.search_users, limit="search")


def _no_networks(_instance: str | None) -> None:
    """There are no bridges to other networks."""


def _answer(found: Found) -> dict[str, Any]:
    answer: dict[str, Any] = {"chunk": found.rooms, "total_room_count_estimate": found.total}
    if found.next_batch is not None:
        answer["next_batch"] = found.next_batch
    if found.prev_batch is not None:
        answer["prev_batch"] = found.prev_batch
    return answer
