"""What the endpoints of records take and answer. Times are in milliseconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.records.models import Policy, Record, RecordKind, RoomKind, Share, Shown, Whom
from roomkeeper.platform.http.paging import MAX_INTEGER, Limit

UserId = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\A[^\x00]*\Z")]
Id = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\A[^\x00]*\Z")]
Seq = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Time = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Plain = Annotated[str, Meta(max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Term = Annotated[str, Meta(min_length=1, max_length=2000)]
Timeout = Annotated[int, Meta(ge=0, le=60_000, description="Milliseconds to wait for something new.")]


class RecordsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which records: with somebody in them, of a department and those under it, of a program or kind, from a time."""

    person: UserId | None = None
    department: Id | None = None
    program: Plain | None = None
    kind: RecordKind | None = None
    since: Time | None = None
    until: Time | None = None
    held: bool | None = None
    from_: Seq = msgspec.field(default=0, name="from")
    limit: Limit = 50


class Records(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of records, that first in which something was said last; who takes part in each (some of them, where they
    are many), and what those are called who have a name."""

    records: list[Record]
    people: dict[str, list[str]]
    names: dict[str, str]
    next_batch: str | None = None


class RecordDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A record, who takes part in it, and what whoever asks may see of it.

    `names`: what those of the people are called who have a name; `staff`: those who belong to the organisation.
    `looks`: that this look stands in the audit log; `reason`: that one has to say why one looks.
    """

    record: Record
    people: list[str]
    names: dict[str, str]
    staff: list[str]
    looks: bool
    reason: bool
    departments: list[str]
    by: str
    first_seq: int
    last_seq: int | None
    may_share: bool
    may_see_redacted: bool
    on_hold: bool


class EntriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: after a seq (`dir` f) or before it (b), or from a time on. `timeout`: wait for what comes after.

    `redacted`: with the contents of redacted messages, for who may see them; `raw`: with what is stored.
    """

    from_: Seq | None = msgspec.field(default=None, name="from")
    dir: Literal["f", "b"] = "f"
    at: Time | None = None
    limit: Limit = 100
    timeout: Timeout = 0
    redacted: bool = False
    raw: bool = False


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for, in one record."""

    q: Term
    from_: Seq | None = msgspec.field(default=None, name="from")
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    redacted: bool = False


class SearchAllQuery(RecordsQuery, frozen=True, kw_only=True):
    """What to look for, and in which records."""

    q: Term


class ShareBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to show what: a person or a role by `who`, or whoever has the link that is made. A `last_seq` of null: also
    what comes. A link is good for a week where `hours` says nothing else."""

    whom: Whom
    who: Annotated[str, Meta(max_length=255, pattern=r"\A[^\x00]*\Z")] = ""
    department_id: Annotated[str, Meta(max_length=100, pattern=r"\A[^\x00]*\Z")] = ""
    first_seq: Annotated[int, Meta(ge=1, le=MAX_INTEGER)] = 1
    last_seq: Annotated[int, Meta(ge=1, le=MAX_INTEGER)] | None = None
    hours: Annotated[float, Meta(gt=0, le=24 * 366)] | None = None
    note: Plain = ""


class NewShare(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A share that was made, and what a link's address ends with: it is shown this once."""

    share: Share
    token: str = ""
    url: str = ""


class SharesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which shares."""

    from_: Annotated[str, Meta(max_length=100, pattern=r"\A[^\x00]*\Z")] = msgspec.field(default="", name="from")
    limit: Limit = 100


class Shares(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of shares."""

    shares: list[Share]
    next_batch: str | None = None


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A share, and the record that it shows."""

    share: Share
    record: Record


class SharedRecords(msgspec.Struct, frozen=True):
    """What one is shown, the newest first; and what those are called who show it."""

    shared: list[Shared]
    names: dict[str, str]


class LinkedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a link shows: the record's kind and program, and which entries there are."""

    title: str
    program: str
    kind: str
    names: dict[str, str]
    staff: list[str]
    consent: str
    first_seq: int
    last_seq: int | None
    expires_ts: int | None


class VerifyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """After which entry to go on."""

    from_: Seq = msgspec.field(default=0, name="from")


class ConsentBody(msgspec.Struct, frozen=True):
    """Whether one agrees to be recorded."""

    agrees: bool


class Recording(msgspec.Struct, frozen=True):
    """What a room says of its being recorded; `consent` as in `Record`."""

    recorded: bool
    consent: str


class RoomRecording(msgspec.Struct, frozen=True, kw_only=True):
    """The same, with what holds for the room: who besides those who take part may see it (`supervisors`), for how long
    contents are kept (days, 0: for ever), and what a refusal does. `record_id` is told to the staff in it alone."""

    recorded: bool
    consent: str
    is_asked: bool
    supervisors: bool
    retention_days: int
    on_refusal: str
    record_id: str | None


class SwitchBody(msgspec.Struct, frozen=True):
    """Whether to record from now on."""

    recorded: bool


class Policies(msgspec.Struct, frozen=True):
    """What is recorded of what."""

    policies: list[Policy]


class PolicyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which policy."""

    kind: RoomKind
    department: Annotated[str, Meta(max_length=100, pattern=r"\A[^\x00]*\Z")] = ""


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """Entries in their order, and the ends of what one may see. `at` is the entry at the time that was asked for."""

    entries: list[Shown]
    first: int
    last: int
    at: int | None = None
