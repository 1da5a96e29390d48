"""`/_roomkeeper/v1/openapi.json`: what this server's endpoints are, take and answer, for programs."""

from __future__ import annotations

from typing import Any

from roomkeeper import __version__
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.openapi import describe

TITLE = "Roomkeeper"


def install(app: Application) -> None:
    """Serve it. It is made when it is first asked for, and stays the same."""
    made: list[dict[str, Any]] = []

    async def description(_request: Request) -> dict[str, Any]:
        """This description."""
        if not made:
            url = app.settings.effective_base_url
            made.append(describe(app.routes.all, title=TITLE, version=__version__, url=url))
        return made[0]

    app.routes.add("GET", "/_roomkeeper/v1/openapi.json", description, access="public")
