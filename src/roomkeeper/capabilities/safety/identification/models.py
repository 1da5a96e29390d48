"""What is submitted, what is seen in it, who may be in it. Times are in milliseconds since the epoch."""

from __future__ import annotations

from typing import Literal

import msgspec

from roomkeeper.capabilities.safety.models import FeatureKind

State = Literal["waiting", "review", "nothing", "failed", "decided"]
"""How far it is:

- ``waiting``: nobody has looked yet; ``failed``: it could not be looked at, `failure` says why
- ``review``: there are candidates without a decision; ``decided``: all have one; ``nothing``: there are none
"""
Failure = Literal["unreadable", "too_large", "nothing_to_compare", "busy", "gone", "unavailable"]
"""Why a submission was not compared:

- unreadable, too_large: the file; nothing_to_compare: no face, voice or text in it, and no thing that stands out
- busy: the machine was, time and again; gone: the file was removed; unavailable: nothing here can look into such files
"""
CandidateState = Literal["waiting", "confirmed", "rejected"]
Box = tuple[float, float, float, float]
"""Left, top, width and height, as parts of the picture's: from 0 to 1."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why somebody is a candidate: which of their features was found, how alike it is (0 to 1), and where.

    `threshold`: from which score on such a feature makes a candidate; `at_ms`: where in a video or recording; `text`:
    the words as they were read or heard.
    """

    feature_id: str
    kind: FeatureKind
    score: float
    threshold: float
    box: Box | None = None
    at_ms: int | None = None
    text: str = ""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who may be in what was submitted. `score`: how far above its threshold the best evidence is, 0 to 1."""

    user_id: str
    display_name: str = ""
    state: CandidateState = "waiting"
    score: float
    evidence: tuple[Evidence, ...] = ()
    decided_by: str | None = None
    decided_ts: int | None = None
    reason: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much there is in a file to compare: what its submitter may know, since it tells of the file alone."""

    faces: int = 0
    voices: int = 0
    lines: int = 0
    is_thing: bool = False


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a submission besides its columns."""

    content_type: str
    size: int
    note: str = ""
    attempts: int = 0
    looked_ts: int | None = None
    failure: Failure | None = None
    found: Found = Found()


class Identification(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody submitted for an event, to be compared with what people have registered."""

    identification_id: str
    event_id: str
    requested_by: str
    media_id: str
    state: State
    created_ts: int
    details: Details
