"""Events that are held only since something has not been looked at yet: when it has been, they go on by themselves.

Which those are stands in the database (cases that are ``checking``), so that a restart takes them up again.
"""

from __future__ import annotations

import asyncio

from roomkeeper.capabilities.screening.cases import CannotRelease, Cases
from roomkeeper.capabilities.screening.errors import DecidedAlready
from roomkeeper.capabilities.screening.gates import Gates
from roomkeeper.capabilities.screening.judging import Busy
from roomkeeper.capabilities.screening.models import Case, CaseQuery
from roomkeeper.capabilities.screening.service import Screening
from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.core.media import Media
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.logs import get_logger

log = get_logger(area="screening")

PATIENCE_S = 10.0
"""Seconds that one is waited for before another one's turn comes."""
AT_ONCE = 50
PAGE = 500
AGAIN_S = 1.0


class Checking:
    """Looks after them."""

    def __init__(
        self, app: Application, rooms: Rooms, media: Media, screening: Screening, gates: Gates, cases: Cases
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._media = media
        self._screening = screening
        self._gates = gates
        self._cases = cases
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def note(self, case: Case) -> None:
        """There is one more."""
        self._queue.put_nowait(case.case_id)

    async def run(self) -> None:
        """Look after all of them, for ever."""
        after: tuple[int, str] | None = None
        query = CaseQuery(state="checking")
        while page := await store.page(self._app.driver, query, after, PAGE, newest=False):
            for case in page:
                self.note(case)
            after = page[-1].created_ts, page[-1].case_id
        async with asyncio.TaskGroup() as group:
            for number in range(AT_ONCE):
                group.create_task(self._work(), name=f"checking {number}")

    async def _work(self) -> None:
        while True:
            case_id = await self._queue.get()
            try:
                done = await self._check(case_id)
            except Exception as error:
                log.error("a held event could not be checked", case_id=case_id, exc_info=error)
                done = False
            if not done:
                asyncio.get_running_loop().call_later(AGAIN_S, self._queue.put_nowait, case_id)

    async def _check(self, case_id: str) -> bool:
        """Whether nothing is left to be done for a case."""
        case = await store.find(self._app.driver, case_id)
        if case is None or case.state != "checking":
            return True
        try:
            room, draft = await self._rooms.held_draft(case.event_id)
        except NotFound:
            return await self._refused(case, "")
        for medium in case.media:
            if await self._media.look_up(medium.media_id) is None:
                return await self._refused(case, "The file never came.")
        asked = await self._gates.asked(room, draft.sender)
        try:
            screened = await self._screening.event(draft, asked, patience=PATIENCE_S)
        except Busy:
            return False
        except MatrixError as error:
            return await self._refused(case, str(error))
        if screened.verdict.waiting and screened.verdict.action != "block":
            return False
        fresh = await self._cases.get(case_id)
        try:
            await self._cases.settle(fresh, screened.verdict, screened.media)
        except CannotRelease as error:
            return await self._refused(fresh, str(error))
        except DecidedAlready:
            return False
        return True

    async def _refused(self, case: Case, told: str) -> bool:
        try:
            await self._cases.refuse(case, "server", "", told=told)
        except DecidedAlready:
            return False
        return True
