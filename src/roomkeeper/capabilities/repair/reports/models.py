"""Reports of trouble and incidents, as they are stored and shown. All times are in milliseconds since 1970."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

State = Literal[
    "new", "asking", "waiting", "approval", "running", "verifying", "repaired", "unverified", "failed", "closed"
]
"""How far a report is:

- ``new``: taken, not looked at yet; ``asking``: its reporter is asked something
- ``waiting``: engineers are to look at it, since no operation is known for it, or it was reopened
- ``approval``: the operation waits until an engineer approves of it; ``running``: it is being done
- ``verifying``: it has ended, and the user's client is asked to try again
- ``repaired``: both logs say that it works now; ``unverified``: one of them says nothing
- ``failed``: the operation failed, or the logs differ, and engineers are to look at it
- ``closed``: answered by a person, or without a repair: no fault, known already, taken back
"""
Source = Literal["form", "chat", "api", "rageshake"]
Question = Literal["", "kind", "yours"]
"""What the reporter is asked: of what kind it is, or whether the report is theirs at all."""
Why = Literal[
    "", "unknown_kind", "no_operation", "reopened", "failed", "differs", "stopped", "uncertain", "unclaimed", "many"
]
"""Why people must look at it."""

ENGINEERS: tuple[State, ...] = ("waiting", "approval", "failed")
"""The states of what is in the engineers' queue."""
ANSWERED: tuple[State, ...] = ("repaired", "unverified", "failed", "closed")
UNDER_WAY: tuple[State, ...] = ("new", "asking", "waiting", "approval", "running", "verifying")

KIND = r"\A[a-z][a-z0-9_]{0,63}\Z"
KindName = Annotated[str, Meta(pattern=KIND, description="The name of a kind of trouble.")]
Text = Annotated[str, Meta(max_length=4000, pattern=r"\A[^\x00]*\Z")]
Line = Annotated[str, Meta(max_length=300, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Value = Annotated[str, Meta(max_length=500, pattern=r"\A[^\x00]*\Z")]
Properties = Annotated[
    dict[Annotated[str, Meta(max_length=64, pattern=r"\A[a-z][a-z0-9_]*\Z")], Value], Meta(max_length=30)
]
"""What a report is about: ids of rooms, events and the like, by name."""

MOST_NOTES = 60
MOST_NOTE = 1000


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of what became of a report. `what` is a name in `texts`; `by` is empty for the server itself.

    `is_told`: the reporter is told it, where they reported.
    """

    ts: int
    what: str
    by: str = ""
    values: dict[str, str] = msgspec.field(default_factory=dict)
    is_told: bool = False


class Attached(msgspec.Struct, frozen=True):
    """A log that came with a report: the end of it is kept. `size` in bytes, as it came."""

    name: str
    size: int


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report of trouble.

    `user_id` is whom it is about; `reported_by` who said it (a support engineer, say), empty where that is not known.
    `kind` is empty as long as it is not known; `candidates` are those that it may be. `room_id` is the chat in which it
    was reported, where that is one. `deviation`: the first tracking point at which the user's flow leaves the plan.
    `told`: how many of `notes` the reporter has been told.
    """

    report_id: str
    user_id: str
    reported_by: str
    device_id: str = ""
    source: Source
    kind: str = ""
    state: State = "new"
    why: Why = ""
    question: Question = ""
    candidates: tuple[str, ...] = ()
    language: str = "en"
    text: str = ""
    client: str = ""
    properties: dict[str, str] = msgspec.field(default_factory=dict)
    room_id: str = ""
    incident_id: str = ""
    run_id: str = ""
    operation_id: str = ""
    operation_version: int = 0
    deviation: str = ""
    attached: tuple[Attached, ...] = ()
    notes: tuple[Note, ...] = ()
    told: int = 0
    repeats: int = 0
    reopened: int = 0
    feedback: Literal["", "works", "broken"] = ""
    correlation_id: str = ""
    due_ts: int | None = None
    created_ts: int
    updated_ts: int
    answered_ts: int | None = None
    version: int = 1


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Several reports of one fault.

    `is_known`: engineers know of it, and `text_en`, `text_zh` are what its reporters are answered until it is over;
    `holds`: new reports are not repaired meanwhile, since the operation would not help.
    """

    incident_id: str
    kind: str
    deviation: str = ""
    is_known: bool = False
    holds: bool = False
    text_en: str = ""
    text_zh: str = ""
    reports: int = 0
    users: int = 0
    opened_by: str
    opened_ts: int
    last_ts: int
    closed_ts: int | None = None
    version: int = 1


class NewReport(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody reports. See `Report`; `logs` are the contents of what is `attached`."""

    logs: tuple[bytes, ...] = ()

    user_id: str
    reported_by: str
    device_id: str = ""
    source: Source
    kind: str = ""
    text: str = ""
    language: str = ""
    client: str = ""
    properties: dict[str, str] = msgspec.field(default_factory=dict)
    room_id: str = ""
    attached: tuple[Attached, ...] = ()


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """What was gathered about a report: the user's flow, what was compared."""

    what: Literal["flow", "verification"]
    ts: int
    document: Any
