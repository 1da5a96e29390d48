"""A run of an operation, as a durable job: one step after the other, each at most once.

1. A step is written down as begun before it is done, and as done, in the write that moves the job on, afterwards.
2. After a crash in between, the step is looked at: where it took effect, it is not done again; where it did not, it is;
   where that cannot be told, the run ends as ``uncertain``, and people look at it.
3. A step that fails is tried again, so often as it says. Then what was done before it is taken back, the last first.
4. Before each step it is asked whether the kill switch is on, and whether the remedies are those that the run began
   with. The operation itself is part of the run: changing it changes nothing that has begun.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from roomkeeper.capabilities.repair.operations import store
from roomkeeper.capabilities.repair.operations.facts import RunEnded
from roomkeeper.capabilities.repair.operations.models import Run, RunState, RunStep, Step, StepState, TellStep
from roomkeeper.capabilities.repair.operations.steps import Doing, StepFailed, pinned
from roomkeeper.core.account_data import Turns
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.jobs import Chunk
from roomkeeper.platform.remedies import NoFault

RUN = "repair.run"
PAUSE_S = 0.2
"""Between two attempts at a step; each further one waits twice as long."""


class Work(msgspec.Struct, frozen=True):
    """Which run."""

    run_id: str


class Running:
    """Does runs."""

    def __init__(self, app: Application, doing: Doing) -> None:
        self._app = app
        self._doing = doing
        self._turns = Turns()

    async def step(self, work: Work, _cursor: Any) -> Chunk:
        """See `Job.step`. How far a run is stands in the run itself."""
        async with self._turns(work.run_id):
            run = await store.find_run(self._app.driver, work.run_id)
            if run is None or run.state not in ("running", "undoing"):
                return Chunk(cursor=None, done=0, message="The run is over.")
            after = await (self._go_on(run) if run.state == "running" else self._take_back(run))
            return self._chunk(after)

    def _chunk(self, known: Run) -> Chunk:
        """What is written comes to nothing where somebody has stopped the run meanwhile: its version is another."""
        after = msgspec.structs.replace(known, version=known.version + 1)
        write, is_over = Write(), after.state not in ("running", "undoing")
        if is_over:
            after = msgspec.structs.replace(after, ended_ts=self._app.clock.now_ms())
            self._app.facts.record(write, RunEnded(after.run_id))
        store.update_run(write, known, after)
        done = sum(1 for step in after.steps if step.state in ("done", "skipped"))
        cursor = None if is_over else len(after.steps)
        return Chunk(cursor=cursor, done=done, total=len(after.operation.steps), message=after.error[:200], write=write)

    # ------------------------------------------------------------ forwards

    async def _go_on(self, run: Run) -> Run:
        """The run after its next step."""
        number = sum(1 for step in run.steps if step.state in ("done", "skipped"))
        if number == len(run.operation.steps):
            return msgspec.structs.replace(run, state="succeeded")
        step, key = run.operation.steps[number], f"{run.run_id}-{number}"
        try:
            stopped = await self._is_stopped(run)
            if stopped:
                return self._turned_back(run, "stopped", stopped)
            if len(run.steps) > number:
                took_effect = await self._doing.took_effect(step, run.values, key)
                if took_effect is None:
                    said = f"Step {number + 1} was begun, and nobody can tell whether it was done."
                    return msgspec.structs.replace(run, state="uncertain", error=said)
                if took_effect:
                    return self._with(run, number, "skipped", output={"before": "the server was stopped"})
            else:
                run = await self._begin(run, number)
            return await self._do(run, number, step, key)
        except NoFault as error:
            return msgspec.structs.replace(self._with(run, number, "skipped"), state="no_fault", error=str(error))
        except StepFailed as error:
            return self._turned_back(self._with(run, number, "failed", error=str(error)), "failed", str(error))

    async def _is_stopped(self, run: Run) -> str:
        if await store.is_off(self._app.driver, run.operation.operation_id):
            return "The kill switch is on."
        for name in pinned(run):
            if self._doing.remedy(name).version != run.programs.get(name):
                return f"{name} is another program than the one that this run began with."
        return ""

    async def _begin(self, run: Run, number: int) -> Run:
        """Write down that a step is begun, before anything of it is done."""
        begun = RunStep(number=number, state="begun", begun_ts=self._app.clock.now_ms())
        after = msgspec.structs.replace(run, steps=(*run.steps, begun), version=run.version + 1)
        write = Write()
        store.update_run(write, run, after)
        await self._app.committer.submit(write)
        return after

    async def _do(self, run: Run, number: int, step: Step, key: str) -> Run:
        """Do a step, as often as it may be tried. Raises `StepFailed`, `NoFault`."""
        most = getattr(step, "attempts", 1)
        for attempt in range(1, most + 1):
            try:
                output = {} if isinstance(step, TellStep) else await self._doing.do(step, run.values, key)
            except StepFailed:
                # A failure may have come after the effect: what has taken effect is not done again.
                took_effect = await self._may_have(step, run, key)
                if took_effect:
                    return self._with(run, number, "done", attempts=attempt)
                if took_effect is None or attempt == most:
                    raise
                await asyncio.sleep(PAUSE_S * 2 ** (attempt - 1))
            else:
                return self._with(run, number, "done", attempts=attempt, output=output)
        raise AssertionError("unreachable")

    async def _may_have(self, step: Step, run: Run, key: str) -> bool | None:
        try:
            return await self._doing.took_effect(step, run.values, key)
        except StepFailed:
            return None

    def _with(self, run: Run, number: int, state: StepState, **values: Any) -> Run:
        """The run with what became of a step."""
        now = self._app.clock.now_ms()
        known = run.steps[number] if number < len(run.steps) else RunStep(number=number, state="begun", begun_ts=now)
        step = msgspec.structs.replace(known, state=state, ended_ts=now, **values)
        return msgspec.structs.replace(run, steps=(*run.steps[:number], step, *run.steps[number + 1 :]))

    # ------------------------------------------------------------ backwards

    def _turned_back(self, run: Run, state: RunState, error: str) -> Run:
        """What is to become of a run that does not go on: first what it did is taken back."""
        undone = any(step.state == "done" for step in run.steps)
        return msgspec.structs.replace(run, state="undoing" if undone else state, ends_as=state, error=error)

    async def _take_back(self, run: Run) -> Run:
        """Take the last step back that was done; the run is over when there is none."""
        last = next((step for step in reversed(run.steps) if step.state == "done"), None)
        if last is None:
            return msgspec.structs.replace(run, state=run.ends_as)
        step, key = run.operation.steps[last.number], f"{run.run_id}-{last.number}"
        try:
            was_possible = await self._doing.undo(step, last, run.values, key)
        except StepFailed as error:
            return self._with(run, last.number, "undo_failed", error=str(error))
        return self._with(run, last.number, "undone" if was_possible else "kept")
