"""What is shown of departures: how far they are, in few figures and as a table."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import IO

from roomkeeper.capabilities.handover import store
from roomkeeper.capabilities.handover.api import shapes
from roomkeeper.capabilities.handover.models import Departure, Offer
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import StreamedResponse
from roomkeeper.platform.spreadsheets import safe_cell

PAGE = 500
SHOWN = 5
BLOCK = 64 * 1024
IN_MEMORY = 1024 * 1024
COLUMNS = (
    "room_id", "customer_id", "status", "way", "successor_id", "department_id", "new_room_id", "language",
    "unanswered", "offered_ts", "answered_ts", "error",
)  # fmt: skip


class Reports:
    """Reads, and changes nothing."""

    def __init__(self, app: Application, wake: Callable[[], None]) -> None:
        self._app = app
        self.wake = wake

    async def of(self, departure: Departure) -> shapes.Report:
        """How far a departure is."""
        return shapes.Report(
            departure=departure,
            statuses=await store.counts(self._app.driver, departure.departure_id),
            unanswered=await store.unanswered(self._app.driver, departure.departure_id),
            successors=await store.given(self._app.driver, departure.departure_id),
        )

    async def summary(self, within: frozenset[str] | None) -> shapes.Summary:
        """The departures of some departments, or of all, in a few figures."""
        reader = self._app.driver
        planned, under_way = await store.count_departures(reader, within)
        waiting, since = await store.count_waiting(reader, within)
        without = await store.without_anybody(reader, within)
        return shapes.Summary(
            planned=planned,
            under_way=under_way,
            waiting=waiting,
            waiting_since_ts=since,
            nobody=sum(number for _, _, number in without),
            without=[shapes.Without(*each) for each in without[:SHOWN]],
        )

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


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
