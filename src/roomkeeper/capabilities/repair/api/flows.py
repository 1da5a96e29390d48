"""Flows of users, as JSON and as text; how much is tracked."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.repair.api import ROOT
from roomkeeper.capabilities.repair.api.plans import READ
from roomkeeper.capabilities.repair.flows import Flows, flow_text
from roomkeeper.capabilities.repair.intake.server_points import ServerPoints
from roomkeeper.capabilities.repair.models import Flow, Volume
from roomkeeper.capabilities.repair.plan.plans import Plans
from roomkeeper.capabilities.repair.store import volumes
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import Request, Response
from roomkeeper.platform.http.paging import MAX_INTEGER
from roomkeeper.platform.spreadsheets import safe_cell

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
MOST_VOLUMES: Final = 20_000
Milliseconds = Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="Milliseconds since 1970.")]


class FlowQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whose flow of which kind; by default of the kind's window up to now."""

    user_id: Annotated[str, Meta(min_length=1, max_length=255)]
    kind: Annotated[str, Meta(min_length=1, max_length=64)]
    since: Milliseconds | None = None
    until: Milliseconds | None = None
    correlation_id: Annotated[str, Meta(max_length=255)] | None = None


class VolumeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Of how many days, and in which form."""

    days: Annotated[int, Meta(ge=1, le=400)] = 7
    step: Literal["hour", "day"] = "day"
    format: Literal["json", "csv"] = "json"


class Volumes(msgspec.Struct, frozen=True, kw_only=True):
    """How much was tracked: sums by time, name, side and source. `dropped`: own points lost since the start."""

    volumes: list[Volume]
    dropped: int


class FlowsApi:
    """``/_roomkeeper/v1/repair/flow``, ``…/volumes``."""

    def __init__(self, app: Application, plans: Plans, flows: Flows, points: ServerPoints) -> None:
        self._app = app
        self._points = points
        self._plans = plans
        self._flows = flows

    def add_routes(self) -> None:
        """Serve them."""
        routes = self._app.routes
        routes.privileged("GET", f"{ROOT}/flow", self.flow, READ, audited=True)
        routes.privileged("GET", f"{ROOT}/flow/text", self.text, READ, audited=True)
        routes.privileged("GET", f"{ROOT}/volumes", self.volumes, READ)

    async def flow(self, _request: Request, query: FlowQuery) -> Flow:
        """A user's operation flow of one kind: attempts, steps, the first deviation from the plan."""
        return await self._built(query)

    async def text(self, _request: Request, query: FlowQuery) -> Response:
        """The same as text."""
        flow = await self._built(query)
        text = flow_text(flow, self._plans.get(query.kind))
        return Response(text.encode(), content_type=b"text/plain; charset=utf-8")

    async def _built(self, query: FlowQuery) -> Flow:
        if query.since is not None and query.until is not None and query.since > query.until:
            raise InvalidParameter("since must not be after until.")
        return await self._flows.build(
            query.user_id,
            query.kind,
            since_ts=query.since,
            until_ts=query.until,
            correlation_id=query.correlation_id,
        )

    async def volumes(self, _request: Request, query: VolumeQuery) -> Volumes | Response:
        """How much was tracked, by day or hour, name, side and source; as CSV, too."""
        step = HOUR_MS if query.step == "hour" else DAY_MS
        now = self._app.clock.now_ms()
        since = (now - query.days * DAY_MS) // step * step
        found = await volumes.between(self._app.driver, since, now + HOUR_MS, step, MOST_VOLUMES)
        if query.format == "json":
            return Volumes(volumes=found, dropped=self._points.dropped)
        headers = [(b"content-disposition", b'attachment; filename="tracking.csv"')]
        return Response(_csv(found), headers=headers, content_type=b"text/csv; charset=utf-8")


def _csv(found: list[Volume]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    columns = [field.name for field in msgspec.structs.fields(Volume)]
    writer.writerow(columns)
    for volume in found:
        writer.writerow([safe_cell(getattr(volume, name)) for name in columns])
    return ("\ufeff" + written.getvalue()).encode()
