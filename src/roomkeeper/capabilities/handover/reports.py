"""What is shown of departures: a preview before, how far it is meanwhile, a table afterwards."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import IO

from roomkeeper.capabilities.handover import rules, store
from roomkeeper.capabilities.handover.api import shapes
from roomkeeper.capabilities.handover.models import Departure, Offer
from roomkeeper.capabilities.handover.planning import Planner
from roomkeeper.core.organisation import Person
from roomkeeper.core.organisation.sessions import Session
from roomkeeper.core.rooms import Rooms, history
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import StreamedResponse

PAGE = 500
BLOCK = 64 * 1024
IN_MEMORY = 1024 * 1024
COLUMNS = (
    "room_id", "customer_id", "status", "way", "successor_id", "department_id", "new_room_id", "language",
    "unanswered", "offered_ts", "answered_ts", "error",
)  # fmt: skip


class Reports:
    """Reads, and changes nothing."""

    def __init__(self, app: Application, rooms: Rooms, planner: Planner, wake: Callable[[], None]) -> None:
        self._app = app
        self._rooms = rooms
        self._planner = planner
        self.wake = wake

    async def of(self, departure: Departure) -> shapes.Report:
        """How far a departure is."""
        return shapes.Report(
            departure=departure,
            statuses=await store.counts(self._app.driver, departure.departure_id),
            unanswered=await store.unanswered(self._app.driver, departure.departure_id),
        )

    async def preview(self, departure: Departure) -> shapes.Preview:
        """What a departure would do now."""
        planning = await self._planner.of(departure)
        shares: Counter[tuple[str | None, str | None]] = Counter()
        languages: dict[str, str] = {}
        customers = unanswered = nobody = other_language = 0
        async for session in self._sessions(departure.user_id):
            choice = await planning.choose(session)
            last = await history.last_to_write(
                self._app.driver, session.room_id, (session.customer_id, departure.user_id)
            )
            customers += 1
            unanswered += last == session.customer_id
            if choice is None:
                nobody += 1
                continue
            shares[choice.staff_id, None if choice.staff_id is not None else choice.department_id] += 1
            if choice.staff_id is not None and session.language:
                language = await self._language(choice.staff_id, languages)
                other_language += not rules.speaks(language, session.language)
        groups = await self._rooms.joined_rooms(departure.user_id) if departure.kind == "departure" else set()
        return shapes.Preview(
            customers=customers,
            unanswered=unanswered,
            nobody=nobody,
            other_language=other_language,
            group_rooms=max(0, len(groups) - customers),
            shares=await self._shares(shares),
        )

    async def _sessions(self, leaver: str) -> AsyncIterator[Session]:
        after = ""
        while found := await self._planner.sessions.of_staff(leaver, ("open", "waiting"), after, PAGE):
            for session in found:
                yield session
            after = found[-1].room_id
            await asyncio.sleep(0)  # others have their turn between pages

    async def _language(self, staff_id: str, known: dict[str, str]) -> str:
        if staff_id not in known:
            person: Person = await self._planner.people.find(staff_id)
            known[staff_id] = person.language
        return known[staff_id]

    async def _shares(self, counted: Counter[tuple[str | None, str | None]]) -> list[shapes.Share]:
        loads = await self._planner.sessions.loads([staff_id for staff_id, _ in counted if staff_id is not None])
        return [
            shapes.Share(
                user_id=staff_id, department_id=department_id, customers=number, sessions=loads.get(staff_id or "", 0)
            )
            for (staff_id, department_id), number in counted.most_common(PAGE)
        ]

    # ------------------------------------------------------------ export

    async def export(self, departure: Departure) -> StreamedResponse:
        """All customers of a departure as CSV, which is in memory a page at a time."""
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed with the answer)
        file.write(b"\xef\xbb\xbf" + _lines([COLUMNS]))
        after = ""
        while found := await store.page_offers(self._app.driver, departure.departure_id, None, after, PAGE):
            file.write(_lines([_row(offer) for offer in found]))
            after = found[-1].room_id
        length = file.tell()
        file.seek(0)
        name = f'attachment; filename="departure-{departure.departure_id}.csv"'
        return StreamedResponse(
            _blocks(file), length, 200, [(b"content-disposition", name.encode())], b"text/csv; charset=utf-8"
        )


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def _row(offer: Offer) -> list[object]:
    return [safe_cell(getattr(offer, name)) for name in COLUMNS]


def safe_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value[:1] else value


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
