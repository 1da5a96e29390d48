"""The endpoints of reports for engineers: ``/_roomkeeper/v1/repair/desk``, ``…/incidents``, ``…/statistics``."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.repair.api import ROOT
from roomkeeper.capabilities.repair.reports import store
from roomkeeper.capabilities.repair.reports.desk import PERMISSION, Desk, Whole
from roomkeeper.capabilities.repair.reports.incidents import Incidents
from roomkeeper.capabilities.repair.reports.models import (
    ENGINEERS,
    Incident,
    KindName,
    Report,
    Source,
    State,
    Text,
)
from roomkeeper.capabilities.repair.statistics import Numbers, Statistics
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request, Response
from roomkeeper.platform.http.paging import PageQuery

READ: Final = "repair.read"
Filled = Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"\A[^\x00]*\Z")]
OperationId = Annotated[str, Meta(min_length=1, max_length=100)]


class DeskQuery(PageQuery, frozen=True, kw_only=True):
    """Which reports; `queue`: those alone that people must look at."""

    queue: bool = False
    state: State | None = None
    kind: Annotated[str, Meta(max_length=64)] = ""
    source: Source | None = None
    user: Annotated[str, Meta(max_length=255)] = ""
    incident: Annotated[str, Meta(max_length=64)] = ""


class DeskPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of reports, the newest first, and how many are in each state."""

    reports: list[Report]
    counts: dict[str, int]
    next_batch: str | None = None


class KindBody(msgspec.Struct, frozen=True, kw_only=True):
    """Of what kind a report is."""

    kind: KindName


class RunBody(msgspec.Struct, frozen=True, kw_only=True):
    """Which operation is to be run."""

    operation_id: OperationId


class SayBody(msgspec.Struct, frozen=True, kw_only=True):
    """What the reporter is told; whether that closes the report."""

    text: Filled
    close: bool = False


class IncidentsQuery(PageQuery, frozen=True, kw_only=True):
    """Which incidents."""

    open: bool = False


class IncidentPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of incidents, the newest first."""

    incidents: list[Incident]
    next_batch: str | None = None


class DeclareBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a kind of trouble that many have; `holds`: reports of it are not repaired meanwhile."""

    kind: KindName
    text_en: Text
    text_zh: Text = ""
    holds: bool = True


class OverBody(msgspec.Struct, frozen=True, kw_only=True):
    """What its reporters are told at the end."""

    text_en: Text = ""
    text_zh: Text = ""


class StatisticsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Of how many days, and in which form."""

    days: Annotated[int, Meta(ge=1, le=400)] = 30
    format: Literal["json", "csv"] = "json"


class DeskApi:
    """Serves them."""

    def __init__(self, app: Application, desk: Desk, incidents: Incidents, statistics: Statistics) -> None:
        self._app = app
        self._desk = desk
        self._incidents = incidents
        self._statistics = statistics

    def add_routes(self) -> None:
        """Serve them."""
        routes, one = self._app.routes, f"{ROOT}/desk/reports/{{reportId}}"
        routes.privileged("GET", f"{ROOT}/desk/reports", self.page, PERMISSION, audited=True)
        routes.privileged("GET", one, self.get, PERMISSION, audited=True)
        routes.privileged("GET", f"{one}/logs/{{name}}", self.log, PERMISSION, audited=True)
        routes.privileged("POST", f"{one}/kind", self.classify, PERMISSION)
        routes.privileged("POST", f"{one}/run", self.run, PERMISSION)
        routes.privileged("POST", f"{one}/approve", self.approve, PERMISSION)
        routes.privileged("POST", f"{one}/stop", self.stop, PERMISSION)
        routes.privileged("POST", f"{one}/say", self.say, PERMISSION)
        routes.privileged("GET", f"{ROOT}/incidents", self.incidents, PERMISSION)
        routes.privileged("POST", f"{ROOT}/incidents", self.declare, PERMISSION)
        routes.privileged("GET", f"{ROOT}/incidents/{{incidentId}}", self.incident, PERMISSION)
        routes.privileged("POST", f"{ROOT}/incidents/{{incidentId}}/close", self.over, PERMISSION)
        routes.privileged("GET", f"{ROOT}/statistics", self.statistics, READ)

    async def page(self, _request: Request, query: DeskQuery) -> DeskPage:
        """Reports, the newest first."""
        states: tuple[str, ...] = ENGINEERS if query.queue else ()
        if query.state is not None:
            states = (query.state,)
        found = await store.page(
            self._app.driver,
            states,
            query.kind,
            query.source or "",
            query.user,
            query.incident,
            query.from_,
            query.limit,
        )
        next_batch = found[-1].report_id if len(found) == query.limit else None
        return DeskPage(found, await store.counts(self._app.driver), next_batch)

    async def get(self, request: Request) -> Whole:
        """A report with everything that was collected: flow, runs, what was compared."""
        return await self._desk.whole(request.parameters["reportId"])

    async def log(self, request: Request) -> Response:
        """The end of a log that came with a report."""
        content = await self._desk.log(request.parameters["reportId"], request.parameters["name"])
        return Response(content, content_type=b"text/plain; charset=utf-8")

    async def classify(self, request: Request, body: KindBody) -> Report:
        """Say of what kind a report is; where there is an operation for that, it is run."""
        return await self._desk.classify(request.parameters["reportId"], body.kind, request.actor)

    async def run(self, request: Request, body: RunBody) -> Report:
        """Run an operation for a report."""
        return await self._desk.run(request.parameters["reportId"], body.operation_id, request.actor)

    async def approve(self, request: Request) -> Report:
        """Agree to the operation that waits for that."""
        return await self._desk.approve(request.parameters["reportId"], request.actor)

    async def stop(self, request: Request) -> Report:
        """Stop what runs for a report."""
        return await self._desk.stop(request.parameters["reportId"], request.actor)

    async def say(self, request: Request, body: SayBody) -> Report:
        """Tell the reporter something, and close the report with it where that is wanted."""
        return await self._desk.say(request.parameters["reportId"], body.text, request.actor, close=body.close)

    async def incidents(self, _request: Request, query: IncidentsQuery) -> IncidentPage:
        """Incidents, the newest first."""
        found = await self._incidents.page(query.from_, query.limit, open_only=query.open)
        return IncidentPage(found, found[-1].incident_id if len(found) == query.limit else None)

    async def incident(self, request: Request) -> Incident:
        """One incident, with how many have reported it."""
        return await self._incidents.get(request.parameters["incidentId"])

    async def declare(self, request: Request, body: DeclareBody) -> Incident:
        """Say that a fault is known: who reports it is answered with that."""
        return await self._incidents.declare(body.kind, body.text_en, body.text_zh, request.actor, holds=body.holds)

    async def over(self, request: Request, body: OverBody) -> Incident:
        """Say that an incident is over: its reporters are told."""
        return await self._incidents.close(request.parameters["incidentId"], body.text_en, body.text_zh, request.actor)

    async def statistics(self, _request: Request, query: StatisticsQuery) -> Numbers | Response:
        """How much was reported, repaired, and seen to be; how long answers took; where flows leave the plan."""
        numbers = await self._statistics.of(query.days)
        if query.format == "json":
            return numbers
        headers = [(b"content-disposition", b'attachment; filename="repair.csv"')]
        return Response(self._statistics.csv(numbers), headers=headers, content_type=b"text/csv; charset=utf-8")
