"""The reports: each changed by one at a time, with what else belongs to the change; and news of them for who waits."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from roomkeeper.capabilities.repair.reports import store
from roomkeeper.capabilities.repair.reports.facts import ReportChanged, ReportTaken
from roomkeeper.capabilities.repair.reports.models import MOST_NOTE, MOST_NOTES, Note, Report
from roomkeeper.core.account_data import Turns
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import MatrixError, NotFound

MOST_WAITING = 2000

Change = Callable[[Report], Report | None]
"""What a report becomes; `None`: it stays as it is."""
Add = Callable[[Write, Report], None]


class ChangedMeanwhile(MatrixError):
    """This report is not in a state in which that can be done: look at it again."""

    errcode, status = "M_BAD_STATE", 409


class Book:
    """Keeps reports."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._turns = Turns()
        self._waiting: dict[asyncio.Future[None], str] = {}
        self._news = 0

    def new_id(self) -> str:
        """An id that sorts by time."""
        return f"{self._app.clock.now_ms():011x}{secrets.token_hex(4)}"

    # ------------------------------------------------------------ reading

    async def get(self, report_id: str) -> Report:
        """One report. Raises `NotFound`."""
        report = await store.find(self._app.driver, report_id)
        if report is None:
            raise NotFound("There is no such report.")
        return report

    async def wait(self, report_id: str, since: int, seconds: float) -> Report:
        """The report as soon as it has a later version than `since`, or after so many seconds. Raises `NotFound`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            waiter = self._waiter(report_id)
            report = await self.get(report_id)
            left = deadline - asyncio.get_running_loop().time()
            if report.version > since or left <= 0 or waiter is None:
                self._waiting.pop(waiter, None) if waiter else None
                return report
            await asyncio.wait({waiter}, timeout=left)
            self._waiting.pop(waiter, None)

    def _waiter(self, report_id: str) -> asyncio.Future[None] | None:
        if len(self._waiting) >= MOST_WAITING:
            return None
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = report_id
        return waiter

    def _tell(self, report_id: str) -> None:
        self._news += 1
        for waiter, wanted in list(self._waiting.items()):
            if wanted == report_id and not waiter.done():
                waiter.set_result(None)

    def close(self) -> None:
        """Send home who waits, so that a server that stops need not wait for them."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    # ------------------------------------------------------------ writing

    async def insert(self, report: Report, add: Add | None = None) -> Report:
        """A new report."""
        write = Write()
        store.insert(write, report)
        await self._submit(write, report, add)
        return report

    async def change(self, report_id: str, act: Change, add: Add | None = None) -> Report:
        """Change a report, with what `add` puts into the same write. Raises `NotFound`, and what `act` raises."""
        async with self._turns(report_id):
            before = await self.get(report_id)
            after = act(before)
            if after is None or after == before:
                return before
            now = self._app.clock.now_ms()
            after = msgspec.structs.replace(after, version=before.version + 1, updated_ts=now)
            write = Write()
            store.update(write, before, after)
            await self._submit(write, after, add)
            return after

    async def _submit(self, write: Write, report: Report, add: Add | None) -> None:
        if add is not None:
            add(write, report)
        if report.state == "new":
            self._app.facts.record(write, ReportTaken(report.report_id))
        self._app.facts.record(write, ReportChanged(report.report_id))
        await self._app.committer.submit(write)
        self._tell(report.report_id)

    def noted(
        self, report: Report, what: str, values: Mapping[str, str] | None = None, *, told: bool = True, by: str = ""
    ) -> Report:
        """The report with one line more; `told`: its reporter is to be told it."""
        cut = {name: value[:MOST_NOTE] for name, value in (values or {}).items()}
        note = Note(self._app.clock.now_ms(), what, by, cut, told)
        notes = (*report.notes, note)
        dropped = max(0, len(notes) - MOST_NOTES)
        return msgspec.structs.replace(report, notes=notes[dropped:], told=max(0, report.told - dropped))


def require(report: Report, *states: str) -> None:
    """Raises `ChangedMeanwhile` where a report is in none of these states."""
    if report.state not in states:
        raise ChangedMeanwhile(f"This report is {report.state}: that cannot be done with it now.")


def replaced(report: Report, **values: Any) -> Report:
    """The report with other values."""
    return msgspec.structs.replace(report, **values)
