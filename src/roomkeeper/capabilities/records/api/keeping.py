"""Exports, checkpoints, holds, erasure: ``/_roomkeeper/v1/records``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.records.api import shapes
from roomkeeper.capabilities.records.api.reading import ROOT
from roomkeeper.capabilities.records.checkpoints import Checkpoints
from roomkeeper.capabilities.records.exports import PERMISSION as EXPORT
from roomkeeper.capabilities.records.exports import Exports
from roomkeeper.capabilities.records.keeping import ERASE, HOLD, Keeping
from roomkeeper.capabilities.records.models import Erasure, Export, ExportRequest, Hold
from roomkeeper.capabilities.records.packing import blocks
from roomkeeper.capabilities.records.store import checkpoints as checkpoints_store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response, StreamedResponse
from roomkeeper.platform.http.paging import NumberedPageQuery
from roomkeeper.platform.jobs import Jobs
from roomkeeper.platform.jobs.api import JobBody, body_of


class ExportBody(msgspec.Struct, frozen=True, kw_only=True):
    """An export, and how far its job is (`None` where that is forgotten)."""

    export: Export
    job: JobBody | None


class ExportsBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of exports, the newest first."""

    exports: list[Export]
    next_batch: str | None = None


class CheckpointsBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of checkpoints, and the public key with which they are signed."""

    checkpoints: list[dict[str, Any]]
    public_key: str
    next_batch: int | None = None


class HoldBody(msgspec.Struct, frozen=True, kw_only=True):
    """Of what nothing is to be removed: a record, or those with a person, or of a department; and why."""

    what: Literal["record", "person", "department"]
    who: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\A[^\x00]*\Z")]
    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class HoldsBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of holds, the newest first."""

    holds: list[Hold]
    next_batch: str | None = None


class ErasureBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be erased: what a person has said, what is in a record, or what that person has said in it."""

    person: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\A[^\x00]*\Z")] | None = None
    record_id: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\A[^\x00]*\Z")] | None = None
    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class ErasuresBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of erasures."""

    erasures: list[Erasure]
    next_batch: str | None = None


class KeepingApi:
    """The endpoints of holds, erasures and retention."""

    def __init__(self, app: Application, keeping: Keeping) -> None:
        self._app = app
        self._keeping = keeping

    def add_routes(self) -> None:
        """Serve them."""
        routes = self._app.routes
        routes.privileged("GET", f"{ROOT}/holds", self.holds, HOLD, audited=True)
        routes.privileged("POST", f"{ROOT}/holds", self.hold, HOLD)
        routes.privileged("POST", f"{ROOT}/holds/{{holdId}}/release", self.release, HOLD)
        routes.privileged("GET", f"{ROOT}/erasures", self.erasures, ERASE, audited=True)
        routes.privileged("POST", f"{ROOT}/erasures", self.erase, ERASE)
        routes.privileged("POST", f"{ROOT}/retention", self.retain, ERASE)

    async def holds(self, _request: Request, query: shapes.SharesQuery) -> HoldsBody:
        """Legal holds, also those that were released."""
        found = await self._keeping.holds(query.from_, query.limit)
        return HoldsBody(found, found[-1].hold_id if len(found) == query.limit else None)

    async def hold(self, _request: Request, body: HoldBody) -> Hold:
        """Lay a hold: until it is released nothing is removed, whatever retention or an erasure says."""
        return await self._keeping.hold(body.what, body.who, body.reason)

    async def release(self, request: Request) -> Hold:
        """Release a hold; erasures that waited for that go on."""
        return await self._keeping.release(request.parameters["holdId"])

    async def erasures(self, _request: Request, query: shapes.SharesQuery) -> ErasuresBody:
        """What was to be erased, and what of it is."""
        found = await self._keeping.erasures(query.from_, query.limit)
        return ErasuresBody(found, found[-1].erasure_id if len(found) == query.limit else None)

    async def erase(self, _request: Request, body: ErasureBody) -> Erasure:
        """Erase contents for good: a job. The chain stays, and verifies as "erased"."""
        if body.person is None and body.record_id is None:
            raise InvalidParameter("Name a `person`, a `record_id`, or both.")
        return await self._keeping.erase(person=body.person, record_id=body.record_id, reason=body.reason)

    async def retain(self, request: Request) -> JobBody:
        """Erase now what is too old by the policies: a job."""
        return body_of(await self._keeping.retain(request.actor))


