"""The demo's page: both people side by side, each a small Matrix client of its own. Only the demo serves it."""

from __future__ import annotations

import importlib.resources
from typing import Any

from roomkeeper.demo.conversation import Conversation
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import Unavailable
from roomkeeper.platform.http import Request, Response

HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
FILES = {
    "/demo": ("page.html", b"text/html; charset=utf-8"),
    "/demo/page.js": ("page.js", b"text/javascript; charset=utf-8"),
    "/demo/page.css": ("page.css", b"text/css; charset=utf-8"),
}


def install(app: Application, conversation: Conversation) -> None:
    """Serve the page, and the sessions of both people to it. The demo listens on this machine alone."""
    folder = importlib.resources.files(__package__)

    def serve(path: str, name: str, content_type: bytes) -> None:
        content = (folder / name).read_bytes()

        async def get(_request: Request) -> Response:
            return Response(content, headers=HEADERS, content_type=content_type)

        app.routes.add("GET", path, get, access="public")

    for path, (name, content_type) in FILES.items():
        serve(path, name, content_type)

    async def sessions(_request: Request) -> dict[str, Any]:
        if not conversation.room_id:
            raise Unavailable("The demo is starting.")
        people = [
            {"name": person.name, "user_id": person.user_id, "token": person.token} for person in conversation.people
        ]
        return {"room_id": conversation.room_id, "people": people}

    app.routes.add("GET", "/demo/sessions", sessions, access="public")
