"""Agents on desktops, which upload records of other programs: what they are told, and what they say of themselves."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

MAX_INTEGER: Final = 2**53 - 1
MOST_PROGRAMS: Final = 200

Line = Annotated[str, Meta(max_length=300, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Given = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Number = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Rule = Literal["all", "on_request", "never"]
"""What is recorded of a program: everything, what the employee asks for, or nothing."""


class ProgramRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of a program; `program` as it is called in records ("pidgin")."""

    program: Given
    record: Rule


class AgentPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What the agents of a department do (empty: of all that have no policy of their own).

    What is not said is not recorded: without a policy, agents read what employees add, and keep and upload nothing.

    - `programs`, and `others`: what is recorded of each program.
    - `may_pause`: whether the employee may pause it; what happens meanwhile is not recorded.
    - `screenshots`: whether a picture of the screen makes a record of the conversation that it shows.
    - `keep_hours`: for how long is kept on the desktop what is recorded on request only.
    - `most_spool_mb`: MiB that may wait on the desktop.
    """

    department_id: Annotated[str, Meta(max_length=100, pattern=r"\A[^\x00]*\Z")] = ""
    programs: Annotated[tuple[ProgramRule, ...], Meta(max_length=MOST_PROGRAMS)] = ()
    others: Rule = "never"
    may_pause: bool = True
    screenshots: bool = False
    keep_hours: Annotated[int, Meta(ge=1, le=24 * 31)] = 24
    most_spool_mb: Annotated[int, Meta(ge=16, le=1_048_576)] = 1024


class AgentSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A program that an agent watches: `state` says how it goes, `error` why not."""

    source: Given
    program: Line = ""
    state: Line = ""
    error: Line = ""
    entries: Number = 0


class AgentProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that an agent could not read, how often, and when last (milliseconds)."""

    source: Line = ""
    where: Line = ""
    why: Line
    ts: Number
    times: Number = 1


class AgentReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an agent is.

    `waiting` entries and `bytes` are in its spool, the oldest since `oldest_ts`; `refused` are entries that the server
    did not take; `now_ts` is the time on its machine. All times are in milliseconds since the epoch.
    """

    version: Given
    host: Line = ""
    now_ts: Number
    waiting: Number = 0
    refused: Number = 0
    bytes: Number = 0
    oldest_ts: Number | None = None
    paused_since: Number | None = None
    acknowledged: Number = 0
    sources: Annotated[tuple[AgentSource, ...], Meta(max_length=100)] = ()
    problems: Annotated[tuple[AgentProblem, ...], Meta(max_length=20)] = ()


class Agent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agent, as it was last heard of (`seen_ts`).

    `clock_offset_ms`: how far its clock is ahead of the server's. `gone_ts`: since when it is signed out, by
    `revoked_by`, where somebody else did that.
    """

    user_id: str
    device_id: str
    report: AgentReport
    has_problems: bool
    clock_offset_ms: int
    first_ts: int
    seen_ts: int
    gone_ts: int | None = None
    revoked_by: str | None = None
