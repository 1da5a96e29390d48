"""The endpoint of previews. spec: client-server §Content repository"""

from __future__ import annotations

from roomkeeper.core.previews.service import Previews
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request, Response
from roomkeeper.wire.canonical_json import MAX_INTEGER


def install(app: Application, previews: Previews) -> None:
    """Serve it."""

    async def preview_url(request: Request) -> Response:
        url = request.query_required("url")
        ts = None if request.query("ts") is None else request.query_integer("ts", 0, maximum=MAX_INTEGER)
        return Response(await previews.get(request.user.user_id, url, ts))

    app.routes.add("GET", "/_matrix/client/v1/media/preview_url", preview_url, limit="preview")
