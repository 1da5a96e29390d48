"""The endpoint of the overview."""

from __future__ import annotations

from roomkeeper.core.overview.models import OverviewBody
from roomkeeper.core.overview.service import Overview
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request


def install(app: Application, overview: Overview) -> None:
    """Serve it."""

    async def show(request: Request) -> OverviewBody:
        """Is it all right? Sessions that wait, messages, jobs, health: of each what the requester may see."""
        return await overview.of(request.actor)

    app.routes.privileged("GET", "/_roomkeeper/v1/overview", show, "overview.read")
