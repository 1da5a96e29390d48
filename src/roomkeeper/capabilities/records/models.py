"""Records and their entries, as they are stored and shown. All times are in milliseconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

RECORDING: Final = "org.roomkeeper.recording"
"""The type of the state event that says whether a room is recorded, and what the customer says to it."""
RECORDING_KEY: Final = (RECORDING, "")

RecordKind = Literal["session", "room", "external"]
RoomKind = Literal["session", "room"]
Consent = Literal["none", "shown", "asked", "given", "refused"]
"""Whether the customer agrees: `none` where nobody is asked or told by the policy, `shown` where they are told."""

NORMAL, REDACTED, ERASED = 0, 1, 2
"""States of an entry: whole; whole, but of a message that was redacted; without content and salt."""

EntryKind = Literal[
    "message",
    "edit",
    "redaction",
    "reaction",
    "join",
    "leave",
    "invite",
    "ban",
    "knock",
    "read",
    "session",
    "consent",
    "encrypted",
    "state",
    "call",
    "screenshot",
    "note",
    "other",
]


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was said in one session, here or in another program.

    `program` is where it was said ("roomkeeper" for rooms of this server), `owner` who uploaded it. `entries` counts
    them; `withheld` are events that happened while nothing was recorded, `erased` entries whose content is gone.
    `head` is the hash of the last entry, in hexadecimal.
    """

    record_id: str
    kind: RecordKind
    program: str
    room_id: str | None = None
    owner: str | None = None
    title: str = ""
    consent: Consent = "none"
    recording: bool = True
    entries: int = 0
    withheld: int = 0
    erased: int = 0
    head: str = ""
    created_ts: int
    first_ts: int | None = None
    last_ts: int | None = None
    last_no: int = 0


class Entry(msgspec.Struct, frozen=True):
    """An entry as it is stored.

    `number` counts the entries of all records in the order in which they came; `source` is the event id, or the id that
    another program gave. `content` and `salt` are gone where it was erased.
    """

    number: int
    record_id: str
    seq: int
    kind: str
    ts: int
    sender: str | None
    source: str | None
    content: bytes | None
    salt: bytes | None
    digest: bytes
    hash: bytes
    state: int = NORMAL


ConsentRule = Literal["none", "tell", "ask"]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded of one kind of rooms of a department (empty: of all that have no policy of their own).

    - `record`: whether.
    - `consent`: `none`: the room's state says that it is recorded; `tell`: a message says so, too; `ask`: the customer
      is asked.
    - `until_answer`: whether it is recorded before they have answered.
    - `on_refusal`: `stop` recording, `continue` all the same (and say so), or `close` the session.
    - `retention_days`: for how long contents are kept, 0: for ever.
    - `reason_required`: who looks by a permission must say why (header ``X-Reason``).
    - `supervisors`: whether supervisors see the records of their departments.
    - `keep_erased_accounts`: whether what somebody said stays when their account is erased.
    """

    department_id: str = ""
    kind: RoomKind = "session"
    record: bool = True
    consent: ConsentRule = "tell"
    until_answer: bool = True
    on_refusal: Literal["stop", "continue", "close"] = "stop"
    retention_days: Annotated[int, Meta(ge=0, le=36500)] = 0
    reason_required: bool = False
    supervisors: bool = True
    keep_erased_accounts: bool = False


class Progress(msgspec.Struct, frozen=True):
    """How far the recorder has come in the stream (-1: it has never run), and the index in the entries.

    `removals` counts how often entries were erased.
    """

    reached: int
    indexed: int
    segmentation: int
    removals: int


class Read(msgspec.Struct, frozen=True):
    """That somebody has read up to an event."""

    position: int
    room_id: str
    user_id: str
    event_id: str
    ts: int


class Attachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that belongs to an entry; `url` is its content URI on this server, `path` where it was."""

    url: str
    name: str = ""
    type: str = ""
    size: int | None = None
    path: str = ""


