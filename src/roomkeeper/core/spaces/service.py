"""Walking through spaces, and looking at a room from outside."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from roomkeeper.core.rooms import Room, Rooms
from roomkeeper.core.spaces import rules
from roomkeeper.core.spaces.walks import Walk, Walks
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound

MOST_ROOMS = 2_000
"""Rooms that one walk visits at most; there it ends."""
MOST_CHILDREN = 500
"""Rooms that count of one space."""
MOST_LOOKED_AT = 500
"""Rooms that are looked at for one page; where the user may know few of them, the page is short."""


class HierarchyQuery(msgspec.Struct, frozen=True):
    """A page of a space's rooms as it was asked for; `None` is what the client leaves open."""

    suggested_only: bool | None
    max_depth: int | None
    limit: int
    token: str | None


class Spaces:
    """Spaces, and rooms seen from outside."""

    def __init__(self, rooms: Rooms, clock: Clock) -> None:
        self._rooms = rooms
        self._walks = Walks(clock)

    async def summary(self, room_id_or_alias: str, user_id: str | None) -> dict[str, Any]:
        """What the user may know of the room; `user_id` is `None` for who is not signed in. Raises `NotFound`."""
        room = await self._rooms.cache.get(await self._rooms.resolve(room_id_or_alias))
        joined = await self._rooms.joined_rooms(user_id) if user_id else set[str]()
        if not rules.may_know(room, user_id, joined):
            raise NotFound("There is no such room here, or none that you may know of.")
        answer = rules.summary(room)
        if user_id is not None:
            answer["membership"] = room.membership(user_id) or "leave"
        return answer

    async def hierarchy(
        self, user_id: str, root: str, query: HierarchyQuery, default_depth: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page of the rooms of a space, each space before its rooms; and the token of the next page, if there is one.

        Raises `Forbidden` where the user may not know the space, `InvalidParameter` for the token.
        """
        joined = await self._rooms.joined_rooms(user_id)
        if await self._known(root, user_id, joined) is None:
            raise Forbidden("There is no such room here, or none that you may know of.")
        walk = self._begin(user_id, root, query, default_depth)
        ahead, visited = list(walk.ahead), set(walk.visited)
        found: list[dict[str, Any]] = []
        for _ in range(MOST_LOOKED_AT):
            if not ahead or len(found) == query.limit or len(visited) >= MOST_ROOMS:
                break
            room_id, depth = ahead.pop()
            if room_id in visited:
                continue
            visited.add(room_id)
            room = await self._known(room_id, user_id, joined)
            if room is not None:
                children = rules.children(room, suggested_only=walk.suggested_only)[:MOST_CHILDREN]
                found.append(
                    {**rules.summary(room), "children_state": [rules.child_state(event) for event in children]}
                )
                if depth < walk.max_depth:
                    ahead += [(event.state_key or "", depth + 1) for event in reversed(children)]
            # Rooms that must be read take long; others must get their turn meanwhile.
            await asyncio.sleep(0)
        # Rooms that would be passed by are no reason for another page.
        ahead = [entry for entry in ahead if entry[0] not in visited]
        if not ahead or len(visited) >= MOST_ROOMS:
            return found, None
        return found, self._walks.keep(msgspec.structs.replace(walk, ahead=tuple(ahead), visited=frozenset(visited)))

    def _begin(self, user_id: str, root: str, query: HierarchyQuery, default_depth: int) -> Walk:
        if query.token is None:
            max_depth = default_depth if query.max_depth is None else query.max_depth
            return Walk(user_id, root, bool(query.suggested_only), max_depth, ((root, 0),), frozenset())
        walk = self._walks.find(query.token, user_id, root)
        asked = (query.suggested_only, query.max_depth)
        for given, begun in zip(asked, (walk.suggested_only, walk.max_depth), strict=True):
            if given is not None and given != begun:
                raise InvalidParameter("suggested_only and max_depth cannot change from page to page.")
        return walk

    async def _known(self, room_id: str, user_id: str, joined: set[str]) -> Room | None:
        """The room, if there is one, and the user may know of it."""
        try:
            room = await self._rooms.cache.get(room_id)
        except NotFound:
            return None
        return room if rules.may_know(room, user_id, joined) else None
