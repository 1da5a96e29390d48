"""The engineers' side of reports: the queue, everything that was collected about one, and what they can do with it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from roomkeeper.capabilities.repair.operations import rules as operation_rules
from roomkeeper.capabilities.repair.operations import store as operations_store
from roomkeeper.capabilities.repair.operations.mapping import Mapping
from roomkeeper.capabilities.repair.operations.models import DryStep, NewOperation, Run
from roomkeeper.capabilities.repair.repairing import Repairing
from roomkeeper.capabilities.repair.reports import store
from roomkeeper.capabilities.repair.reports.book import Book, ChangedMeanwhile, replaced, require
from roomkeeper.capabilities.repair.reports.models import ENGINEERS, Collected, Incident, Report
from roomkeeper.capabilities.repair.reports.receiving import Receiving
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound

PERMISSION: Final = "repair.reports"
OPEN: Final = ("new", "asking", *ENGINEERS, "unverified")
MOST_RUNS: Final = 20


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A report with all that is known of it."""

    report: Report
    collected: list[Collected]
    runs: list[Run]
    incident: Incident | None
    others: list[Report]


class Desk:
    """What engineers do."""

    def __init__(
        self, app: Application, book: Book, receiving: Receiving, mapping: Mapping, repairing: Repairing
    ) -> None:
        self._app = app
        self._book = book
        self._receiving = receiving
        self._mapping = mapping
        self._repairing = repairing

    async def whole(self, report_id: str) -> Whole:
        """Everything. Raises `NotFound`."""
        report = await self._book.get(report_id)
        driver = self._app.driver
        others = await store.newest_of(driver, report.user_id, 10)
        return Whole(
            report=report,
            collected=await store.collected_of(driver, report_id),
            runs=await operations_store.runs_of(driver, report_id, MOST_RUNS),
            incident=await store.find_incident(driver, report.incident_id) if report.incident_id else None,
            others=[each for each in others if each.report_id != report_id],
        )

    async def classify(self, report_id: str, kind: str, actor: str) -> Report:
        """Say of what kind a report is: it is repaired where there is an operation for that."""

        def act(each: Report) -> Report:
            require(each, *OPEN)
            state = "waiting" if each.reported_by else each.state
            return self._book.noted(
                replaced(each, kind=kind, question="", candidates=(), state=state, why="unknown_kind"),
                "classified",
                self._receiving.titles(kind),
                told=False,
                by=actor,
            )

        report = await self._book.change(report_id, act, self._audited(actor, f"kind {kind}"))
        return await self._repairing.repair(report) if report.state == "waiting" else report

    async def run(self, report_id: str, operation_id: str, actor: str) -> Report:
        """Run an operation for a report: also another than the one that the mapping names, and again."""
        report = await self._book.get(report_id)
        require(report, "waiting", "failed", "unverified", "approval")
        operation = await self._mapping.get(operation_id)
        flow = await self._repairing.flow_of(report)
        started = await self._repairing.start(report, operation, flow, approved_by=actor)
        await self._note(actor, report_id, f"run {operation_id} {operation.version}")
        return started

    async def approve(self, report_id: str, actor: str) -> Report:
        """Agree to an operation that waits for that."""
        report = await self._book.get(report_id)
        require(report, "approval")
        approved = await self._repairing.approve(report, actor)
        await self._note(actor, report_id, f"approve {report.operation_id} {report.operation_version}")
        return approved

    async def stop(self, report_id: str, actor: str) -> Report:
        """Stop what runs for a report, before its next step, and take back what it did."""
        report = await self._book.get(report_id)
        run = await self._repairing.run_of(report)
        if run.state != "running":
            raise ChangedMeanwhile("Nothing runs for this report.")
        has_done = any(step.state == "done" for step in run.steps)
        stopped = msgspec.structs.replace(
            run, state="undoing" if has_done else "stopped", ends_as="stopped", version=run.version + 1,
            error=f"{actor} stopped it.",
        )  # fmt: skip
        await self._repairing.stop(run, stopped)
        await self._note(actor, report_id, "stop")
        return await self._book.get(report_id)

    async def say(self, report_id: str, text: str, actor: str, *, close: bool) -> Report:
        """Tell the reporter something; and close the report with it."""

        def act(each: Report) -> Report:
            said = self._book.noted(each, "closed" if close else "said", {"text": text}, by=actor)
            if not close:
                return said
            require(each, *OPEN, "repaired")
            now = self._app.clock.now_ms()
            return replaced(said, state="closed", why="", question="", due_ts=None, answered_ts=now)

        return await self._book.change(report_id, act, self._audited(actor, "close" if close else "say"))

    async def dry_run(self, report_id: str, operation: NewOperation) -> list[DryStep]:
        """What an operation would do for a report; nothing is done."""
        report = await self._book.get(report_id)
        values: dict[str, Any] = operation_rules.values_of(report, await self._repairing.flow_of(report))
        return await self._mapping.dry_run(operation, values)

    async def log(self, report_id: str, name: str) -> bytes:
        """A log that came with a report. Raises `NotFound`."""
        found = await store.find_attached(self._app.driver, report_id, name)
        if found is None:
            raise NotFound("This report has no such log.")
        return found

    def _audited(self, actor: str, said: str) -> Any:
        def add(write: Write, report: Report) -> None:
            self._app.audit.record(write, permission=PERMISSION, target=report.report_id, reason=said, actor=actor)

        return add

    async def _note(self, actor: str, report_id: str, said: str) -> None:
        write = Write()
        self._app.audit.record(write, permission=PERMISSION, target=report_id, reason=said, actor=actor)
        await self._app.committer.submit(write)
