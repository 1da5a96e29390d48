"""From a report to its answer. The steps:

1. `begin`: the user's flow is fetched; reports of one fault are grouped; the operation is looked up. None: engineers
   get it. A dangerous one waits until somebody approves of it.
2. `start`: the operation runs, as a job (`operations.running`).
3. `run_ended`: the client is told to try again; from then on both logs are compared (`verification`).
4. `look`: they agree: repaired. They differ: engineers get it. Silence until the time is over: unverified.
5. The reporter is told each of these (`reports.telling`), and may say that it is still broken, which reopens it.

Each is one write with what follows from it, begun by a fact, and does nothing when it is done again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.repair.flows import Flows
from roomkeeper.capabilities.repair.models import Attempt, Flow
from roomkeeper.capabilities.repair.operations import rules as operation_rules
from roomkeeper.capabilities.repair.operations import store as operations_store
from roomkeeper.capabilities.repair.operations.facts import OperationStored, RunEnded
from roomkeeper.capabilities.repair.operations.mapping import Mapping
from roomkeeper.capabilities.repair.operations.models import Operation, RemedyStep, Run, TellStep
from roomkeeper.capabilities.repair.operations.running import RUN, Work
from roomkeeper.capabilities.repair.plan.plans import Plans
from roomkeeper.capabilities.repair.reports import store
from roomkeeper.capabilities.repair.reports.book import Book, replaced
from roomkeeper.capabilities.repair.reports.facts import ReportTaken
from roomkeeper.capabilities.repair.reports.incidents import Incidents
from roomkeeper.capabilities.repair.reports.models import Collected, Report, State, Why
from roomkeeper.capabilities.repair.reports.settings import ReportSettings
from roomkeeper.capabilities.repair.verification import SUBJECTS, Verification, verify
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.jobs import Jobs
from roomkeeper.platform.logs import get_logger

log = get_logger(area="repair")

LOOK_S: Final = 0.25
"""Seconds between two looks at the logs, while something is to be verified."""
IDLE_S: Final = 60.0
PAGE: Final = 100
DAY_MS: Final = 24 * 3600 * 1000
TIDIED: Final = 200

Repeat = Callable[[Report], Awaitable[None]]
"""Tells the user's client to do once more what did not work."""


