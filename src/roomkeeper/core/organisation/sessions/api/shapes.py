"""What the endpoints of sessions take and answer."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from roomkeeper.core.organisation.sessions.models import (
    PLAIN,
    Language,
    Link,
    Order,
    RoutingRule,
    Session,
    State,
    Strategy,
)

MOST = 500
MOST_RULES = 200
MAX_INTEGER = 2**53 - 1

MAX_TIMEOUT_MS = 60_000

Time = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
UserId = Annotated[str, Meta(min_length=1, max_length=255)]
DepartmentId = Annotated[str, Meta(min_length=1, max_length=100)]
Topic = Annotated[str, Meta(max_length=1000, pattern=r"\A[^\x00]*\Z", description="What it is about, in their words.")]
Reason = Annotated[str, Meta(max_length=500, pattern=PLAIN)]
Limit = Annotated[int, Meta(ge=1, le=MOST, description="How many at most.")]
From = Annotated[str, Meta(max_length=2000, description="The next_batch of the page before.")]


class WishBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer wants to talk about, and in which language."""

    language: Language = ""
    topic: Topic = ""


class SessionBody(WishBody, frozen=True, kw_only=True):
    """What a customer asks for: somebody, a department, or neither: then the rules decide."""

    staff_id: UserId | None = None
    department_id: DepartmentId | None = None


class AssignBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to have a session."""

    staff_id: UserId
    reason: Reason = ""


class ReasonBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why."""

    reason: Reason = ""


class SessionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions: those to which all that is given applies."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100
    state: State | None = None
    staff: UserId | None = None
    customer: UserId | None = None
    department: (
        Annotated[DepartmentId, Meta(description="Those of it and those under it, and of their people.")] | None
    ) = None
    before: (
        Annotated[Time, Meta(description="Before this time, in ms; it is that by which they are sorted.")] | None
    ) = None
    after: Annotated[Time, Meta(description="At this time or after it.")] | None = None
    sort: Order = "-created"


class NewsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What one knows already, and how long to wait for more."""

    since: Annotated[str, Meta(max_length=100, description="Answer when there is news after this.")] = ""
    timeout: Annotated[int, Meta(ge=0, le=MAX_TIMEOUT_MS, description="How long to wait for that, in ms.")] = 0


class News(msgspec.Struct, frozen=True):
    """Until when one knows all."""

    since: str


class Sessions(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of sessions."""

    sessions: list[Session]
    next_batch: str | None = None


class LinkBody(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a link leads to: somebody (oneself, where neither is given) or a department; until when, and how often."""

    staff_id: UserId | None = None
    department_id: DepartmentId | None = None
    expires_ts: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] | None = None
    uses_allowed: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None


class LinksQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of the links."""

    from_: From = msgspec.field(default="", name="from")
    limit: Limit = 100


class Links(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of links."""

    links: list[Link]
    next_batch: str | None = None


class Rules(msgspec.Struct, frozen=True):
    """All rules, in order: the first that applies decides."""

    rules: Annotated[list[RoutingRule], Meta(max_length=MOST_RULES)]


class QueueBody(msgspec.Struct, frozen=True):
    """How a department gives its sessions to its people."""

    strategy: Strategy
