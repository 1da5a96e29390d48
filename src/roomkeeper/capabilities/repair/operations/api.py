"""The endpoints of operations: ``/_roomkeeper/v1/repair/operations``, ``…/remedies``, ``…/switches``, ``…/drills``."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.repair.api import ROOT
from roomkeeper.capabilities.repair.operations.mapping import WRITE, Mapping
from roomkeeper.capabilities.repair.operations.models import DryStep, NewOperation, Operation
from roomkeeper.capabilities.repair.operations.store import ALL, Switch
from roomkeeper.capabilities.repair.reports.desk import Desk
from roomkeeper.platform.application import Application
from roomkeeper.platform.audit import stated_reason
from roomkeeper.platform.errors import Forbidden, InvalidParameter, NotFound
from roomkeeper.platform.http import Request
from roomkeeper.platform.http.paging import PageQuery

READ: Final = "repair.read"
Id = Annotated[str, Meta(min_length=1, max_length=100)]


class OperationsPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of the mapping table, by operation."""

    operations: list[Operation]
    next_batch: str | None = None


class Versions(msgspec.Struct, frozen=True):
    """The versions of an operation, the newest first."""

    versions: list[Operation]


class ChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """The operation as it is to be from now on, and the version that was changed."""

    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    operation: NewOperation


class DryRunBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be tried, for which report."""

    report_id: Id
    operation: NewOperation


class DryRun(msgspec.Struct, frozen=True):
    """What each step would do."""

    steps: list[DryStep]


class SwitchBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is off, and why."""

    off: bool
    reason: Annotated[str, Meta(max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")] = ""


class Switches(msgspec.Struct, frozen=True):
    """The kill switches that were ever turned; an empty name stands for all operations."""

    switches: list[Switch]


class RemedyView(msgspec.Struct, frozen=True):
    """Something that a step can do, and what it wants to know."""

    name: str
    version: int
    summary: str
    parameters: list[str]
    required: list[str]
    is_dangerous: bool
    can_be_undone: bool


class DrillView(msgspec.Struct, frozen=True):
    """A fault that can be made on purpose."""

    name: str
    kind: str
    summary: str
    parameters: list[str]


class Remedies(msgspec.Struct, frozen=True):
    """All of them; `drills` is empty where a setting does not allow them."""

    remedies: list[RemedyView]
    drills: list[DrillView]


class DrillBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill is called with: strings by name."""

    parameters: Annotated[dict[str, Annotated[str, Meta(max_length=255)]], Meta(max_length=10)]


class Injected(msgspec.Struct, frozen=True):
    """What was made wrong."""

    kind: str
    found: dict[str, Any]


class OperationsApi:
    """Serves them."""

    def __init__(self, app: Application, mapping: Mapping, desk: Desk, *, with_drills: bool) -> None:
        self._app = app
        self._mapping = mapping
        self._desk = desk
        self._with_drills = with_drills

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, f"{ROOT}/operations"
        routes.privileged("GET", root, self.page, READ)
        routes.privileged("POST", root, self.create, WRITE)
        routes.privileged("GET", f"{root}/{{operationId}}", self.get, READ)
        routes.privileged("PUT", f"{root}/{{operationId}}", self.change, WRITE)
        routes.privileged("GET", f"{root}/{{operationId}}/versions", self.versions, READ)
        routes.privileged("PUT", f"{root}/{{operationId}}/switch", self.switch, WRITE)
        routes.privileged("POST", f"{ROOT}/dry-run", self.dry_run, WRITE)
        routes.privileged("GET", f"{ROOT}/switches", self.switches, READ)
        routes.privileged("PUT", f"{ROOT}/switches", self.switch_all, WRITE)
        routes.privileged("GET", f"{ROOT}/remedies", self.remedies, READ)
        routes.privileged("POST", f"{ROOT}/drills/{{name}}", self.drill, WRITE)

    async def page(self, _request: Request, query: PageQuery) -> OperationsPage:
        """The mapping table: the current version of each operation."""
        found = await self._mapping.page(query.from_, query.limit)
        return OperationsPage(found, found[-1].operation_id if len(found) == query.limit else None)

    async def get(self, request: Request) -> Operation:
        """An operation."""
        return await self._mapping.get(request.parameters["operationId"])

    async def versions(self, request: Request) -> Versions:
        """Its versions."""
        await self._mapping.get(request.parameters["operationId"])
        return Versions(await self._mapping.versions(request.parameters["operationId"]))

    async def create(self, request: Request, body: NewOperation) -> Operation:
        """Store a new operation. Reports of its kind that wait for one are run through it."""
        return await self._mapping.save(None, 0, body, request.actor, stated_reason.get())

    async def change(self, request: Request, body: ChangeBody) -> Operation:
        """Store the next version of an operation; what runs goes on with the version that it began with."""
        operation_id = request.parameters["operationId"]
        return await self._mapping.save(operation_id, body.version, body.operation, request.actor, stated_reason.get())

    async def dry_run(self, _request: Request, body: DryRunBody) -> DryRun:
        """What an operation would do for a report. Nothing is done."""
        return DryRun(await self._desk.dry_run(body.report_id, body.operation))

    async def switch(self, request: Request, body: SwitchBody) -> Switch:
        """Stop an operation, also where it is under way, or let it go on."""
        operation_id = request.parameters["operationId"]
        return await self._mapping.switch(operation_id, is_off=body.off, actor=request.actor, reason=body.reason)

    async def switch_all(self, request: Request, body: SwitchBody) -> Switch:
        """Stop all operations, or let them go on."""
        return await self._mapping.switch(ALL, is_off=body.off, actor=request.actor, reason=body.reason)

    async def switches(self, _request: Request) -> Switches:
        """Which operations are stopped."""
        return Switches(await self._mapping.switches())

    async def remedies(self, _request: Request) -> Remedies:
        """What steps can do; and the faults that can be made on purpose."""
        remedies = [
            RemedyView(
                name=name,
                version=each.version,
                summary=each.summary,
                parameters=list(each.parameters.__struct_fields__),
                required=[field.name for field in msgspec.structs.fields(each.parameters) if field.required],
                is_dangerous=each.is_dangerous,
                can_be_undone=each.undo is not None,
            )
            for name, each in self._app.remedies.items()
        ]
        drills = [
            DrillView(name, each.kind, each.summary, list(each.parameters.__struct_fields__))
            for name, each in self._app.drills.items()
        ]
        return Remedies(remedies, drills if self._with_drills else [])

    async def drill(self, request: Request, body: DrillBody) -> Injected:
        """Make a fault on purpose, for somebody. Where a setting allows it."""
        if not self._with_drills:
            raise Forbidden("Drills are off: the setting repair_reports.drills allows them, on servers for practice.")
        drill = self._app.drills.get(request.parameters["name"])
        if drill is None:
            raise NotFound("There is no such drill.")
        try:
            parameters = msgspec.convert(body.parameters, drill.parameters, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidParameter(f"{error}.") from None
        await self._mapping.note(request.parameters["name"], "drill", request.actor)
        return Injected(drill.kind, await drill.inject(parameters))
