"""What the overview tells. A part is null for who may not see it. Times are in milliseconds since the epoch."""

from __future__ import annotations

import msgspec

from roomkeeper.platform.figures import State
from roomkeeper.platform.health import CheckBody
from roomkeeper.platform.jobs.api import JobBody


class SessionsPart(msgspec.Struct, frozen=True, kw_only=True):
    """The sessions of customers in one's departments.

    `longest_since_ts`: since when the one waits that has waited for longest; `late`: how many have waited for more than
    `late_after_ms`.
    """

    open: int
    waiting: int
    longest_since_ts: int | None
    late: int
    late_after_ms: int


class MessagesPart(msgspec.Struct, frozen=True, kw_only=True):
    """Messages sent in each of the last minutes: the times at which these begin, and how many; the last is not over.

    `per_minute`: in the last minute that is over; null while there is none.
    """

    per_minute: float | None
    ts: list[int]
    values: list[float]


class JobsPart(msgspec.Struct, frozen=True, kw_only=True):
    """What takes long: how many run, wait, and have failed lately; the newest of those that failed."""

    running: int
    waiting: int
    failed: int
    newest_failed: list[JobBody]


class HealthPart(msgspec.Struct, frozen=True, kw_only=True):
    """How the server is, and what of it is not well."""

    state: State
    checks: int
    findings: list[CheckBody]


class AttentionItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that needs somebody: `code` says which words it is told in, `values` what stands in them; `page` and
    `view` of the console are where one does something about it."""

    code: str
    state: State
    page: str
    view: str = ""
    values: dict[str, str | int] = {}


class OverviewBody(msgspec.Struct, frozen=True, kw_only=True):
    """Is it all right?"""

    ts: int
    messages: MessagesPart
    sessions: SessionsPart | None
    jobs: JobsPart | None
    health: HealthPart | None
    attention: list[AttentionItem] = []
