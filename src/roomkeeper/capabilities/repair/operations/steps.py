"""Doing one step of an operation: a remedy, a request, a pause, a word to the reporter.

`look` tells what a step would do, and, after a crash, whether it was done: it changes nothing. `do` does it, once; who
calls it has written down before that it has begun. What hangs is left behind when its time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from roomkeeper.capabilities.repair.operations import rules
from roomkeeper.capabilities.repair.operations.models import (
    HttpCall,
    HttpStep,
    RemedyStep,
    Run,
    RunStep,
    Step,
    WaitStep,
)
from roomkeeper.platform.errors import MatrixError
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.outgoing import Outgoing, OutgoingError
from roomkeeper.platform.remedies import AnyRemedy, Finding, NoFault

log = get_logger(area="repair")

MAX_ANSWER = 64 * 1024
LONGEST_ERROR = 500
Result = TypeVar("Result")


class StepFailed(Exception):
    """A step could not be done; the message says why, to an engineer."""


class Doing:
    """Does steps."""

    def __init__(self, remedies: Slot[AnyRemedy], outgoing: Outgoing, hosts: Sequence[str]) -> None:
        self._remedies = remedies
        self._outgoing = outgoing
        self._hosts = tuple(host.lower() for host in hosts)

    def remedies(self) -> list[tuple[str, AnyRemedy]]:
        """All that there are, by name."""
        return self._remedies.items()

    def find(self, name: str) -> AnyRemedy | None:
        """The remedy of that name."""
        return self._remedies.get(name)

    def remedy(self, name: str) -> AnyRemedy:
        """The remedy of that name. Raises `StepFailed`."""
        found = self._remedies.get(name)
        if found is None:
            raise StepFailed(f"There is no remedy {name} here: a plug-in is missing, or the operation has a mistake.")
        return found

    # ------------------------------------------------------------ looking

    async def look(self, step: Step, values: Mapping[str, Any], key: str = "") -> Finding:
        """What a step would do: `needed` is false where it is done already, `None` where that cannot be told.

        Raises `StepFailed`, `NoFault`.
        """
        if isinstance(step, RemedyStep):
            remedy = self.remedy(step.name)
            return await self._timed(remedy.look(self._parameters(step, values)), step.timeout)
        if isinstance(step, HttpStep):
            if step.done is not None:
                return Finding(not await self._is_expected(step.done, values, step.timeout, key))
            return Finding(True if step.is_idempotent else None, {"method": step.call.method, "url": step.call.url})
        return Finding(True)

    async def took_effect(self, step: Step, values: Mapping[str, Any], key: str) -> bool | None:
        """Of a step that was begun and of which the end is not known: whether it is to be taken for done.

        `None`: that cannot be told. Raises `StepFailed`, `NoFault`.
        """
        needed = (await self.look(step, values, key)).needed
        return None if needed is None else not needed

    # ------------------------------------------------------------ doing

    async def do(self, step: Step, values: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Do a step; what is to be known of it. Raises `StepFailed`, `NoFault`."""
        if isinstance(step, RemedyStep):
            remedy, parameters = self.remedy(step.name), self._parameters(step, values)
            done: dict[str, Any] = await self._timed(remedy.apply(parameters), step.timeout)
            after: Finding = await self._timed(remedy.look(parameters), step.timeout)
            if after.needed:
                raise StepFailed(f"{step.name} says that it is done, and what was wrong still is.")
            return done
        if isinstance(step, HttpStep):
            return await self._request(step.call, values, step.timeout, key)
        if isinstance(step, WaitStep):
            await asyncio.sleep(step.seconds)
        return {}

    async def undo(self, step: Step, done: RunStep, values: Mapping[str, Any], key: str) -> bool:
        """Take a step back; whether there is a way to. Raises `StepFailed`."""
        if isinstance(step, RemedyStep):
            remedy = self.remedy(step.name)
            if remedy.undo is None:
                return False
            await self._timed(remedy.undo(self._parameters(step, values), done.output), step.timeout)
            return True
        if isinstance(step, HttpStep) and step.undo is not None:
            await self._request(step.undo, values, step.timeout, f"{key}-undo")
            return True
        return False

    def _parameters(self, step: RemedyStep, values: Mapping[str, Any]) -> msgspec.Struct:
        try:
            given = rules.parameters_of(step, values)
            return msgspec.convert(given, self.remedy(step.name).parameters, strict=False)  # type: ignore[no-any-return]
        except rules.Unfilled as error:
            raise StepFailed(str(error)) from None
        except msgspec.ValidationError as error:
            raise StepFailed(f"{step.name} cannot be called with what the report and the flow have: {error}.") from None

    async def _timed(self, work: Coroutine[Any, Any, Result] | Any, seconds: float) -> Result:
        """Wait for `work` so long. It is not waited for when it does not end though it is cancelled."""
        task: asyncio.Task[Result] = asyncio.ensure_future(work)
        task.add_done_callback(_looked_at)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if not done:
            task.cancel()
            raise StepFailed(f"It took longer than {seconds:g} seconds.")
        try:
            return task.result()
        except (NoFault, StepFailed):
            raise
        except (MatrixError, OutgoingError) as error:
            raise StepFailed(str(error)[:LONGEST_ERROR]) from None
        except Exception as error:
            log.warning("a step of an operation broke", exc_info=error)
            raise StepFailed(f"{type(error).__name__}: {error}"[:LONGEST_ERROR]) from None

    # ------------------------------------------------------------ requests

    async def _is_expected(self, call: HttpCall, values: Mapping[str, Any], seconds: float, key: str) -> bool:
        """Whether a request is answered as is expected; that it is not answered at all is an error."""
        status, _ = await self._answer(call, values, seconds, key)
        return status in call.expect

    async def _request(self, call: HttpCall, values: Mapping[str, Any], seconds: float, key: str) -> dict[str, Any]:
        status, said = await self._answer(call, values, seconds, key)
        if status not in call.expect:
            raise StepFailed(f"{call.method} was answered with {status}: {said[:200]}")
        return {"status": status, "answer": said[:1000]}

    async def _answer(self, call: HttpCall, values: Mapping[str, Any], seconds: float, key: str) -> tuple[int, str]:
        try:
            request = rules.request_of(call, values)
        except rules.Unfilled as error:
            raise StepFailed(str(error)) from None
        if not rules.is_allowed(request.url, self._hosts):
            raise StepFailed("repair.http_hosts does not name the host of this address.")
        headers = {"Content-Type": "application/json", **request.headers}
        if key:
            headers["Idempotency-Key"] = key
        try:
            answer = await self._outgoing.request(
                request.method,
                request.url,
                body=request.body.encode() or None,
                headers=headers,
                seconds=seconds,
                max_body=MAX_ANSWER,
            )
        except OutgoingError as error:
            raise StepFailed(str(error)[:LONGEST_ERROR]) from None
        return answer.status, answer.body.decode("utf-8", "replace")


def pinned(run: Run) -> list[str]:
    """The names of the remedies that a run uses."""
    return [step.name for step in run.operation.steps if isinstance(step, RemedyStep)]


def _looked_at(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()
