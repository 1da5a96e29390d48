"""The endpoints of senders: what became of what they sent, and what they have to say against it."""

from __future__ import annotations

import asyncio

from roomkeeper.capabilities.screening import texts
from roomkeeper.capabilities.screening.api import shapes
from roomkeeper.capabilities.screening.api.paging import decoded, next_batch
from roomkeeper.capabilities.screening.cases import Cases
from roomkeeper.capabilities.screening.gates import Gates
from roomkeeper.capabilities.screening.judging import Busy
from roomkeeper.capabilities.screening.models import Asked, CaseQuery, Mine, mine_of
from roomkeeper.capabilities.screening.service import Screening
from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.core.analysis.models import Priority
from roomkeeper.core.media import Media, Medium
from roomkeeper.core.media.models import NotYetUploaded
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.http import Request

SLICE_S = 0.5
"""Seconds after which who waits looks whether the server is stopping."""


class MineApi:
    """``/_roomkeeper/v1/screening/mine`` and ``/uploads``."""

    def __init__(
        self,
        app: Application,
        cases: Cases,
        media: Media,
        rooms: Rooms,
        screening: Screening,
        gates: Gates,
        language: str,
    ) -> None:
        self._app = app
        self._cases = cases
        self._media = media
        self._rooms = rooms
        self._screening = screening
        self._gates = gates
        self._language = language
        self._is_stopping = False

    def add_routes(self) -> None:
        """Serve them."""
        routes, root = self._app.routes, "/_roomkeeper/v1/screening"
        routes.add("GET", f"{root}/mine", self.page)
        routes.add("GET", f"{root}/mine/{{caseId}}", self.get)
        routes.add("POST", f"{root}/mine/{{caseId}}/appeal", self.appeal, limit="create")
        routes.add("GET", f"{root}/uploads/{{mediaId}}", self.upload)

    async def page(self, request: Request, query: shapes.MineQuery) -> shapes.MinePage:
        """What of one's own waits, or was refused, and why; the newest first."""
        wanted = CaseQuery(sender=request.user.user_id, state=query.state, room_id=query.room)
        found = await store.page(self._app.driver, wanted, decoded(query.from_), query.limit, newest=True)
        return shapes.MinePage([mine_of(case) for case in found], next_batch(found, query.limit))

    async def get(self, request: Request) -> Mine:
        """One of them."""
        return mine_of(await self._cases.own(request.user.user_id, request.parameters["caseId"]))

    async def appeal(self, request: Request, body: shapes.AppealBody) -> Mine:
        """Say something against a refusal, once: somebody looks at it again."""
        return mine_of(await self._cases.appeal(request.user.user_id, request.parameters["caseId"], body.text))

    async def upload(self, request: Request, query: shapes.UploadQuery) -> shapes.Upload:
        """How far a file of one's own is that was uploaded while the message is still being written."""
        until = asyncio.get_running_loop().time() + query.timeout_ms / 1000
        medium = await self._media.look_up(request.parameters["mediaId"])
        if medium is None or medium.uploader != request.user.user_id:
            raise NotFound("You have no such file.")
        asked = Asked(sender=medium.uploader)
        if query.room_id:
            asked = await self._gates.asked(
                await self._rooms.check_joined(medium.uploader, query.room_id), medium.uploader
            )
        if medium.sha256 is None:
            try:
                medium = await self._media.awaited(medium, query.timeout_ms)
            except NotYetUploaded:
                return shapes.Upload(state="empty")
        while (found := await self._verdict(medium, asked, until)) is None:
            if self._is_stopping or asyncio.get_running_loop().time() >= until:
                return shapes.Upload(state="checking")
        return found

    async def _verdict(self, medium: Medium, asked: Asked, until: float) -> shapes.Upload | None:
        """What would come of sending it, `None` where that cannot be said yet; waits a moment."""
        left = min(SLICE_S, until - asyncio.get_running_loop().time())
        try:
            verdict = await self._screening.file(medium, asked, max(0.0, left), Priority.INTERACTIVE)
        except Busy:
            await asyncio.sleep(max(0.0, left))
            return None
        if verdict.waiting and verdict.action != "block":
            return None
        if verdict.action != "block":
            return shapes.Upload(state="checked", action=verdict.action)
        why = texts.why(verdict.labels, self._language)
        return shapes.Upload(state="checked", action="block", labels=verdict.labels, reason=why)

    def begin_stop(self) -> None:
        """Send home who waits."""
        self._is_stopping = True
