"""What the endpoints of screening take and answer. Times are in milliseconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.screening.looking import Failures
from roomkeeper.capabilities.screening.models import (
    Case,
    CaseKind,
    CaseState,
    Mine,
    Policy,
    PolicySet,
    Reason,
    SenderKind,
)
from roomkeeper.capabilities.screening.statistics import Hour
from roomkeeper.capabilities.screening.text.models import (
    Action,
    LabelName,
    Language,
    ListKind,
    Name,
    Pattern,
    TextList,
)
from roomkeeper.capabilities.screening.text.report import ImportReport
from roomkeeper.platform.http.paging import MAX_INTEGER, From, Limit
from roomkeeper.platform.jobs.api import JobBody

Said = Annotated[str, Meta(max_length=2000, pattern=r"\A[^\x00-\x08\x0b-\x1f\x7f]*\Z")]
Id = Annotated[str, Meta(max_length=255, pattern=r"\A[^\x00]*\Z")]
MAX_WAIT_MS = 60_000
When = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which page."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100


# ---------------------------------------------------------------- senders


class MineQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which of one's own cases."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100
    state: CaseState | None = None
    room: Id = ""


class MinePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of one's own cases, the newest first."""

    cases: list[Mine]
    next_batch: str | None = None


class AppealBody(msgspec.Struct, frozen=True, kw_only=True):
    """What one has to say against a refusal."""

    text: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\A[^\x00-\x08\x0b-\x1f\x7f]*\Z")]


class UploadQuery(msgspec.Struct, frozen=True, kw_only=True):
    """For which room it is meant, whose policy counts then; how long to wait for the answer (milliseconds)."""

    room_id: Id = ""
    timeout_ms: Annotated[int, Meta(ge=0, le=30_000)] = 0


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file of one's own is: not come yet, being looked at, or looked at, and what would come of sending it
    now. What was seen (`labels`, and `reason` in words) is told where it would be refused, as a refusal tells it."""

    state: Literal["empty", "checking", "checked"]
    action: Action | None = None
    labels: list[str] = []
    reason: str = ""


# ---------------------------------------------------------------- review


class CasesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases; `order`: those who wait for longest first, or the newest first."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100
    state: CaseState | None = None
    kind: CaseKind | None = None
    sender: Id = ""
    room: Id = ""
    label: Id = ""
    department: Id = ""
    appealed: bool | None = None
    order: Literal["oldest", "newest"] = "oldest"


class NewsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What one knows already, and how long to wait for more."""

    since: Annotated[str, Meta(max_length=100, description="Answer when there is news after this.")] = ""
    timeout: Annotated[int, Meta(ge=0, le=MAX_WAIT_MS, description="How long to wait for that, in ms.")] = 0


class News(msgspec.Struct, frozen=True):
    """Until when one knows all."""

    since: str


class CasePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of cases."""

    cases: list[Case]
    next_batch: str | None = None


class Similar(msgspec.Struct, frozen=True, kw_only=True):
    """A case with a similar file: in how many of 256 bits they differ (0: the same file, or seen as the same)."""

    case: Case
    distance: int


class SimilarPage(msgspec.Struct, frozen=True):
    """Cases with similar files, the most similar first."""

    cases: list[Similar]


class ApproveBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why; and whether the same bytes (or words) are let pass from now on, whoever sends them."""

    reason: Said = ""
    remember: bool = False


class RefuseBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why, for colleagues; `told`: what the sender is told, else what was seen; `remember`: for the same bytes, too."""

    reason: Said = ""
    told: Said = ""
    remember: bool = False


class StatisticsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which hours: those that begin in the span; without it the last 24. `step`: what is counted together."""

    since: When | None = None
    until: When | None = None
    step: Literal["hour", "day"] = "hour"


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted, by the hour; how many cases are in which state now, and since when the one waits that has
    waited for longest."""

    hours: list[Hour]
    cases: dict[str, int]
    longest_since_ts: int | None = None


# ---------------------------------------------------------------- policies


class PoliciesBody(msgspec.Struct, frozen=True, kw_only=True):
    """The policies that take the place of that version (0: there were none); of those that match, the first counts."""

    version: Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
    policies: Annotated[list[Policy], Meta(max_length=200)]
    reason: Said = ""


class VersionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of versions, the newest first."""

    from_: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] | None = msgspec.field(default=None, name="from")
    limit: Limit = 20


class Versions(msgspec.Struct, frozen=True, omit_defaults=True):
    """Versions of the policies, the newest first."""

    versions: list[PolicySet]
    next_batch: int | None = None


class LabelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A label, and from which score on it counts where a policy says nothing else."""

    description: str
    review: float | None
    block: float | None


class DetectorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A detector; `absent` says why it is not there, `needed_by` which policies let no file pass without it ("default":
    what counts where none matches). `under_way`: files that it has not answered about; `failures` since the start."""

    name: str
    version: str
    kinds: list[str]
    labels: dict[str, LabelInfo]
    timeout: float
    required: bool
    failing_waits: bool
    absent: str | None
    needed_by: list[str] = []
    under_way: int = 0
    failures: Failures | None = None


class DetectorList(msgspec.Struct, frozen=True):
    """All detectors; how many files are being looked at or wait for it, and how many may."""

    detectors: list[DetectorInfo]
    files: int = 0
    most_files: int = 0


class TryBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried: words or a file, as if that sender sent it to that room; or somebody of that `kind`, in that
    department. `policies`: by these instead of those in force."""

    text: Annotated[str, Meta(max_length=65_536)] | None = None
    media_id: Annotated[str, Meta(max_length=255, pattern=r"\A[A-Za-z0-9_-]+\Z")] | None = None
    room_id: Id = ""
    sender: Id = ""
    kind: SenderKind | None = None
    department: Id = ""
    policies: Annotated[list[Policy], Meta(max_length=200)] | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector said of a file."""

    detector: str
    outcome: str
    labels: dict[str, float]
    message: str = ""


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of it, by which policy, and why. Nothing was sent, and nobody was told."""

    action: Action
    policy: str
    reasons: list[Reason]
    seen: list[Seen] = []
    waiting: bool = False


# ---------------------------------------------------------------- lists


class ListBody(msgspec.Struct, frozen=True, kw_only=True):
    """A new list."""

    name: Name
    kind: ListKind = "words"
    label: LabelName = "words"
    action: Action = "review"
    language: Language = ""
    enabled: bool = True
    patterns: Annotated[list[Pattern], Meta(max_length=10_000)] = []


class ListChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a list is to be otherwise."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    label: LabelName | msgspec.UnsetType = msgspec.UNSET
    action: Action | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    enabled: bool | msgspec.UnsetType = msgspec.UNSET


class TextLists(msgspec.Struct, frozen=True):
    """The lists."""

    lists: list[TextList]


class Patterns(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns to be added, or taken away."""

    patterns: Annotated[list[Pattern], Meta(max_length=10_000)]


class PatternsQuery(Page, frozen=True, kw_only=True):
    """Which page of patterns; `search`: of those in which that stands."""

    search: Annotated[str, Meta(max_length=200, pattern=r"\A[^\x00]*\Z")] = ""


class PatternPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of a list's patterns, in order."""

    patterns: list[str]
    next_batch: str | None = None


class Count(msgspec.Struct, frozen=True):
    """How many patterns the list has now."""

    entries: int


class ImportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the file, and whether what the list had goes."""

    format: Literal["csv", "json"] = "csv"
    replace: bool = False


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """An import: how far its job is; rows that were taken and left out until now, and why the first of these were."""

    job: JobBody
    report: ImportReport


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The form of the file."""

    format: Literal["csv", "json"] = "csv"
