"""How far tracked events can be trusted: schema, clocks, late arrivals, duplicates, gaps, order, lost ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from roomkeeper.capabilities.repair.flows.aggregating import correlation_of
from roomkeeper.capabilities.repair.models import LOST, Attempt, Finding, Kind, TrackedEvent
from roomkeeper.capabilities.repair.plan.schemas import Schema

LATE_MS: Final = 3_600_000
"""What arrives so long after it happened was kept by a client that was offline, or was held up."""
MOST_FINDINGS: Final = 100


def checked(events: Sequence[TrackedEvent], schemas: Mapping[str, Schema]) -> list[TrackedEvent]:
    """The events with their drift from the plan that is in force now, which may be another than when they came."""
    return [
        msgspec.structs.replace(event, drift=schemas[event.name].drift(event.properties))
        if event.name in schemas
        else event
        for event in events
    ]


def findings(
    kind: Kind,
    events: Sequence[TrackedEvent],
    attempts: Sequence[Attempt],
    skew_ms: int,
    limit: int,
    *,
    with_client: bool,
) -> list[Finding]:
    """What is to be known of the events: of each, of repetitions, and of the whole."""
    whole = _whole(kind, events, attempts, limit, with_client=with_client)
    found = [*_each(events, skew_ms), *_duplicates(kind, events), *whole]
    return found[:MOST_FINDINGS]


def _each(events: Sequence[TrackedEvent], skew_ms: int) -> Iterator[Finding]:
    for event in events:
        if event.name == LOST:
            count = event.properties.get("count", 0)
            yield _finding("lost", event, f"The {event.side} lost {count} events here: its buffer was full.")
        if event.drift and event.name != LOST:
            yield _finding("schema", event, f"It breaks the plan's schema: {'; '.join(event.drift)}.")
        if event.skew_ms is not None and abs(event.skew_ms) > skew_ms:
            way = "ahead" if event.skew_ms > 0 else "behind"
            text = f"The sender's clock is {abs(event.skew_ms) // 1000} s {way}; its times are corrected."
            yield _finding("clock_skew", event, text)
        if event.received_ts - event.ts > LATE_MS:
            text = f"It arrived {(event.received_ts - event.ts) // 60_000} min after it happened."
            yield _finding("late_arrival", event, text)


def _duplicates(kind: Kind, events: Sequence[TrackedEvent]) -> Iterator[Finding]:
    """The same point of one attempt, told again: the first one counts."""
    seen: set[tuple[str, str]] = set()
    for event in events:
        point = kind.point(event.name)
        if point is None or point.failure:
            continue
        key = (event.name, correlation_of(kind, event))
        if key in seen:
            yield _finding("duplicate", event, "The same was told before; the first time counts.")
        seen.add(key)


def _whole(
    kind: Kind, events: Sequence[TrackedEvent], attempts: Sequence[Attempt], limit: int, *, with_client: bool
) -> Iterator[Finding]:
    for attempt in attempts:
        deviation = attempt.deviation
        if (
            deviation is not None
            and deviation.code == "missing"
            and attempt.steps[-1].order > _order(kind, deviation.point)
        ):
            text = f"A gap: later steps of {attempt.correlation_id} are there."
            yield Finding(code="gap", point=deviation.point, number=None, text=text)
        if deviation is not None and deviation.code == "out_of_order":
            yield Finding(
                code="order", point=deviation.point, number=None, text="The steps cannot have come in this order."
            )
    sides = {event.side for event in events} | ({"client"} if with_client else set())
    for side in ("client", "server"):
        planned = any(point.side == side and not point.optional for point in kind.points)
        if events and planned and side not in sides:
            text = f"There is nothing of the {side}'s side: its log is missing, or nothing reached it."
            yield Finding(code="side_missing", point="", number=None, text=text)
    for point in kind.points:
        if sum(event.name == point.name for event in events) >= limit:
            text = f"There are {limit} events or more; older ones were left out."
            yield Finding(code="truncated", point=point.name, number=None, text=text)


def _order(kind: Kind, name: str) -> int:
    point = kind.point(name)
    return 0 if point is None else point.order


def _finding(code: str, event: TrackedEvent, text: str) -> Finding:
    return Finding(code=code, point=event.name, number=event.number, text=text)  # type: ignore[arg-type]
