"""The endpoints of spaces and room summaries."""

from __future__ import annotations

from typing import Any

from roomkeeper.core.spaces.service import HierarchyQuery, Spaces
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request

MAX_DEPTH = 50
MAX_PAGE = 100
PAGE = 50


def install(app: Application, spaces: Spaces) -> None:
    """Serve the endpoints."""

    async def hierarchy(request: Request) -> dict[str, Any]:
        suggested = request.query_boolean("suggested_only") if request.query("suggested_only") is not None else None
        depth = request.query_integer("max_depth", MAX_DEPTH, maximum=MAX_DEPTH)
        query = HierarchyQuery(
            suggested_only=suggested,
            max_depth=None if request.query("max_depth") is None else depth,
            limit=request.query_integer("limit", PAGE, minimum=1, maximum=MAX_PAGE),
            token=request.query("from"),
        )
        root = request.parameters["roomId"]
        rooms, following = await spaces.hierarchy(request.user.user_id, root, query, MAX_DEPTH)
        return {"rooms": rooms} if following is None else {"rooms": rooms, "next_batch": following}

    async def summary(request: Request) -> dict[str, Any]:
        requester = request.requester
        return await spaces.summary(
            request.parameters["roomIdOrAlias"], None if requester is None else requester.user_id
        )

    v1 = "/_matrix/client/v1"
    app.routes.add("GET", f"{v1}/rooms/{{roomId}}/hierarchy", hierarchy)
    app.routes.add("GET", f"{v1}/room_summary/{{roomIdOrAlias}}", summary, access="optional")
