"""From events to attempts, steps, and the first deviation from the plan. Pure.

1. Events with one correlation id are one attempt, in the order of time; of those at the same time, in that of the plan.
2. Each event at a point of the plan is a step. A point that comes again is a repetition: the first one is the step, but
   for failures, each of which is one.
3. The first deviation is the one that comes first in the plan's order: a failure, a step that is missing though a
   later one is there, or though enough time has passed; a step before one that it should follow; a step that took
   longer than it may; a step whose properties break the schema; two sides that tell differently of the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from roomkeeper.capabilities.repair.models import Attempt, Deviation, Kind, Point, Step, TrackedEvent

MOST_ATTEMPTS: Final = 50
MOST_STEPS: Final = 200
PATIENCE_MS: Final = 30_000
"""After so long a step that has not come is missing, where the plan says nothing."""
TOLERANCE_MS: Final = 2_000
"""Clocks of two sides differ by so much also where they are corrected: no step is out of order for less."""


def correlation_of(kind: Kind, event: TrackedEvent) -> str:
    """What ties an event to others: the property that the plan names, else the sender's own correlation id."""
    value = event.properties.get(kind.correlation)
    return str(value) if isinstance(value, str | int) and value != "" else event.correlation_id


def attempts_of(kind: Kind, events: Sequence[TrackedEvent], now: int, *, with_client: bool = True) -> list[Attempt]:
    """The attempts, the newest first; `now` in milliseconds tells what is missing from what may still come.

    Without a client's log (`with_client`), what the client should have told is not missing.
    """
    grouped: dict[str, list[TrackedEvent]] = {}
    for event in events:
        if kind.point(event.name) is not None:
            grouped.setdefault(correlation_of(kind, event), []).append(event)
    made = [
        _attempt(kind, correlation_id, found, now, with_client=with_client) for correlation_id, found in grouped.items()
    ]
    return sorted(made, key=lambda attempt: attempt.ended_ts, reverse=True)[:MOST_ATTEMPTS]


def _attempt(kind: Kind, correlation_id: str, events: list[TrackedEvent], now: int, *, with_client: bool) -> Attempt:
    steps = tuple(_steps(kind, events))
    return Attempt(
        correlation_id=correlation_id,
        began_ts=steps[0].ts,
        ended_ts=steps[-1].ts,
        steps=steps,
        deviation=first_deviation(kind, steps, now, with_client=with_client),
    )


def _steps(kind: Kind, events: list[TrackedEvent]) -> Iterable[Step]:
    order = {point.name: point for point in kind.points}
    seen: set[str] = set()
    before: int | None = None
    for event in sorted(events, key=lambda event: (event.ts, order[event.name].order, event.number))[:MOST_STEPS]:
        point = order[event.name]
        if event.name in seen and not point.failure:
            continue
        seen.add(event.name)
        yield Step(
            point=point.name,
            title=point.title,
            side=point.side,
            order=point.order,
            ts=event.ts,
            duration_ms=0 if before is None else event.ts - before,
            failure=point.failure,
            event=event,
        )
        before = event.ts


def first_deviation(kind: Kind, steps: Sequence[Step], now: int, *, with_client: bool = True) -> Deviation | None:
    """Where an attempt departs from the plan first, in the plan's order."""
    places = {step.point: place for place, step in enumerate(steps)}
    furthest = max(step.order for step in steps)
    ends_badly = any(step.failure for step in steps)
    for point in sorted(kind.points, key=lambda point: (point.order, point.failure)):
        place = places.get(point.name)
        if place is not None:
            found = _at(point, steps, place, places)
        elif _is_needed(point, with_client=with_client) and _is_missing(
            point, steps, furthest, now, ends_badly=ends_badly
        ):
            found = _deviation(point, "missing", _before(point, steps), f"“{point.title.en}” did not happen.")
        else:
            found = None
        if found is not None:
            return found
    return None


def _is_needed(point: Point, *, with_client: bool) -> bool:
    return not point.optional and not point.failure and (with_client or point.side == "server")


def _is_missing(point: Point, steps: Sequence[Step], furthest: int, now: int, *, ends_badly: bool) -> bool:
    """Whether it should have come: a later step has, or it has been long enough; not where the attempt has failed."""
    if point.order < furthest:
        return True
    return not ends_badly and now - steps[-1].ts > (point.within_ms or PATIENCE_MS)


def _at(point: Point, steps: Sequence[Step], place: int, places: dict[str, int]) -> Deviation | None:
    """What is wrong with a step that is there."""
    step = steps[place]
    if point.failure:
        return _deviation(point, "failed", place - 1 if place else None, f"“{point.title.en}”{_reason(step)}.")
    late = next((other for other in steps[:place] if other.order > point.order and _is_earlier(other, step)), None)
    if late is not None:
        return _deviation(point, "out_of_order", place, f"“{point.title.en}” came after “{late.title.en}”.")
    if point.within_ms and step.duration_ms > point.within_ms:
        return _deviation(point, "late", place - 1, f"“{point.title.en}” took {step.duration_ms} ms.")
    if step.event.drift:
        return _deviation(point, "schema", place, f"“{point.title.en}” breaks the schema: {step.event.drift[0]}.")
    other = steps[places[point.pair]] if point.pair in places else None
    fields = differing(point, step.event, other.event) if other is not None else ()
    if other is not None and fields:
        text = f"“{point.title.en}” and “{other.title.en}” differ in {', '.join(fields)}."
        return _deviation(point, "mismatch", max(place, places[point.pair]), text, fields)
    return None


def differing(point: Point, event: TrackedEvent, other: TrackedEvent) -> tuple[str, ...]:
    """The properties that should be equal at a point and its pair, and are not."""
    return tuple(name for name in point.compare if event.properties.get(name) != other.properties.get(name))


def _is_earlier(other: Step, step: Step) -> bool:
    """Whether a step came before another beyond doubt: clocks of two sides are never quite the same."""
    return step.ts - other.ts > (0 if other.side == step.side else TOLERANCE_MS)


def _before(point: Point, steps: Sequence[Step]) -> int | None:
    """The place of the last step that stands before a point in the plan."""
    return max((place for place, step in enumerate(steps) if step.order < point.order), default=None)


def _reason(step: Step) -> str:
    told = next(
        (step.event.properties[name] for name in ("errcode", "reason", "cause") if name in step.event.properties), ""
    )
    return f": {told}" if told else ""


def _deviation(point: Point, code: str, after: int | None, text: str, fields: tuple[str, ...] = ()) -> Deviation:
    return Deviation(code=code, point=point.name, side=point.side, after=after, text=text, fields=fields)  # type: ignore[arg-type]
