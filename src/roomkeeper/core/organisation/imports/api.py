"""The endpoints of imports."""

from __future__ import annotations

import csv
import io

import msgspec

from roomkeeper.core.organisation.api.shapes import PageQuery
from roomkeeper.core.organisation.imports.models import ImportRecord, Options, Preview
from roomkeeper.core.organisation.imports.service import Imports
from roomkeeper.platform.http import EMPTY, Request, Response, Routes
from roomkeeper.platform.jobs.api import JobBody, body_of
from roomkeeper.platform.spreadsheets import safe_cell

MOST_BYTES = 64 * 1024 * 1024


class ImportPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of imports, the newest first."""

    imports: list[ImportRecord]
    next_batch: str | None = None


class ImportsApi:
    """``/_roomkeeper/v1/imports``."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        root = "/_roomkeeper/v1/imports"
        routes.privileged("GET", root, self.page, "people.import", audited=True)
        routes.privileged("POST", root, self.upload, "people.import", max_body=MOST_BYTES, streams=True)
        routes.privileged("GET", f"{root}/{{importId}}", self.show, "people.import", audited=True)
        routes.privileged("DELETE", f"{root}/{{importId}}", self.delete, "people.import")
        routes.privileged("POST", f"{root}/{{importId}}/preview", self.preview, "people.import")
        routes.privileged("POST", f"{root}/{{importId}}/run", self.run, "people.import")
        routes.privileged("GET", f"{root}/{{importId}}/errors", self.errors, "people.import", audited=True)

    async def page(self, _request: Request, query: PageQuery) -> ImportPage:
        """Files of people that were uploaded, and what became of them."""
        found = await self._imports.page(query.from_, query.limit)
        return ImportPage(found, found[-1].import_id if len(found) == query.limit else None)

    async def upload(self, request: Request) -> ImportRecord:
        """Upload a CSV file of people (64 MiB at most). It is kept for a week; nothing is changed yet."""
        return await self._imports.upload(request.actor, request.stream())

    async def show(self, request: Request) -> ImportRecord:
        """One file, and what became of it so far."""
        return await self._imports.get(request.parameters["importId"])

    async def delete(self, request: Request) -> Response:
        """Forget a file. The people stay."""
        await self._imports.delete(request.parameters["importId"])
        return EMPTY

    async def preview(self, request: Request, body: Options) -> Preview:
        """What importing a file would do. Nothing is changed."""
        return await self._imports.preview(request.parameters["importId"], body)

    async def run(self, request: Request, body: Options) -> JobBody:
        """Import a file: a job that goes on after a restart, and can be cancelled."""
        return body_of(await self._imports.start(request.actor, request.parameters["importId"], body))

    async def errors(self, request: Request) -> Response:
        """What could not be taken of a file, as CSV: line, user name, what is wrong."""
        found, text = await self._imports.errors(request.parameters["importId"]), io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["line", "name", "error"])
        writer.writerows([error.line, safe_cell(error.name), safe_cell(error.error)] for error in found)
        headers = [(b"content-disposition", b'attachment; filename="import-errors.csv"')]
        return Response(text.getvalue().encode("utf-8-sig"), 200, headers, b"text/csv; charset=utf-8")
