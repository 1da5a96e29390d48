"""Sessions, links, rules and queues, as they are stored and shown. All times are in milliseconds."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

SESSION = "org.roomkeeper.session"
"""The type of the state event that tells what session a room is; the server alone sends it."""
SESSION_KEY = (SESSION, "")
DIRECT = "m.direct"

State = Literal["offered", "waiting", "open", "closed"]
Strategy = Literal["round_robin", "least_loaded", "language"]

PLAIN = r"\A[^\x00-\x1f\x7f]*\Z"
Text = Annotated[str, Meta(max_length=200, pattern=PLAIN)]
Language = Annotated[str, Meta(max_length=35, pattern=r"\A([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?\Z")]


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What goes on between a customer and the organisation in one room.

    `staff_id` is who takes care of it; while it is waiting, whom it waits for, where that is somebody in particular:
    else it waits in the queue of the department. `waiting_ts` is since when it waits, or waited last. While it is
    offered, the customer has been invited and has not answered. `predecessor` is the room of the session that it goes
    on from, if it does. `voice` is set where a bridge has made the room: the one of the staff as whose conversation the
    bridge knows it, and in whose name it is told whatever the organisation says there.
    """

    room_id: str
    customer_id: str
    staff_id: str | None = None
    department_id: str | None = None
    state: State
    language: str = ""
    topic: str = ""
    created_ts: int
    updated_ts: int
    waiting_ts: int = 0
    closed_ts: int | None = None
    predecessor: str | None = None
    voice: str | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether customer and organisation talk with one another, or wait for it."""
        return self.state in ("waiting", "open")


class Target(msgspec.Struct, frozen=True):
    """Whom a customer reaches: somebody of the staff, or the queue of a department."""

    staff_id: str | None = None
    department_id: str | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a session before there is one."""

    language: str = ""
    topic: str = ""


class Candidate(msgspec.Struct, frozen=True):
    """Somebody of the staff who may get a session: how many they have, and whether one is with this customer."""

    user_id: str
    language: str
    session_limit: int | None
    open_sessions: int
    has_customer: bool

    @property
    def has_place(self) -> bool:
        """Whether they take one more."""
        return self.session_limit is None or self.open_sessions < self.session_limit


class Queue(msgspec.Struct, frozen=True):
    """How a department's sessions are given to its people, and who got the last one."""

    strategy: Strategy = "least_loaded"
    last_staff_id: str = ""


class Link(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A code with which customers reach somebody, or a department. `uses_allowed` `None`: any number."""

    code: str
    staff_id: str | None = None
    department_id: str | None = None
    created_by: str
    created_ts: int
    expires_ts: int | None = None
    uses_allowed: int | None = None
    uses: int


class RoutingRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where customers go to whom all that is given applies.

    `languages`: the customer's is one of these (``de`` is ``de-CH``, too); `customer`: a pattern with ``*`` and ``?``
    for their user id; `words`: one of these is in the topic.
    """

    name: Text = ""
    languages: Annotated[tuple[Language, ...], Meta(max_length=50)] = ()
    customer: Text = ""
    words: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...], Meta(max_length=100)] = ()
    staff_id: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    department_id: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


Order = Literal["-created", "created", "-waiting", "waiting", "-updated", "updated"]
"""How a list of sessions is sorted; with a minus the newest first."""


class SessionCount(msgspec.Struct, frozen=True):
    """How many sessions go on and wait; since when the one waits that has waited for longest; how many are late."""

    open: int
    waiting: int
    longest_since_ts: int | None
    late: int


class SessionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions are asked for; `None` lets all through.

    `own`: those that somebody is part of; `within`: those of departments, and of people in them. Where both are given,
    one of them suffices. `department_ids`: of all these, those of these departments, and of people in them. `before_ts`
    and `after_ts` are when they were created, or, where they are sorted by another time, that one.
    """

    own: str | None = None
    within: frozenset[str] | None = None
    state: State | None = None
    staff_id: str | None = None
    customer_id: str | None = None
    department_ids: frozenset[str] | None = None
    before_ts: int | None = None
    after_ts: int | None = None
    order: Order = "-created"
