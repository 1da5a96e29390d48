"""The endpoints of relations and threads. spec: client-server §Relationships API, §Querying threads in a room"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.relations.service import ChildrenQuery, Page, Relations
from roomkeeper.core.relations.store import DEPTH
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request

MOST_CHILDREN = 500
MOST_THREADS = 100


def install(app: Application, relations: Relations) -> None:
    """Serve the endpoints."""

    async def children(request: Request) -> dict[str, Any]:
        parameters = request.parameters
        query = ChildrenQuery(
            rel_type=parameters.get("relType"),
            event_type=parameters.get("eventType"),
            start=_token(request, "from"),
            stop=_token(request, "to"),
            backwards=request.query_choice("dir", ("b", "f"), "b") == "b",
            recurse=request.query_boolean("recurse"),
            limit=request.query_integer("limit", 20, minimum=1, maximum=MOST_CHILDREN),
        )
        page = await relations.children(request.user, parameters["roomId"], parameters["eventId"], query)
        answer = _answer(request, page)
        if query.start is not None:
            answer["prev_batch"] = stream_tokens.encode(query.start)
        if request.query("recurse") is not None:
            answer["recursion_depth"] = DEPTH if query.recurse else 0
        return answer

    async def threads(request: Request) -> dict[str, Any]:
        participated = request.query_choice("include", ("all", "participated"), "all") == "participated"
        limit = request.query_integer("limit", 20, minimum=1, maximum=MOST_THREADS)
        page = await relations.threads(
            request.user, request.parameters["roomId"], _token(request, "from"), limit, participated=participated
        )
        return _answer(request, page)

    room = "/_matrix/client/v1/rooms/{roomId}"
    app.routes.add("GET", f"{room}/relations/{{eventId}}", children)
    app.routes.add("GET", f"{room}/relations/{{eventId}}/{{relType}}", children)
    app.routes.add("GET", f"{room}/relations/{{eventId}}/{{relType}}/{{eventType}}", children)
    app.routes.add("GET", f"{room}/threads", threads)


def _answer(request: Request, page: Page) -> dict[str, Any]:
    answer: dict[str, Any] = {"chunk": [entry.for_client(request.user, with_room_id=True) for entry in page.entries]}
    if page.end is not None:
        answer["next_batch"] = stream_tokens.encode(page.end)
    return answer


def _token(request: Request, name: str) -> int | None:
    token = request.query(name)
    return None if token is None else stream_tokens.decode(token)
