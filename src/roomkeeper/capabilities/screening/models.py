"""Verdicts and why, policies, cases: as they are stored and shown. All times are in milliseconds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.screening.detectors.interface import Box, MediaKind, Span
from roomkeeper.capabilities.screening.text.models import Action, LabelName, Language, Name

CHECKSUM = "org.roomkeeper.sha256"
"""In an event's content: the checksum of the medium as it is when send is pressed (a string; for several media a
mapping from content URI to checksum), hexadecimal or unpadded base64 of the SHA-256."""
STATE = "org.roomkeeper.screening"
"""The type of the room account data by which a sender's clients know what became of what they sent."""
SEVERITY: dict[Action, int] = {"allow": 0, "review": 1, "block": 2}

SenderKind = Literal["customer", "staff", "bot", "organisation", "bridge"]
Source = Literal["detector", "text", "decision", "waiting", "absent", "failed", "refused", "busy"]
CaseState = Literal["checking", "waiting", "approved", "refused", "blocked"]
CaseKind = Literal["held", "blocked", "sent"]
Trouble = Literal["allow", "review", "block"]


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One reason for a verdict: what leads to `action`, and what was seen, by whom, how surely, where.

    `source`: a detector's score, a text rule (`detector` is where the text comes from then), an earlier decision about
    the same bytes, or that there is no score: still waiting, detector absent, failed, the file refused, too much to do.
    """

    action: Action
    source: Source
    detector: str = ""
    label: str = ""
    score: float | None = None
    text: str = ""
    media_id: str = ""
    box: Box | None = None
    span: Span | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of an event or a file, and why; `waiting`: scores are still missing."""

    action: Action = "allow"
    reasons: tuple[Reason, ...] = ()
    waiting: bool = False

    @property
    def labels(self) -> list[str]:
        """What was seen that led to it."""
        return list(dict.fromkeys(each.label or each.source for each in self.reasons if each.action == self.action))


# ---------------------------------------------------------------- policies

Threshold = Annotated[float, Meta(ge=0.0, le=1.0)]
Identifier = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\A[^\x00-\x20\x7f]*\Z")]


class Thresholds(msgspec.Struct, frozen=True, omit_defaults=True):
    """From which score of a label on a file is reviewed, and blocked; `None`: never."""

    review: Threshold | None = None
    block: Threshold | None = None


class DetectorRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one detector counts. What is `UNSET` is as the detector itself proposes.

    `on_failure`, `on_absence`, `on_refusal`: what becomes of a file that it could not look at this time, since it is
    not there, or at all (``allow``: fail open, ``block``: fail closed). `timeout` in seconds.
    """

    enabled: bool = True
    thresholds: dict[LabelName, Thresholds] = {}
    timeout: Annotated[float, Meta(gt=0, le=600)] | msgspec.UnsetType = msgspec.UNSET
    on_failure: Trouble | msgspec.UnsetType = msgspec.UNSET
    on_absence: Trouble | msgspec.UnsetType = msgspec.UNSET
    on_refusal: Trouble | msgspec.UnsetType = msgspec.UNSET


class Match(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a policy is for: all that is given must be so. `departments` are those of the session, where it is one, else
    those of the sender, and count for what lies under them."""

    rooms: Annotated[tuple[Identifier, ...], Meta(max_length=1000)] = ()
    departments: Annotated[tuple[Identifier, ...], Meta(max_length=200)] = ()
    senders: Annotated[tuple[SenderKind, ...], Meta(max_length=5)] = ()
    media: Annotated[tuple[MediaKind, ...], Meta(max_length=6)] = ()


