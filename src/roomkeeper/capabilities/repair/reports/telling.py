"""Telling reporters what became of their reports, where they reported: in the chat, in the form's panel, as a notice.

What was told is counted in the report. In a chat the message and the count are one write, so that nothing is said
twice; a notice may come twice after a crash, and is never forgotten. The form reads the notes themselves.
"""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.repair.reports import store, texts
from roomkeeper.capabilities.repair.reports.account import SupportAccount
from roomkeeper.capabilities.repair.reports.book import Book
from roomkeeper.capabilities.repair.reports.facts import ReportChanged
from roomkeeper.capabilities.repair.reports.models import Note, Report
from roomkeeper.core.account_data import Turns
from roomkeeper.core.notices import Notices
from roomkeeper.core.notices.service import Notice
from roomkeeper.core.rooms import Draft, Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.logs import get_logger
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.events import Event

log = get_logger(area="repair")

MESSAGE = "m.room.message"
ANSWER = "org.roomkeeper.repair"
"""In a message of the support account: which report it is about, and how far that is."""
RACES = 5


class Telling:
    """Tells reporters."""

    def __init__(self, app: Application, book: Book, rooms: Rooms, notices: Notices, account: SupportAccount) -> None:
        self._app = app
        self._book = book
        self._rooms = rooms
        self._notices = notices
        self._account = account
        self._turns = Turns()

    async def tell(self, fact: ReportChanged) -> None:
        """Tell what was not told yet."""
        async with self._turns(fact.report_id):
            for _ in range(RACES):
                report = await store.find(self._app.driver, fact.report_id)
                if report is None or report.source == "form" or report.told >= len(report.notes):
                    return
                await self._tell_next(report, report.notes[report.told])

    async def _tell_next(self, report: Report, note: Note) -> None:
        words = texts.note_text(report.language, note) if note.is_told else ""
        try:
            if words and report.source == "chat":
                await self._say(report, words)
            else:
                if words and report.user_id and not self._account.is_own(report.user_id):
                    await self._notices.send(Notice(report.user_id, self._content(report, words)))
                await self._mark(report)
        except (MatrixError, ProtocolViolation) as error:
            log.info("a reporter could not be told", report_id=report.report_id, reason=str(error))
            await self._mark(report)

    def _content(self, report: Report, words: str) -> dict[str, object]:
        about = {"report_id": report.report_id, "state": report.state}
        return {"msgtype": "m.notice", "body": words, ANSWER: about}

    async def _say(self, report: Report, words: str) -> None:
        draft = Draft(type=MESSAGE, sender=self._account.user_id, content=self._content(report, words))

        def add(write: Write, _event: Event) -> None:
            self._put(write, report)

        try:
            await self._rooms.send(report.room_id, draft, add)
        except DatabaseError:
            log.info("a report has changed while its reporter was told", report_id=report.report_id)

    def _put(self, write: Write, report: Report) -> None:
        after = msgspec.structs.replace(report, told=report.told + 1, version=report.version + 1)
        store.update(write, report, after)

    async def _mark(self, report: Report) -> None:
        write = Write()
        self._put(write, report)
        try:
            await self._app.committer.submit(write)
        except DatabaseError:
            log.info("a report has changed while its reporter was told", report_id=report.report_id)
