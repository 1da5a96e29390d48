"""The endpoints of the lists of words."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.screening.api import shapes
from roomkeeper.capabilities.screening.text.files import MAX_FILE, ListFiles
from roomkeeper.capabilities.screening.text.models import TextList
from roomkeeper.capabilities.screening.text.service import Lists
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import EMPTY, Request, Response
from roomkeeper.platform.jobs.api import JobBody, JobQuery, body_of

READ, WRITE = "screening.read", "screening.lists"


class ListsApi:
    """``/_roomkeeper/v1/screening/lists``."""

    def __init__(self, app: Application, lists: Lists, files: ListFiles) -> None:
        self._app = app
        self._lists = lists
        self._files = files

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, "/_roomkeeper/v1/screening/lists"
        one = f"{root}/{{listId}}"
        routes.privileged("GET", root, self.all, READ)
        routes.privileged("POST", root, self.create, WRITE)
        routes.privileged("GET", one, self.get, READ)
        routes.privileged("PATCH", one, self.change, WRITE)
        routes.privileged("DELETE", one, self.delete, WRITE)
        routes.privileged("GET", f"{one}/patterns", self.patterns, READ)
        routes.privileged("POST", f"{one}/patterns", self.add, WRITE)
        routes.privileged("DELETE", f"{one}/patterns", self.remove, WRITE)
        routes.privileged("POST", f"{one}/import", self.take, WRITE, max_body=MAX_FILE, streams=True)
        routes.privileged("GET", f"{one}/imports/{{jobId}}", self.progress, READ)
        routes.privileged("GET", f"{one}/export", self.give, READ)

    async def all(self, _request: Request) -> shapes.TextLists:
        """All lists."""
        return shapes.TextLists(list(await self._lists.all()))

    async def create(self, _request: Request, body: shapes.ListBody) -> TextList:
        """A new list."""
        wanted = TextList(
            list_id="",
            name=body.name,
            kind=body.kind,
            label=body.label,
            action=body.action,
            language=body.language,
            enabled=body.enabled,
            created_ts=0,
            updated_ts=0,
        )
        await self._lists.check(wanted, body.patterns)
        made = await self._lists.create(wanted)
        if body.patterns:
            await self._lists.add(made.list_id, body.patterns)
        return await self._lists.get(made.list_id)

    async def get(self, request: Request) -> TextList:
        """One list."""
        return await self._lists.get(request.parameters["listId"])

    async def change(self, request: Request, body: shapes.ListChange) -> TextList:
        """Call it otherwise, have it lead to something else, switch it on or off; in force when this is answered."""
        given = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET}
        return await self._lists.change(request.parameters["listId"], **given)

    async def delete(self, request: Request) -> Response:
        """A list goes, with its patterns."""
        await self._lists.delete(request.parameters["listId"])
        return EMPTY

    async def patterns(self, request: Request, query: shapes.PatternsQuery) -> shapes.PatternPage:
        """The patterns of a list, in order."""
        found = await self._lists.entries(request.parameters["listId"], query.from_, query.limit, query.search)
        return shapes.PatternPage(list(found), found[-1] if len(found) == query.limit else None)

    async def add(self, request: Request, body: shapes.Patterns) -> shapes.Count:
        """Add patterns; in force when this is answered."""
        return shapes.Count(await self._lists.add(request.parameters["listId"], body.patterns))

    async def remove(self, request: Request, body: shapes.Patterns) -> shapes.Count:
        """Take patterns away; in force when this is answered."""
        return shapes.Count(await self._lists.remove(request.parameters["listId"], body.patterns))

    async def take(self, request: Request, query: shapes.ImportQuery) -> JobBody:
        """Take in a file of patterns: a job."""
        list_id = request.parameters["listId"]
        record = await self._files.take(request.actor, list_id, request.stream(), query.format, replace=query.replace)
        return body_of(record)

    async def progress(self, request: Request, query: JobQuery) -> shapes.Imported:
        """How far an import is, and which rows it left out; with `since` as soon as there is news of it."""
        record, report = await self._files.find(
            request.parameters["listId"], request.parameters["jobId"], query.since, query.timeout / 1000
        )
        return shapes.Imported(job=body_of(record), report=report)

    async def give(self, request: Request, query: shapes.ExportQuery) -> Response:
        """A list as a file."""
        content = await self._files.give(request.parameters["listId"], query.format)
        kind = b"text/csv; charset=utf-8" if query.format == "csv" else b"application/json"
        name = f'attachment; filename="words.{query.format}"'.encode()
        return Response(content, 200, [(b"content-disposition", name)], kind)
