"""What a detector is: it looks into one file and says what it saw, with numbers; what follows is the policy's to say.

1. A detector is asked once for the same bytes: what it answers is kept under (sha256, name, version, variant).
2. It answers with `Scores`, or raises `Absent` (not there: not installed, not configured), `Failed` (there, but it gave
   no answer this time: nothing is kept, it is asked again) or `Refused` (this file cannot be looked into, whenever it
   is asked: that is kept like an answer). Anything else that it raises counts as `Failed`, and is logged.
3. It may be asked from many tasks at once, may be cancelled at any time, and must not keep the event loop: what takes
   more than some milliseconds belongs in a worker process (an `Analyser` of `core/analysis`, which also bounds memory
   and processor time, keeps users in turn, and has no network) or, where it needs the network, in asyncio.
4. Text that it finds goes through the text rules, as messages do. It says nothing about whether text is bad.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.models import Priority

MediaKind = Literal["image", "video", "audio", "document", "archive", "other"]

MEDIA_KINDS: frozenset[MediaKind] = frozenset({"image", "video", "audio", "document", "archive", "other"})

Score = Annotated[float, Meta(ge=0.0, le=1.0)]
MAX_FINDINGS = 100
"""Of one detector and file that are kept."""
MAX_TEXT = 200_000
"""Characters of the text of one file that are kept and go through the text rules."""

_ARCHIVES = frozenset(
    {
        "application/zip",
        "application/vnd.rar",
        "application/x-7z-compressed",
        "application/gzip",
        "application/x-bzip2",
        "application/x-xz",
        "application/zstd",
        "application/x-tar",
    }
)
_DOCUMENTS = frozenset({"application/pdf", "application/rtf", "application/x-ole-storage", "application/json"})


class MediaFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as a detector gets it: whole, on disk, not to be changed.

    `sha256` is hexadecimal, `size` in bytes. `claimed_type` is what its uploader said (a media type; with parameters
    perhaps), `sniffed_type` what its first bytes say, `None` where they say nothing. `uploader` and `priority` are for
    `Analysis.run`, so that nobody's files keep the others' waiting.
    """

    sha256: str
    path: Path
    size: int
    claimed_type: str
    sniffed_type: str | None
    file_name: str | None
    uploader: str
    priority: Priority = Priority.INTERACTIVE

    @property
    def kind(self) -> MediaKind:
        """What it is, by its bytes; by what its uploader says only where those say nothing."""
        return kind_of(self.sniffed_type or self.claimed_type)


class Box(msgspec.Struct, frozen=True):
    """Where in a picture: left, top, width, height, as parts of its width and height (0 to 1), upright."""

    x: float
    y: float
    width: float
    height: float


class Span(msgspec.Struct, frozen=True):
    """When in a video or sound, in seconds from its beginning."""

    start: float
    end: float


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a label has its score, for who reviews: a sentence, and where that can be seen."""

    label: str
    score: Score
    text: Annotated[str, Meta(max_length=1000)]
    box: Box | None = None
    span: Span | None = None


class Text(msgspec.Struct, frozen=True, omit_defaults=True):
    """Words in a file: written in a picture, spoken, of a document, names in an archive. `source` says which."""

    text: str
    source: Annotated[str, Meta(max_length=100)]
    box: Box | None = None
    span: Span | None = None


class Scores(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a detector saw.

    `labels`: a score for each of its labels that it looked for, 0 (surely not) to 1 (surely). `findings`: why, the most
    telling first, `MAX_FINDINGS` at most. `texts`: words in it, `MAX_TEXT` characters at most. `hashes`: what similar
    files are found by, the algorithm (``pdq``) to the hash in hexadecimal.
    """

    labels: Mapping[str, Score] = {}
    findings: tuple[Finding, ...] = ()
    texts: tuple[Text, ...] = ()
    hashes: Mapping[str, str] = {}


class Label(msgspec.Struct, frozen=True):
    """A thing that a detector can see: what it is, and from which score on a file with it is reviewed or blocked where
    a policy says nothing else (`None`: never)."""

    description: str
    review: float | None = None
    block: float | None = None


class Absent(Exception):
    """The detector cannot be used: the message says what is missing and how to get it."""


class Failed(Exception):
    """No answer this time: timed out, crashed, the service behind it is away. The message says why."""


class Busy(Failed):
    """It has not even begun: too much waits for the workers that it needs. It is asked again."""


on_turn: ContextVar[Callable[[bool], None]] = ContextVar("on_turn", default=lambda _has_turn: None)
"""Called by a detector (by the helper `analysed`, mostly) with False when it begins to wait for a worker, and with True
when it has one: waiting is no part of the time that it may take."""


class Refused(Exception):
    """This file cannot be looked into, now or later: broken, encrypted, too large for it. The message says why."""


class Detector:
    """Subclasses set the class variables and `look`; see the head of this module.

    `timeout` is how many seconds one file may take where the policy says nothing else, `labels` all that it may give a
    score to. `required` says that media waits for review where it is absent or fails, unless a policy says otherwise:
    for what is built in; an optional detector that is not there lets media pass.
    """

    name: ClassVar[str]
    kinds: ClassVar[AbstractSet[MediaKind]]
    labels: ClassVar[Mapping[str, Label]]
    timeout: ClassVar[float] = 20.0
    required: ClassVar[bool] = False
    failing_waits: ClassVar[bool] = False
    """Whether media waits for review where it is there but fails, though it is not required: for what may be absent,
    but must not be got around by files that it fails on."""

    @property
    def version(self) -> str:
        """Changed whenever answers change, and so also where lists do that it compares with; then
        `Detectors.version_changed` is called, so that what the old one saw is looked at anew. Without blanks."""
        raise NotImplementedError

    def absence(self) -> str | None:
        """Why it cannot be used, `None` where it can: known without looking into a file, and cheap to ask."""
        return None

    def concerns(self, file: MediaFile) -> bool:
        """Whether it has anything to say about such a file."""
        return file.kind in self.kinds

    def variant(self, file: MediaFile) -> str:  # noqa: ARG002 - most depend on the bytes alone
        """What else than the bytes the answer depends on (the file's name, say), as a short text; mostly nothing."""
        return ""

    async def look(self, file: MediaFile) -> Scores:
        """Look into the file. Raises `Absent`, `Failed`, `Refused`."""
        raise NotImplementedError


def kind_of(content_type: str) -> MediaKind:
    """The kind of a media type."""
    base = content_type.partition(";")[0].strip().lower()
    family = base.partition("/")[0]
    if family == "image":
        return "image"
    if family == "video":
        return "video"
    if family == "audio":
        return "audio"
    if base in _ARCHIVES:
        return "archive"
    is_document = family == "text" or base in _DOCUMENTS or base.endswith(("+xml", "+json", "/xml"))
    is_office = base.startswith(("application/vnd.openxmlformats", "application/vnd.oasis", "application/msword"))
    is_office = is_office or base.startswith("application/vnd.ms-") or base == "message/rfc822"
    return "document" if is_document or is_office else "other"
