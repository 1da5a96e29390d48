"""What the endpoints of handover take and answer. Times are in milliseconds since the epoch."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.handover.models import (
    Departure,
    GroupRoom,
    Kind,
    Offer,
    Plan,
    State,
    Status,
    Succession,
    UserId,
)
from roomkeeper.core.organisation.sessions import Session
from roomkeeper.platform.http.paging import MAX_INTEGER, From, Limit

Reason = Annotated[str, Meta(max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
When = Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="When it takes effect; without it, or in the past: now.")]


class DepartureBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who leaves (or hands their customers on), when, and who takes over whom."""

    user_id: UserId
    kind: Kind = "departure"
    effective_ts: When | None = None
    plan: Plan = Plan()
    reason: Reason = ""


class ChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """What of a planned departure is to be otherwise."""

    effective_ts: When | None = None
    plan: Plan | None = None


class DeparturesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which departures."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100
    user: UserId | None = None
    state: State | None = None


class Departures(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of departures, the newest first."""

    departures: list[Departure]
    next_batch: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A departure with how many customers have which status, and how many the leaver left without an answer."""

    departure: Departure
    statuses: dict[str, int]
    unanswered: int


class OffersQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which customers of a departure."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100
    status: Status | None = None


class Offers(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of a departure's customers, by the room ids of their sessions."""

    customers: list[Offer]
    next_batch: str | None = None


class GroupsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of the other rooms."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100


class Groups(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of the leaver's rooms that are no sessions."""

    rooms: list[GroupRoom]
    next_batch: str | None = None


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How many customers would go to somebody, or to the queue of a department; how many sessions they have now."""

    user_id: str | None = None
    department_id: str | None = None
    customers: int
    sessions: int = 0


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a departure would do, if it began now. Nothing is changed.

    `nobody`: for so many nobody has a place; `other_language`: so many would go to somebody of another language.
    """

    customers: int
    unanswered: int
    nobody: int
    other_language: int
    group_rooms: int
    shares: list[Share]


class AnswerBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one goes on with the successor."""

    go_on: bool


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an answer; `session` where one goes on."""

    succession: Succession
    session: Session | None