class Repairing:
    """Repairs what is reported."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        book: Book,
        plans: Plans,
        flows: Flows,
        mapping: Mapping,
        incidents: Incidents,
        repeat: Repeat,
        settings: ReportSettings,
    ) -> None:
        self._app = app
        self._jobs = jobs
        self._book = book
        self._plans = plans
        self._flows = flows
        self._mapping = mapping
        self._incidents = incidents
        self._repeat = repeat
        self._settings = settings
        self._wake = asyncio.Event()

    # ------------------------------------------------------------ beginning

    async def begin(self, fact: ReportTaken) -> None:
        """Do something about a report whose kind is known."""
        report = await self._book.get(fact.report_id)
        if report.state == "new":
            await self.repair(report)

    async def repair(self, report: Report) -> Report:
        """Look the operation up, and run it; or let engineers have it."""
        flow = await self.flow_of(report)
        attempt = None if flow is None else flow.attempt
        deviation = "" if attempt is None or attempt.deviation is None else attempt.deviation.point
        report = await self._book.change(
            report.report_id, lambda each: replaced(each, deviation=deviation), self._collecting(flow)
        )
        report = await self._incidents.group(report)
        if report.state not in ("new", "waiting"):
            return report
        operation = await self._mapping.choose(report.kind, operation_rules.values_of(report, flow))
        if operation is None:
            known = await self._mapping.knows(report.kind)
            return await self.give_to_engineers(report, "no_operation" if known else "unknown_kind")
        return await self.start(report, operation, flow)

    async def flow_of(self, report: Report) -> Flow | None:
        """What the user did; `None` where no plan says what belongs to this kind."""
        if report.kind not in self._plans.all():
            return None
        plan = self._plans.get(report.kind)
        flow = await self._flows.build(
            report.user_id, report.kind, correlation_id=report.properties.get(plan.correlation)
        )
        return flow if not report.room_id else without_chat(flow, report.room_id)

    def _collecting(self, flow: Flow | None) -> Callable[[Write, Report], None]:
        def add(write: Write, report: Report) -> None:
            if flow is not None:
                shown = msgspec.structs.replace(flow, attempts=flow.attempts[:5])
                subject = flow.subject if flow.subject is not None and flow.subject < 5 else None
                document = msgspec.to_builtins(msgspec.structs.replace(shown, subject=subject))
                if subject is None and flow.attempt is not None:
                    document["attempts"] = [msgspec.to_builtins(flow.attempt), *document["attempts"][:4]]
                    document["subject"] = 0
                store.put_collected(
                    write, report.report_id, Collected(what="flow", ts=self._app.clock.now_ms(), document=document)
                )

        return add

    async def give_to_engineers(
        self, report: Report, why: Why, state: State = "waiting", *, told: str = "waiting"
    ) -> Report:
        """People look at it from now on."""

        def act(each: Report) -> Report | None:
            if each.state not in ("new", "asking", "running", "verifying", "approval"):
                return None
            now = self._app.clock.now_ms()
            after = replaced(each, state=state, why=why, due_ts=None, question="", candidates=())
            if state == "failed":
                after = replaced(after, answered_ts=now)
            return self._book.noted(after, told)

        return await self._book.change(report.report_id, act)

    # ------------------------------------------------------------ running

    async def start(self, report: Report, operation: Operation, flow: Flow | None, *, approved_by: str = "") -> Report:
        """Run an operation, in the version that it has now; a dangerous one when somebody has approved of it."""
        needs_approval = self._mapping.is_dangerous(operation) and not approved_by
        run = Run(
            run_id=self._book.new_id(),
            report_id=report.report_id,
            user_id=report.user_id,
            operation=operation,
            state="approval" if needs_approval else "running",
            values=operation_rules.values_of(report, flow),
            programs=self._mapping.programs(operation),
            approved_by=approved_by,
            created_ts=self._app.clock.now_ms(),
        )

        def act(each: Report) -> Report | None:
            if each.state not in ("new", "waiting", "failed", "approval", "unverified", "repaired"):
                return None
            after = replaced(
                each,
                state="approval" if needs_approval else "running",
                why="",
                run_id=run.run_id,
                operation_id=operation.operation_id,
                operation_version=operation.version,
                properties={**about_of(operation, run.values), **each.properties},
                due_ts=None,
            )
            if needs_approval:
                return self._book.noted(after, "approval")
            title = {"title_en": operation.title, "title_zh": operation.title_zh or operation.title}
            return self._book.noted(after, "running" if each.deviation else "repairing", title)

        def add(write: Write, _report: Report) -> None:
            operations_store.insert_run(write, run)
            if not needs_approval:
                self._jobs.add(write, RUN, Work(run.run_id), started_by=approved_by or "server", key=run.run_id)

        return await self._book.change(report.report_id, act, add)

    async def approve(self, report: Report, actor: str) -> Report:
        """Let the operation that waits for it be run: the version that was looked at, not a later one."""
        run = await self.run_of(report)
        return await self.start(report, run.operation, await self.flow_of(report), approved_by=actor)

    async def stop(self, run: Run, stopped: Run) -> None:
        """Let a run be over, or go backwards from here; what is under way of it comes to nothing."""
        write = Write()
        if stopped.state == "stopped":
            stopped = msgspec.structs.replace(stopped, ended_ts=self._app.clock.now_ms())
            self._app.facts.record(write, RunEnded(run.run_id))
        operations_store.update_run(write, run, stopped)
        await self._app.committer.submit(write)

    async def run_of(self, report: Report) -> Run:
        """The newest run for a report. Raises `NotFound`."""
        run = await operations_store.find_run(self._app.driver, report.run_id) if report.run_id else None
        if run is None:
            raise NotFound("No operation was run for this report.")
        return run

    async def run_ended(self, fact: RunEnded) -> None:
        """An operation is over: have the client try again, or let engineers have it."""
        run = await operations_store.find_run(self._app.driver, fact.run_id)
        if run is None:
            return
        report = await self._book.get(run.report_id)
        if report.run_id != run.run_id or report.state != "running":
            return
        if run.state == "succeeded":
            await self._have_repeated(report, run)
        elif run.state == "no_fault":
            await self._close_as_right(report, run)
        else:
            why: Why = "failed"
            if run.state in ("stopped", "uncertain"):
                why = run.state
            await self.give_to_engineers(report, why, "failed", told="failed")

    async def _have_repeated(self, report: Report, run: Run) -> None:
        due = self._app.clock.now_ms() + int(self._settings.verify_seconds * 1000)
        said = [step for step in run.operation.steps if isinstance(step, TellStep)]

        def act(each: Report) -> Report:
            for step in said:
                each = self._book.noted(each, "told", {"en": step.text_en, "zh": step.text_zh})
            after = replaced(each, state="verifying", due_ts=due)
            return self._book.noted(after, "verifying")

        await self._repeat(report)
        await self._book.change(report.report_id, act)
        self._wake.set()

    async def _close_as_right(self, report: Report, run: Run) -> None:
        def act(each: Report) -> Report:
            after = replaced(each, state="closed", why="", answered_ts=self._app.clock.now_ms())
            return self._book.noted(after, "no_fault", {"text": run.error})

        await self._book.change(report.report_id, act)

    # ------------------------------------------------------------ verifying

    async def run(self) -> None:
        """Compare logs of what is to be verified, for ever."""
        while True:
            self._wake.clear()
            waiting = await self._look_at_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S if waiting else IDLE_S):
                    await self._wake.wait()

    async def _look_at_all(self) -> bool:
        """Whether anything is still to be verified."""
        after, left = "", False
        while found := await store.in_state(self._app.driver, "verifying", after, PAGE):
            for report in found:
                await self._app.giving_way.turn()
                left |= not await self.look(report)
            after = found[-1].report_id
        return left

    async def look(self, report: Report) -> bool:
        """Whether a verification is over."""
        verification = await self.verify(report)
        is_late = report.due_ts is not None and report.due_ts <= self._app.clock.now_ms()
        if verification.outcome == "unverified" and not is_late:
            return False
        states: dict[str, State] = {"success": "repaired", "failed": "failed", "unverified": "unverified"}

        def act(each: Report) -> Report | None:
            if each.state != "verifying":
                return None
            state = states[verification.outcome]
            why: Why = "differs" if state == "failed" else ""
            now = self._app.clock.now_ms()
            return self._book.noted(replaced(each, state=state, why=why, due_ts=None, answered_ts=now), state)

        def add(write: Write, each: Report) -> None:
            collected = Collected(
                what="verification", ts=self._app.clock.now_ms(), document=msgspec.to_builtins(verification)
            )
            store.put_collected(write, each.report_id, collected)

        await self._book.change(report.report_id, act, add)
        return True

    async def verify(self, report: Report) -> Verification:
        """Both logs since the report's operation ended, as they are now."""
        run = await self.run_of(report)
        since = run.ended_ts or self._app.clock.now_ms()
        if report.kind not in self._plans.all():
            return Verification(outcome="unverified", since_ts=since)
        plan = self._plans.get(report.kind)
        events = await self._flows.events(report.user_id, report.kind, since_ts=since)
        return verify(plan, events, since, report.properties)

    # ------------------------------------------------------------ what engineers teach

    async def taught(self, fact: OperationStored) -> None:
        """There is an operation for a kind: the reports that wait for one are run through it."""
        after = ""
        while found := await store.of_kind_in_state(self._app.driver, fact.kind, "waiting", after, PAGE):
            for report in found:
                if report.why in ("unknown_kind", "no_operation"):
                    await self._app.giving_way.turn()
                    await self.repair(report)
            after = found[-1].report_id

    # ------------------------------------------------------------ clearing up

    async def tidy(self) -> None:
        """Forget reports that are over and old, and questions that nobody answers; for ever."""
        while True:
            now = self._app.clock.now_ms()
            for report in await store.older_than(
                self._app.driver, now - self._settings.reports_kept_days * DAY_MS, TIDIED
            ):
                write = Write()
                store.delete(write, report.report_id)
                await self._app.committer.submit(write)
            for report in await store.in_state(self._app.driver, "asking", "", TIDIED):
                if report.updated_ts < now - self._settings.asked_hours * 3600 * 1000:
                    await self._give_up_asking(report)
            await asyncio.sleep(3600)

    async def _give_up_asking(self, report: Report) -> None:
        """Who does not say what it is leaves that to engineers; what is nobody's is closed."""
        if report.question == "yours":
            closed: dict[str, Any] = {"state": "closed", "question": "", "answered_ts": self._app.clock.now_ms()}
            await self._book.change(report.report_id, lambda each: replaced(each, **closed))
        else:
            await self.give_to_engineers(report, "unknown_kind")


def about_of(operation: Operation, values: dict[str, Any]) -> dict[str, str]:
    """What is repaired, where the report does not say it: that is what both logs are to tell of afterwards."""
    found: dict[str, str] = {}
    for step in operation.steps:
        if isinstance(step, RemedyStep):
            with contextlib.suppress(operation_rules.Unfilled):
                given = operation_rules.parameters_of(step, values)
                found.update({name: given[name] for name in SUBJECTS if given.get(name)})
    return found


def without_chat(flow: Flow, room_id: str) -> Flow:
    """The flow about something else than the chat in which it was reported: there, messages arrive."""
    places = [place for place, each in enumerate(flow.attempts) if not _is_in(each, room_id)]
    if flow.subject is None or flow.subject in places:
        return flow
    deviating = (place for place in places if flow.attempts[place].deviation is not None)
    return msgspec.structs.replace(flow, subject=next(deviating, places[0] if places else None))


def _is_in(attempt: Attempt, room_id: str) -> bool:
    return any(step.event.properties.get("room_id") == room_id for step in attempt.steps)
