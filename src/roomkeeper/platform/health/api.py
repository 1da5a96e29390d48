"""The endpoints of the health."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.platform.application import Application
from roomkeeper.platform.health.models import HealthBody, HistoryBody
from roomkeeper.platform.health.service import Health
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.paging import MAX_INTEGER

Time = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which span, in milliseconds since the epoch, and the seconds between points: 10 has the last hour, the others
    the last seven days."""

    from_: Annotated[Time, Meta(description="The first time; absent: as early as there is any.")] | None = (
        msgspec.field(default=None, name="from")
    )
    to: Annotated[Time, Meta(description="The time before which it ends; absent: now.")] | None = None
    resolution: Literal[10, 300, 1800, 3600] = 10


def install(app: Application, health: Health) -> None:
    """Serve them."""

    async def now(_request: Request) -> HealthBody:
        """How the server is: what its checks find, with advice, and its figures."""
        return await health.now()

    async def history(_request: Request, query: HistoryQuery) -> HistoryBody:
        """The server's figures over time."""
        return await health.history(query.from_, query.to, query.resolution)

    app.routes.privileged("GET", "/_roomkeeper/v1/health", now, "health.read")
    app.routes.privileged("GET", "/_roomkeeper/v1/health/history", history, "health.read")
