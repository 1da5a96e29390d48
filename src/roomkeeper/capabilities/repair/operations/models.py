"""Operations, the conditions and steps of which they are made, and their runs. Times are in milliseconds since 1970."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.repair.reports.models import KindName, Line, Text

MOST_STEPS = 20
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\A[A-Za-z0-9][A-Za-z0-9 ._:-]*\Z")]
Path = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\Z")]
Seconds = Annotated[float, Meta(gt=0, le=60)]
Attempts = Annotated[int, Meta(ge=1, le=5)]
Parameters = Annotated[
    dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=2000)]], Meta(max_length=30)
]
"""By name; ``{user_id}``, ``{report.room_id}``, ``{flow.message_send.room_id}`` stand for what the report and the flow
have there."""


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What must be so for an operation to be chosen. `path`: as in `Parameters`, without braces.

    All that is given must hold: the value is one of `one_of`; it is there, or not (`exists`).
    """

    path: Path
    one_of: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=50)] = ()
    exists: bool | None = None


class RemedyStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="remedy", tag_field="do"):
    """Do what a remedy does (a Python plug-in, or an area of the server)."""

    name: Name
    parameters: Parameters = {}
    timeout: Seconds = 10.0
    attempts: Attempts = 3


class HttpCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request to another system; its host must be among those that a setting names."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\Ahttps?://[^\s]+\Z")]
    headers: Annotated[dict[str, Annotated[str, Meta(max_length=2000)]], Meta(max_length=30)] = {}
    body: Annotated[str, Meta(max_length=20_000)] = ""
    expect: Annotated[tuple[Annotated[int, Meta(ge=100, le=599)], ...], Meta(min_length=1, max_length=20)] = (
        200, 201, 202, 204,
    )  # fmt: skip


class HttpStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="http", tag_field="do"):
    """Ask another system to do something, under an ``Idempotency-Key``.

    `done`: a request that tells whether it was done already; without one, and where the other system does not honour
    the key (`is_idempotent`), a step of which the end is not known is left to people. `undo` takes it back.
    """

    call: HttpCall
    done: HttpCall | None = None
    undo: HttpCall | None = None
    is_idempotent: bool = False
    timeout: Seconds = 10.0
    attempts: Attempts = 3


class WaitStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="wait", tag_field="do"):
    """Let something else happen."""

    seconds: Annotated[float, Meta(ge=0, le=30)]


class TellStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="tell", tag_field="do"):
    """Tell the reporter something, in their language."""

    text_en: Text
    text_zh: Text = ""


Step = RemedyStep | HttpStep | WaitStep | TellStep


class NewOperation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An operation as engineers write it: what is done about which kind of trouble.

    Of several whose conditions hold, the one with the highest `priority` is taken. `words`: what people who have that
    trouble write, by language, so that it is recognised. `repeats`: what the client is told to do once more after it,
    empty: the kind's points are not looked at, so that a success stays unverified.
    """

    kind: KindName
    title: Line
    title_zh: Line = ""
    conditions: Annotated[tuple[Condition, ...], Meta(max_length=20)] = ()
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=MOST_STEPS)]
    words: Annotated[
        dict[Literal["en", "zh"], Annotated[tuple[Line, ...], Meta(max_length=50)]], Meta(max_length=2)
    ] = {}
    priority: Annotated[int, Meta(ge=0, le=1000)] = 100
    is_dangerous: bool = False
    is_enabled: bool = True
    owner: Line = ""
    note: Text = ""


class Operation(NewOperation, frozen=True, kw_only=True, omit_defaults=True):
    """One version of an operation; versions count from 1, and are kept."""

    operation_id: str
    version: int
    is_builtin: bool = False
    changed_by: str
    changed_ts: int


RunState = Literal["approval", "running", "undoing", "succeeded", "failed", "stopped", "uncertain", "no_fault"]
"""``stopped``: by the kill switch, or by somebody; ``uncertain``: whether a step took effect cannot be told, so that it
is not done again; ``no_fault``: there was nothing to repair."""
StepState = Literal["begun", "done", "skipped", "failed", "undone", "kept", "undo_failed"]
"""``skipped``: it need not be done; ``undone``, ``kept``: it was taken back, or there is no way to."""


class RunStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a step. ``begun`` is written before it is done: so a crash in between is seen."""

    number: int
    state: StepState
    attempts: int = 0
    begun_ts: int
    ended_ts: int | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    output: dict[str, Any] = msgspec.field(default_factory=dict)
    error: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of an operation for a report. `operation` is the version that it began with, whatever is changed since.

    `values` are what its parameters are filled with; `ends_as` what it becomes when all is taken back; `programs` the
    versions of the remedies that it uses.
    """

    run_id: str
    report_id: str
    user_id: str
    operation: Operation
    state: RunState
    ends_as: RunState = "failed"
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    programs: dict[str, int] = msgspec.field(default_factory=dict)
    steps: tuple[RunStep, ...] = ()
    approved_by: str = ""
    error: str = ""
    created_ts: int
    ended_ts: int | None = None
    version: int = 1


class DryStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step would do."""

    number: int
    do: str
    needed: bool | None = None
    found: dict[str, Any] = msgspec.field(default_factory=dict)
    says: str = ""
    error: str = ""