ChainState = Literal["verified", "erased", "broken"]
"""Whether an entry follows from the one before and has the content that was recorded, or had one that is erased."""


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry as it is shown, of whatever program: one form for all.

    `state`: whole, `redacted` or `erased`. `target` is the `id` of the entry that an edit, a redaction, a reaction or a
    read is about. `chain` is left out in searches.
    """

    seq: int
    kind: str
    ts: int
    state: Literal["whole", "redacted", "erased"] = "whole"
    id: str | None = None
    sender: str | None = None
    sender_name: str = ""
    text: str = ""
    html: str = ""
    target: str | None = None
    attachments: tuple[Attachment, ...] = ()
    content: Any = None
    hash: str = ""
    chain: ChainState | None = None


Whom = Literal["person", "role", "link"]


class Share(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That somebody is shown a record, or a span of it: from `first_seq` on, up to `last_seq` or whatever comes.

    `who` is a user id, or a role (of `department_id`, where that is not empty). A link is for whoever has it; of its
    token a hash is kept.
    """

    share_id: str
    record_id: str
    first_seq: int = 1
    last_seq: int | None = None
    whom: Whom
    who: str = ""
    department_id: str = ""
    note: str = ""
    created_by: str
    created_ts: int
    expires_ts: int | None = None
    revoked_ts: int | None = None
    views: int = 0

    def is_open(self, now: int) -> bool:
        """Whether it can be looked at now."""
        return self.revoked_ts is None and (self.expires_ts is None or self.expires_ts > now)


Format = Literal["jsonl", "csv", "html", "pdf", "eml"]


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be exported: the records that are named, or those to which all that is given applies.

    `first_seq` and `last_seq` are for one record. `redacted`: with the contents of redacted messages, for who may see
    them; `media`: with the files.
    """

    format: Format = "jsonl"
    record_ids: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...], Meta(max_length=500)] = ()
    person: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    department: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    program: Annotated[str, Meta(max_length=200)] | None = None
    kind: RecordKind | None = None
    since: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
    until: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
    first_seq: Annotated[int, Meta(ge=1, le=2**53 - 1)] = 1
    last_seq: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    redacted: bool = False
    media: bool = True
    reason: Annotated[str, Meta(max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")] = ""


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An export, and what became of it. `size` (bytes) and `sha256` are those of its file, where that is made."""

    export_id: str
    request: ExportRequest
    created_by: str
    created_ts: int
    job_id: str
    size: int | None = None
    sha256: str = ""
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    expires_ts: int | None = None


class ExportCursor(msgspec.Struct, kw_only=True):
    """How far an export is.

    `line` is where in the list of records the next one stands, `seq` the last entry that is written; `sizes` are those
    of the files that are appended to.
    """

    phase: Literal["list", "entries", "heads", "checkpoints", "pack"] = "list"
    after: str = ""
    line: int = 0
    seq: int = 0
    volume: int = 0
    records: int = 0
    done: int = 0
    total: int = 0
    sizes: dict[str, int] = msgspec.field(default_factory=dict)
    counts: dict[str, int] = msgspec.field(default_factory=dict)

    def count(self, counted: dict[str, int]) -> None:
        """Add to what is counted."""
        for name, number in counted.items():
            self.counts[name] = self.counts.get(name, 0) + number


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A record in an export: its entries `first` to `last`, the hash of the last and of the one before the first."""

    record: str
    kind: str
    program: str
    title: str
    room: str | None
    consent: str
    people: list[str]
    departments: list[str]
    first: int
    last: int
    head: str
    prev: str
    withheld: int
    erased: int


class Hold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That nothing is removed of a record, of those with a person, or of those of a department: while it lasts."""

    hold_id: str
    what: Literal["record", "person", "department"]
    who: str
    reason: str
    created_by: str
    created_ts: int
    released_by: str | None = None
    released_ts: int | None = None


class Erasure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That what somebody has said is to be erased, or what is in a record.

    `erased` counts entries; `held` records of which nothing was erased since they are on hold: it goes on when the hold
    is released. `account`: it comes with the erasure of their account, where policies may have it that records stay.
    """

    erasure_id: str
    person: str | None = None
    record_id: str | None = None
    reason: str
    requested_by: str
    requested_ts: int
    erased: int = 0
    held: int = 0
    finished_ts: int | None = None

    @property
    def account(self) -> bool:
        """Whether it comes with the erasure of an account."""
        return self.erasure_id.startswith("account ")