class Policy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What becomes of what is seen. What is `UNSET` is as the settings say.

    `screen`: whether anything is looked at. `deadline`: seconds that a send waits for scores, `on_deadline` what
    becomes of it then (``review``: it is held until they are there, and decided by them). `text`: what becomes of a
    label of the text rules; `languages`: which lists of a language count. `on_seen_later`: what becomes of what was
    sent and would not be any more.
    """

    name: Name
    match: Match = Match()
    screen: bool = True
    detectors: Annotated[dict[Identifier, DetectorRule], Meta(max_length=100)] = {}
    text: Annotated[dict[LabelName, Action], Meta(max_length=500)] = {}
    languages: Annotated[tuple[Language, ...], Meta(max_length=50)] = ()
    deadline: Annotated[float, Meta(ge=0, le=120)] | msgspec.UnsetType = msgspec.UNSET
    on_deadline: Trouble | msgspec.UnsetType = msgspec.UNSET
    on_seen_later: Literal["hide", "redact", "report"] | msgspec.UnsetType = msgspec.UNSET


class PolicySet(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All policies; of those that match, the first counts. `version` grows with every change."""

    version: int
    policies: tuple[Policy, ...] = ()
    changed_by: str = ""
    changed_ts: int = 0
    reason: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends where, as policies ask for it. `departments`: with all above them."""

    room_id: str = ""
    sender: str = ""
    kind: SenderKind = "customer"
    departments: frozenset[str] = frozenset()


# ---------------------------------------------------------------- cases


class CaseMedium(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a case: what it is called and is, and what similar ones are found by."""

    media_id: str
    sha256: str
    content_type: str = ""
    file_name: str = ""
    size: int = 0
    similar_by: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was not delivered, or should not have been, and what becomes of it.

    `kind`: ``held``: its event waits, frozen; ``blocked``: it was refused at once; ``sent``: it was delivered before.
    `state`: ``checking``: scores are awaited; ``waiting``: for somebody who decides; then ``approved`` or ``refused``;
    ``blocked`` at once. `text` is the beginning of what is written in it. `refused_text`: what its sender is told.
    `appeal`: what they say against it, once; `closed`: the time for that is over. `text_key`: what the same text is
    known by; `told`: the state that its sender has been told of by a notice.
    """

    case_id: str
    kind: CaseKind
    state: CaseState
    room_id: str
    sender: str
    event_id: str = ""
    event_type: str = ""
    text: str = ""
    text_key: str = ""
    reasons: tuple[Reason, ...] = ()
    labels: tuple[str, ...] = ()
    media: tuple[CaseMedium, ...] = ()
    departments: tuple[str, ...] = ()
    created_ts: int
    updated_ts: int
    decided_by: str = ""
    decided_ts: int | None = None
    refused_text: str = ""
    appeal: str = ""
    appealed_ts: int | None = None
    closed: bool = False
    told: str = ""
    version: int = 1

    @property
    def can_appeal(self) -> bool:
        """Whether its sender may say something against it: once, when it was refused."""
        return not self.closed and self.appealed_ts is None and self.state in ("refused", "blocked")


class CaseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases are asked for; `None` and empty let all through. `within` are departments."""

    state: CaseState | None = None
    kind: CaseKind | None = None
    sender: str = ""
    room_id: str = ""
    label: str = ""
    appealed: bool | None = None
    within: frozenset[str] | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided once and for all about the same bytes, or the same text: `key` is their SHA-256."""

    key: str
    action: Literal["allow", "block"]
    case_id: str
    decided_by: str
    decided_ts: int
    text: str = ""


class Mine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A case as its sender sees it: what was seen by whom stays with those who review."""

    case_id: str
    state: CaseState
    room_id: str
    event_id: str = ""
    labels: tuple[str, ...] = ()
    reason: str = ""
    can_appeal: bool = False
    appealed: bool = False
    created_ts: int = 0
    updated_ts: int = 0


def mine_of(case: Case) -> Mine:
    """A case as its sender sees it."""
    return Mine(
        case_id=case.case_id,
        state=case.state,
        room_id=case.room_id,
        event_id=case.event_id,
        labels=case.labels if case.state in ("blocked", "refused") else (),
        reason=case.refused_text,
        can_appeal=case.can_appeal,
        appealed=case.appealed_ts is not None,
        created_ts=case.created_ts,
        updated_ts=case.updated_ts,
    )


JsonObject = dict[str, Any]
