"""What repair speaks of: tracking points and the kinds of trouble that they belong to, tracked events, flows."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

Side = Literal["client", "server"]
"""Which side logs a point. It follows from who sends an event (a write key, this server), not from what it claims."""

NAME: Final = r"^[a-z][a-z0-9_]{0,63}$"
LOST: Final = "tracking_lost"
"""The event with which a sender tells that its buffer was full: ``count`` of its events are missing."""
UNPLANNED: Final = "unplanned"
"""The drift of an event that no tracking plan has a point for."""

Name = Annotated[str, Meta(pattern=NAME, description="Lower-case letters, digits and underscores.")]
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people are shown, in both languages."""

    en: Text
    zh: Text

    def of(self, language: str) -> str:
        """In one of them; English where it is another."""
        return self.zh if language == "zh" else self.en


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tracking point of a kind.

    `schema` is a JSON Schema (2020-12) for the event's properties. `order`: points follow one another by it; those of
    one order may come in any. `optional`: its absence is no deviation. `failure`: its presence is one. `pair`: the
    point of the other side that tells of the same, whose `compare` properties must be equal. `within_ms`: how long
    after the step before it may come.
    """

    name: Name
    side: Side
    order: Annotated[int, Meta(ge=1, le=1000)]
    title: Words
    schema: dict[str, Any] = msgspec.field(default_factory=dict)
    optional: bool = False
    failure: bool = False
    pair: str = ""
    compare: tuple[Name, ...] = ()
    within_ms: Annotated[int, Meta(ge=0, le=86_400_000, description="Milliseconds; 0: no limit.")] = 0


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tracking plan of one kind of trouble.

    `correlation` names the property that ties the events of one attempt together, on both sides; where an event has
    none, its own correlation id does. `window_hours`: how far back a flow looks.
    """

    kind: Name
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    title: Words
    description: Words
    correlation: Name = "correlation_id"
    window_hours: Annotated[int, Meta(ge=1, le=720)] = 24
    points: tuple[Point, ...]

    def point(self, name: str) -> Point | None:
        """The point of that name."""
        return next((point for point in self.points if point.name == name), None)


class TrackedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a user did, or that the server did for them.

    `ts`: when, in milliseconds since 1970, by the server's clock (a sender's clock is corrected by when it says that it
    sent). `received_ts`: when it arrived. `skew_ms`: how far the sender's clock is ahead (``None``: it did not say).
    `source`: ``server``, the id of a write key, or ``device`` (a signed-in user's own client). `drift`: how it departs
    from the plan, as ``path: keyword``, empty where it does not.
    """

    number: int
    user_id: str
    name: str
    side: Side
    ts: int
    received_ts: int
    skew_ms: int | None
    correlation_id: str
    source: str
    properties: dict[str, Any]
    drift: tuple[str, ...] = ()


DeviationCode = Literal["failed", "missing", "out_of_order", "late", "schema", "mismatch"]
FindingCode = Literal[
    "schema", "clock_skew", "late_arrival", "duplicate", "gap", "order", "side_missing", "lost", "truncated"
]


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """Where what happened departs from the plan: at which point, how, and after which step (its place in `steps`)."""

    code: DeviationCode
    point: str
    side: Side
    after: int | None
    text: str
    fields: tuple[str, ...] = ()
    """For ``mismatch``: the properties in which client and server differ."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of how far the events can be trusted."""

    code: FindingCode
    point: str
    number: int | None
    text: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an attempt. `duration_ms`: since the step before it, 0 for the first."""

    point: str
    title: Words
    side: Side
    order: int
    ts: int
    duration_ms: int
    failure: bool
    event: TrackedEvent


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One time that the user tried: the steps with one correlation id, and the first deviation from the plan."""

    correlation_id: str
    began_ts: int
    ended_ts: int
    steps: tuple[Step, ...]
    deviation: Deviation | None

    def last(self, point: str) -> Step | None:
        """The last step at a point."""
        return next((step for step in reversed(self.steps) if step.point == point), None)


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """A user's operation flow of one kind: their attempts, the newest first, and what was found of the events.

    `subject` is the place in `attempts` of the one that a report is about: that which was asked for, else the newest
    one that deviates, else the newest; `None` where there is none.
    """

    user_id: str
    kind: str
    version: int
    since_ts: int
    until_ts: int
    events: int
    attempts: tuple[Attempt, ...]
    subject: int | None
    findings: tuple[Finding, ...]

    @property
    def attempt(self) -> Attempt | None:
        """The attempt that a report is about."""
        return None if self.subject is None else self.attempts[self.subject]


class PlanVersion(msgspec.Struct, frozen=True, kw_only=True):
    """An edited version of a plan: when, in milliseconds since 1970, by whom, and why."""

    version: int
    ts: int
    author: str
    reason: str


class WriteKey(msgspec.Struct, frozen=True, kw_only=True):
    """What another program sends events with. The key itself is shown once, when it is made; its digest is kept.

    `side`: on which side its events are. `last_used_ts`: to the minute.
    """

    key_id: str
    name: str
    side: Side
    per_second: int
    created_by: str
    created_ts: int
    revoked_ts: int | None = None
    last_used_ts: int | None = None


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """What came in an hour or a day (`ts`: its beginning) under one name from one source."""

    ts: int
    name: str
    side: Side
    source: str
    stored: int
    drifted: int
    replayed: int
    late: int


class TrackingChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a user wants to be tracked."""

    enabled: bool
