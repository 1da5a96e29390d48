"""The endpoints of notes about customers."""

from __future__ import annotations

from roomkeeper.core.organisation.api import shapes
from roomkeeper.core.organisation.models import Note
from roomkeeper.core.organisation.notes import Notes
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import EMPTY, Request, Response, Routes


class NotesApi:
    """``/_roomkeeper/v1/people/{userId}/notes``."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def add_routes(self, routes: Routes) -> None:
        """Serve them."""
        path = "/_roomkeeper/v1/people/{userId}/notes"
        routes.add("GET", path, self.page)
        routes.add("POST", path, self.create, limit="create")
        routes.add("DELETE", f"{path}/{{noteId}}", self.delete)

    async def page(self, request: Request, query: shapes.PageQuery) -> shapes.Notes:
        """What the staff has noted about a customer, the newest first."""
        if "\0" in query.from_:
            raise InvalidParameter("`from` must be the next_batch of the page before.")
        found = await self._notes.page(request.actor, request.parameters["userId"], query.from_, query.limit)
        return shapes.Notes(list(found), found[-1].note_id if len(found) == query.limit else None)

    async def create(self, request: Request, body: shapes.NoteBody) -> Note:
        """Note something about a customer, for whoever takes care of them."""
        return await self._notes.add(request.actor, request.parameters["userId"], body.body)

    async def delete(self, request: Request) -> Response:
        """Delete a note of one's own."""
        await self._notes.delete(request.actor, request.parameters["userId"], request.parameters["noteId"])
        return EMPTY
