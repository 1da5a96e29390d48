"""The endpoints of reports."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.reports.models import Report
from roomkeeper.core.reports.service import Reports
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.platform.http.paging import NumberedPageQuery

Reason = Annotated[str, Meta(max_length=4096, pattern=r"\A[^\x00]*\Z")]


class EventReport(msgspec.Struct):
    """The body of ``POST /rooms/{roomId}/report/{eventId}``."""

    reason: Reason = ""


class WithReason(msgspec.Struct):
    """The body of the other two."""

    reason: Reason


class ReportPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of reports."""

    reports: list[Report]
    next_batch: str | None = None


def install(app: Application, reports: Reports) -> None:
    """Serve the endpoints."""

    async def event(request: Request, body: EventReport) -> Response:
        """Report a message."""
        reason, parameters = body.reason, request.parameters
        await reports.report_event(request.user, parameters["roomId"], parameters["eventId"], reason)
        return EMPTY

    async def room(request: Request, body: WithReason) -> Response:
        """Report a room."""
        await reports.report_room(request.user, request.parameters["roomId"], body.reason)
        return EMPTY

    async def user(request: Request, body: WithReason) -> Response:
        """Report somebody."""
        await reports.report_user(request.user, request.parameters["userId"], body.reason)
        return EMPTY

    async def page(_request: Request, query: NumberedPageQuery) -> ReportPage:
        """What users have reported, the newest first."""
        found = list(await reports.page(query.from_ or None, query.limit))
        return ReportPage(found, str(found[-1].id) if len(found) == query.limit else None)

    root = "/_matrix/client/v3"
    app.routes.add("POST", f"{root}/rooms/{{roomId}}/report", room, limit="write")
    app.routes.add("POST", f"{root}/rooms/{{roomId}}/report/{{eventId}}", event, limit="write")
    app.routes.add("POST", f"{root}/users/{{userId}}/report", user, limit="write")
    app.routes.privileged("GET", "/_roomkeeper/v1/reports", page, "reports.read")
