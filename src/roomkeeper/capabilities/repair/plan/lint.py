"""What is wrong with a tracking plan, told before it is used: errors keep it from being stored, warnings do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from roomkeeper.capabilities.repair.masking import is_personal_key
from roomkeeper.capabilities.repair.models import LOST, Kind, Point
from roomkeeper.capabilities.repair.plan import schemas

MOST_POINTS: Final = 40
MOST_SCHEMA_BYTES: Final = 8192
RESERVED: Final = frozenset({LOST, "identify", "page", "screen"})
OWN_CORRELATION: Final = "correlation_id"
"""Every event has one; it need not stand in the properties."""


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong; `point` is empty where it is the whole plan."""

    severity: Literal["error", "warning"]
    point: str
    text: str


def lint(kind: Kind, others: Iterable[Kind] = ()) -> list[Problem]:
    """All that is wrong with a plan, beside the plans of other kinds."""
    found = [*_whole(kind)]
    for point in kind.points:
        found += _point(kind, point)
    for other in others:
        if other.kind != kind.kind:
            found += _beside(kind, other)
    return found


def _error(point: str, text: str) -> Problem:
    return Problem("error", point, text)


def _warning(point: str, text: str) -> Problem:
    return Problem("warning", point, text)


def _whole(kind: Kind) -> Iterator[Problem]:
    if not kind.points:
        yield _error("", "The plan has no points: there must be one at least.")
        return
    if len(kind.points) > MOST_POINTS:
        yield _error("", f"The plan has {len(kind.points)} points; {MOST_POINTS} are the most.")
    for name, count in Counter(point.name for point in kind.points).items():
        if count > 1:
            yield _error(name, f"There are {count} points of this name.")
    regular = [point for point in kind.points if not point.failure and not point.optional]
    if not regular:
        yield _error("", "Every point is optional or a failure: no step would ever be missing.")
    elif min(point.order for point in regular) > min(point.order for point in kind.points):
        yield _warning("", "The first point is optional or a failure: where an attempt begins is not certain.")
    for side in ("client", "server"):
        if all(point.side != side for point in kind.points):
            yield _warning("", f"No point is on the {side}'s side: client and server cannot be compared.")


def _point(kind: Kind, point: Point) -> Iterator[Problem]:
    if point.name in RESERVED:
        yield _error(point.name, "This name is reserved.")
    if len(msgspec.json.encode(point.schema)) > MOST_SCHEMA_BYTES:
        yield _error(point.name, f"The schema is larger than {MOST_SCHEMA_BYTES} bytes.")
        return
    if problems := [*schemas.problems(point.schema)]:
        yield from (_error(point.name, f"Schema: {text}.") for text in problems)
        return
    properties, required = _properties(point), point.schema.get("required", [])
    if kind.correlation != OWN_CORRELATION and kind.correlation not in required:
        yield _error(point.name, f"The schema must require {kind.correlation}, which ties the events together.")
    for name in properties:
        if is_personal_key(name):
            yield _error(point.name, f"The property {name} is masked when it arrives: leave it out, or rename it.")
    if not properties:
        yield _warning(point.name, "The schema says nothing of the properties: anything would be right.")
    yield from _pair(kind, point)


def _pair(kind: Kind, point: Point) -> Iterator[Problem]:
    if not point.pair:
        if point.compare:
            yield _error(point.name, "It says what to compare, but not with which point (pair).")
        return
    other = kind.point(point.pair)
    if other is None:
        yield _error(point.name, f"There is no point {point.pair}, which it names as its pair.")
        return
    if other.side == point.side:
        yield _error(point.name, f"Its pair {other.name} is of the same side: there is nothing to compare.")
    for field in point.compare:
        if field not in _properties(point) or field not in _properties(other):
            yield _error(point.name, f"{field} is to be compared, but is not in the schemas of both points.")
    if other.pair != point.name:
        yield _warning(point.name, f"Its pair {other.name} does not name it in turn.")


def _beside(kind: Kind, other: Kind) -> Iterator[Problem]:
    for point in kind.points:
        same = other.point(point.name)
        if same is None:
            continue
        if same.side != point.side:
            yield _error(point.name, f"The kind {other.kind} has this point on the {same.side}'s side.")
        if same.schema != point.schema:
            yield _error(point.name, f"The kind {other.kind} has this point with another schema: they must be equal.")


def _properties(point: Point) -> dict[str, Any]:
    found = point.schema.get("properties", {})
    return found if isinstance(found, dict) else {}
