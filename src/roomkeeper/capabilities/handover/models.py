"""Departures, their plans, what became of each customer: as they are stored and shown. Times are in milliseconds."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

SUCCESSION = "org.roomkeeper.succession"
"""The type of the state event in a session that tells who takes care of its customer instead of who has left."""
SUCCESSION_KEY = (SUCCESSION, "")
PROFILE_FIELD = "org.roomkeeper.departure"

Kind = Literal["departure", "transfer"]
"""Somebody leaves, or stays while their customers move."""
State = Literal["planned", "running", "finished", "cancelled", "undoing", "undone"]
Status = Literal["pending", "waiting", "accepted", "declined", "taken_over", "at_limit", "failed", "withdrawn", "gone"]
"""What became of a customer:

- ``pending``: not looked at yet; ``waiting``: they were asked; ``accepted``, ``declined``: they answered
- ``taken_over``: the successor has the session without having been asked for (policy, or a plan that says so)
- ``at_limit``: no successor takes one more; ``failed``: see `error`
- ``withdrawn``: the departure was undone; ``gone``: the customer has left, or the session was over
"""
Way = Literal["invitation", "question", "in_place", "existing"]
"""How a customer is asked: by an invitation to a new room, by a text that they answer (behind a bridge), or not, since
the plan says so, or since they have a session with the successor already."""

UserId = Annotated[str, Meta(min_length=1, max_length=255)]
DepartmentId = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[str, Meta(max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
Language = Annotated[str, Meta(max_length=35, pattern=r"\A([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?\Z")]
Strategy = Literal["least_loaded", "round_robin", "language", "skill"]

MOST_NAMED = 10_000
MOST_RULES = 100
YEAR_MS = 366 * 24 * 3600 * 1000


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who gets the customers to whom all that is given applies: somebody, or those of a department, chosen `by`.

    `languages`: the customer's is one of these; `departments`: the session is of one of these (or of one under it);
    `skill`: those who have it are preferred where `by` is ``skill``.
    """

    languages: Annotated[tuple[Language, ...], Meta(max_length=50)] = ()
    departments: Annotated[tuple[DepartmentId, ...], Meta(max_length=50)] = ()
    staff_id: UserId | None = None
    department_id: DepartmentId | None = None
    by: Strategy = "least_loaded"
    skill: Words = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who takes over whom: a customer's own successor where one is named, else what the first rule that applies says;
    without any, those of the leaver's departments, by language.

    `limit`: customers of this departure that one successor gets at most; `at_limit`: what becomes of those for whom
    nobody has a place: they are offered the department's queue, or wait until somebody has. `take_over_after_ms`: the
    successor has the session when the customer has not answered for so long (`None`: never).
    """

    customers: Annotated[dict[UserId, UserId], Meta(max_length=MOST_NAMED)] = {}
    rules: Annotated[tuple[Rule, ...], Meta(max_length=MOST_RULES)] = ()
    limit: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    at_limit: Literal["queue", "wait"] = "queue"
    mode: Literal["offer", "in_place"] = "offer"
    take_over_after_ms: Annotated[int, Meta(ge=0, le=YEAR_MS)] | None = None
    groups_to: UserId | None = None
    """Who gets the leaver's place in rooms that are no sessions; `None`: whoever the rules give the next customer."""


class Departure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That somebody leaves, or hands their customers on, and when. `job_id` is the work on it, when it has begun."""

    departure_id: str
    user_id: str
    kind: Kind
    state: State
    effective_ts: int
    began_ts: int | None = None
    finished_ts: int | None = None
    plan: Plan
    reason: str = ""
    created_by: str
    created_ts: int
    updated_ts: int
    job_id: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether another departure of the same person can be recorded."""
        return self.state in ("cancelled", "undone", "finished")

    @property
    def is_of_who_left(self) -> bool:
        """Whether that is why somebody is not there."""
        return self.kind == "departure" and self.state in ("running", "finished")


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One customer of a departure: their session `room_id`, and what became of them.

    `new_room_id` is that of the session with the successor, where there is one. `unanswered`: what the customer wrote
    last had no answer. `told`: whether the old room says what the status is.
    """

    departure_id: str
    room_id: str
    customer_id: str
    status: Status
    way: Way = "invitation"
    successor_id: str | None = None
    department_id: str | None = None
    new_room_id: str | None = None
    language: str = ""
    unanswered: bool = False
    told: bool = True
    offered_ts: int | None = None
    answered_ts: int | None = None
    take_over_ts: int | None = None
    updated_ts: int
    error: str = ""

    @property
    def is_elsewhere(self) -> bool:
        """Whether the customer goes on in another room than this."""
        return self.status in ("accepted", "taken_over") and self.way in ELSEWHERE[self.status]


ELSEWHERE: dict[str, tuple[Way, ...]] = {"accepted": ("invitation", "existing"), "taken_over": ("existing",)}


class GroupRoom(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A room that is no session, in which somebody else has the leaver's place now. `level` was the leaver's power."""

    departure_id: str
    room_id: str
    status: Literal["done", "failed", "restored"]
    successor_id: str | None = None
    level: int = 0
    updated_ts: int
    error: str = ""


class Candidate(msgspec.Struct, kw_only=True):
    """Somebody who may take customers over: how many sessions they have, and how many of this departure."""

    user_id: str
    language: str = ""
    skills: tuple[str, ...] = ()
    departments: frozenset[str] = frozenset()
    session_limit: int | None = None
    sessions: int = 0
    given: int = 0

    def has_place(self, limit: int | None) -> bool:
        """Whether they take one more."""
        within = self.session_limit is None or self.sessions < self.session_limit
        return within and (limit is None or self.given < limit)


class Choice(msgspec.Struct, frozen=True):
    """Who takes care of a customer from now on: somebody, or a department's queue.

    `rule`: the number of the rule that says so, from 0; without one the plan names the successor of this customer
    (`is_named`), or nobody has a place.
    """

    staff_id: str | None = None
    department_id: str | None = None
    rule: int | None = None
    is_named: bool = False


class Named(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody, or a department, with a name that people know."""

    user_id: str | None = None
    department_id: str | None = None
    display_name: str


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """What is answered to who asks for somebody: whether they are there, and who takes care of the asker instead.

    `offer` is what the asker was asked: `status` as in `Status`, `room_id` the room of their session with who has left,
    `new_room_id` the one that they enter by saying yes.
    """

    user_id: str
    state: Literal["active", "departed"]
    display_name: str
    successor: Named | None = None
    offer: OfferView | None = None


class OfferView(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as its customer sees it."""

    status: Status
    room_id: str
    new_room_id: str | None
