"""What the endpoints of handover take and answer. Times are in milliseconds since the epoch."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from roomkeeper.capabilities.handover.models import (
    Departure,
    GroupRoom,
    Kind,
    Offer,
    Plan,
    Rule,
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
    """A page of departures, the newest first; of each how many customers have which status."""

    departures: list[Departure]
    next_batch: str | None = None
    statuses: dict[str, dict[str, int]] = {}


class Without(msgspec.Struct, frozen=True):
    """How many customers of a departure nobody takes care of."""

    departure_id: str
    user_id: str
    customers: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The departures of one's departments in a few figures.

    `under_way`: those with customers who are to be asked, have not answered, or have nobody; `waiting`: customers who
    have not answered, the first of them since `waiting_since_ts`; `nobody`: customers for whom nobody has a place, or
    with whom it failed, and in `without` whose they were: those with most of them.
    """

    planned: int
    under_way: int
    waiting: int
    waiting_since_ts: int | None
    nobody: int
    without: list[Without]


class NewsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What one knows already, and how long to wait for more."""

    since: Annotated[str, Meta(max_length=100, description="Answer when there is news after this.")] = ""
    timeout: Annotated[int, Meta(ge=0, le=60_000, description="How long to wait for that, in ms.")] = 0


class News(msgspec.Struct, frozen=True):
    """Until when one knows all."""

    since: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A departure with how many customers have which status, and how many the leaver left without an answer.

    `successors`: how many customers each of them was offered to, or has.
    """

    departure: Departure
    statuses: dict[str, int]
    unanswered: int
    successors: dict[str, int]


class OffersQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which customers of a departure."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100
    status: Status | None = None
    successor: UserId | None = None
    unanswered: Annotated[bool, Meta(description="Those alone whose last message had no answer.")] = False


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


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """How many customers get their successor by the same: a rule (its number, from 0), by name, or the queue."""

    by: Literal["rule", "name", "queue"]
    rule: int | None = None
    customers: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a departure would do, if it began now. Nothing is changed.

    `nobody`: for so many nobody has a place; `other_language`: so many would go to somebody of another language;
    `rules`: those that apply, which are the default ones where the plan has none.
    """

    customers: int
    unanswered: int
    nobody: int
    other_language: int
    group_rooms: int
    shares: list[Share]
    groups: list[Group]
    rules: list[Rule]


Only = Literal["nobody", "other_language", "unanswered", "named", "queue"]


class PlannedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which customers of a departure that is not recorded yet."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100
    only: Only | None = None


class PlannedCustomer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A customer, and who would take care of them: `successor_id`, the queue of `to_department_id`, or nobody."""

    customer_id: str
    room_id: str
    topic: str = ""
    language: str = ""
    department_id: str | None = None
    updated_ts: int
    unanswered: bool = False
    successor_id: str | None = None
    to_department_id: str | None = None
    rule: int | None = None
    is_named: bool = False
    other_language: bool = False


class PlannedCustomers(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of them, by the room ids of their sessions."""

    customers: list[PlannedCustomer]
    next_batch: str | None = None


class AnswerBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one goes on with the successor."""

    go_on: bool


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an answer; `session` where one goes on."""

    succession: Succession
    session: Session | None
