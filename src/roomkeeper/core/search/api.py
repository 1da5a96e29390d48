"""The endpoint of search. spec: client-server §Server Side Search"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from roomkeeper.core.search import context
from roomkeeper.core.search.context import ContextRequest
from roomkeeper.core.search.service import Criteria, Search
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request
from roomkeeper.wire.filters import parse_room_event_filter

Count = Annotated[int, Meta(ge=0)]


class EventContext(msgspec.Struct):
    """How much of what surrounds each result."""

    before_limit: Count = 5
    after_limit: Count = 5
    include_profile: bool = False


class Group(msgspec.Struct):
    """One way of grouping."""

    key: Literal["room_id", "sender"]


class Groupings(msgspec.Struct):
    """How to group the results."""

    group_by: Annotated[list[Group], Meta(max_length=10)] = []


class RoomEvents(msgspec.Struct):
    """The criteria of the category ``room_events``."""

    search_term: str
    keys: Annotated[list[Literal["content.body", "content.name", "content.topic"]], Meta(max_length=10)] | None = None
    filter: dict[str, Any] = {}
    order_by: Literal["rank", "recent"] = "rank"
    event_context: EventContext | None = None
    include_state: bool = False
    groupings: Groupings = msgspec.field(default_factory=Groupings)


class Categories(msgspec.Struct):
    """What to search in."""

    room_events: RoomEvents | None = None


class SearchBody(msgspec.Struct):
    """The body of ``POST /search``."""

    search_categories: Categories


def install(app: Application, search: Search) -> None:
    """Serve it."""

    async def post(request: Request, body: SearchBody) -> dict[str, Any]:
        """Find messages by their words."""
        wish = body.search_categories.room_events
        token = request.query("next_batch")
        if wish is None:
            return {"search_categories": {}}
        found = await search.search(request.user, _criteria(wish), token)
        return {"search_categories": {"room_events": found}}

    app.routes.add("POST", "/_matrix/client/v3/search", post, limit="search")


def _criteria(wish: RoomEvents) -> Criteria:
    around = wish.event_context
    return Criteria(
        term=wish.search_term,
        keys=wish.keys,
        filter=parse_room_event_filter(wish.filter),
        order=wish.order_by,
        context=None
        if around is None
        else ContextRequest(
            min(around.before_limit, context.MOST), min(around.after_limit, context.MOST), around.include_profile
        ),
        include_state=wish.include_state,
        groups=list(dict.fromkeys(group.key for group in wish.groupings.group_by)),
    )