class ExportsApi:
    """The endpoints."""

    def __init__(self, app: Application, jobs: Jobs, exports: Exports, checkpoints: Checkpoints) -> None:
        self._app = app
        self._jobs = jobs
        self._exports = exports
        self._checkpoints = checkpoints

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, f"{ROOT}/exports"
        one = f"{root}/{{exportId}}"
        routes.privileged("POST", root, self.start, EXPORT)
        routes.privileged("GET", root, self.page, EXPORT)
        routes.privileged("GET", one, self.get, EXPORT)
        routes.privileged("DELETE", one, self.delete, EXPORT)
        routes.privileged("GET", f"{one}/download", self.download, EXPORT)
        routes.privileged("GET", f"{ROOT}/checkpoints", self.checkpoints, EXPORT)
        routes.privileged("POST", f"{ROOT}/checkpoints", self.sign, EXPORT)

    async def start(self, request: Request, body: ExportRequest) -> ExportBody:
        """Begin to export records: a job."""
        return await self._told(await self._exports.start(request.actor, body))

    async def _told(self, export: Export) -> ExportBody:
        found = await self._jobs.newest("records_export", export.export_id)
        return ExportBody(export=export, job=None if found is None else body_of(found, self._jobs.remaining_ms(found)))

    async def page(self, request: Request, query: shapes.SharesQuery) -> ExportsBody:
        """One's own exports; all of them for who may export everywhere."""
        found = await self._exports.page(request.actor, query.from_, query.limit)
        return ExportsBody(found, found[-1].export_id if len(found) == query.limit else None)

    async def get(self, request: Request) -> ExportBody:
        """An export, and how far it is."""
        told = await self._told(await self._exports.get(request.actor, request.parameters["exportId"]))
        if told.job is None or told.job.state != "succeeded":
            return told
        # The two were read one after the other: it may have been finished in between.
        return ExportBody(export=await self._exports.get(request.actor, told.export.export_id), job=told.job)

    async def delete(self, request: Request) -> Response:
        """Remove an export and its file."""
        export = await self._exports.get(request.actor, request.parameters["exportId"])
        await self._exports.delete(export.export_id)
        return EMPTY

    async def download(self, request: Request) -> StreamedResponse:
        """The file of an export."""
        export = await self._exports.get(request.actor, request.parameters["exportId"])
        path, size = await self._exports.file_of(export)
        write = Write()
        self._app.audit.record(write, permission=EXPORT, target=export.export_id, reason="downloaded")
        await self._app.committer.submit(write)
        name = f'attachment; filename="records-{export.export_id}.zip"'
        headers = [(b"content-disposition", name.encode()), (b"x-content-type-options", b"nosniff")]
        return StreamedResponse(blocks(path), size, 200, headers, b"application/zip")

    async def checkpoints(self, _request: Request, query: NumberedPageQuery) -> CheckpointsBody:
        """The checkpoints after a number, in order."""
        found = await checkpoints_store.after(self._app.driver, query.from_, query.limit)
        told = [self._checkpoints.told(each) for each in found]
        following = found[-1].number if len(found) == query.limit else None
        return CheckpointsBody(told, self._checkpoints.public_key, following)

    async def sign(self, _request: Request) -> dict[str, int]:
        """Make a checkpoint now, where something was recorded since the last one, and deliver what is not delivered."""
        return {"number": await self._checkpoints.now()}
