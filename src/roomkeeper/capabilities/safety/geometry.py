"""Places on a sphere: circles and polygons, right across the antimeridian and over the poles. Pure.

Points are unit vectors (x, y, z): there, no meridian and no pole is special. The earth is a sphere of its mean radius,
which is wrong by 0.5 % at most. The edges of a polygon are great circles; seen from the middle of the polygon (a
gnomonic projection) these are straight lines, so that plane geometry decides what is inside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]
"""Unit vectors, one a row."""

EARTH = 6_371_008.8
"""Mean radius, in metres (IUGG)."""
MOST_POINTS = 500
"""Corners that a polygon may have."""
LARGEST_M = 500_000.0
"""The largest radius of an area: what is larger concerns no neighbourhood."""
SMALLEST_M = 100.0
"""The smallest one that people may choose: smaller ones would tell who is where."""
MERGED = 1e-12
"""Corners closer than this (square of the chord) are one."""


class AreaRefused(ValueError):
    """It cannot be the area of an event; the message says why."""


class Circle(msgspec.Struct, frozen=True):
    """All within `radius` metres of a point."""

    latitude: float
    longitude: float
    radius: float


class Polygon(msgspec.Struct, frozen=True):
    """What its corners (latitude, longitude), in either order, enclose; it is not closed by repeating the first."""

    corners: tuple[tuple[float, float], ...]


class Area(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is in one of these."""

    circles: tuple[Circle, ...] = ()
    polygons: tuple[Polygon, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.circles or self.polygons)


def vector(latitude: float, longitude: float) -> Vectors:
    """The unit vector of a point."""
    phi, theta = math.radians(latitude), math.radians(longitude)
    return np.array((math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)))


def vectors(points: Sequence[tuple[float, float]]) -> Vectors:
    """The unit vectors of points (latitude, longitude)."""
    phi, theta = np.radians(np.array(points, dtype=np.float64).reshape(-1, 2).T)
    return np.stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)), axis=1)


def point(unit: Vectors) -> tuple[float, float]:
    """Latitude and longitude of a unit vector."""
    x, y, z = (float(each) for each in unit)
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def chord_of(metres: float) -> float:
    """The straight distance, in radii, of two points that lie so far apart on the ground."""
    return 2 * math.sin(min(metres / EARTH, math.pi) / 2)


def distances(units: Vectors, centre: Vectors) -> NDArray[np.float64]:
    """Metres on the ground from each to the centre."""
    difference = units - centre
    chords = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return np.asarray(2 * EARTH * np.arcsin(np.minimum(chords / 2, 1)), dtype=np.float64)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points (latitude, longitude)."""
    return float(distances(vector(*one)[None, :], vector(*other))[0])


# ------------------------------------------------------------ areas


def bounding(area: Area) -> tuple[Vectors, float]:
    """A circle around an area: its centre, and its radius in metres. Raises `AreaRefused` for an empty one."""
    parts = [bounding_circle(each) for each in area.circles] + [bounding_polygon(each) for each in area.polygons]
    if not parts:
        raise AreaRefused("An area has at least one circle or polygon.")
    if len(parts) == 1:
        return parts[0]
    total = np.sum([centre for centre, _ in parts], axis=0)
    length = float(np.linalg.norm(total))
    if length < 1e-6:
        raise AreaRefused("The parts of an area lie all around the earth.")
    middle = total / length
    radius = max(float(distances(centre[None, :], middle)[0]) + radius for centre, radius in parts)
    return middle, radius


def bounding_circle(circle: Circle) -> tuple[Vectors, float]:
    """A circle as centre and radius."""
    return vector(circle.latitude, circle.longitude), circle.radius


def bounding_polygon(polygon: Polygon) -> tuple[Vectors, float]:
    """A circle around the corners of a polygon. Raises `AreaRefused` where they lie all around the earth."""
    corners = vectors(polygon.corners)
    total = corners.sum(axis=0)
    length = float(np.linalg.norm(total))
    if length < 1e-3 * len(corners):
        raise AreaRefused("The corners of a polygon lie all around the earth.")
    middle = total / length
    return middle, float(distances(corners, middle).max())


def inside(area: Area, units: Vectors) -> NDArray[np.bool_]:
    """Which of these points are in an area."""
    found = np.zeros(len(units), dtype=np.bool_)
    for circle in area.circles:
        found |= distances(units, vector(circle.latitude, circle.longitude)) <= circle.radius
    for polygon in area.polygons:
        found |= inside_polygon(polygon, units)
    return found


def inside_polygon(polygon: Polygon, units: Vectors) -> NDArray[np.bool_]:
    """Which of these points a polygon encloses (even-odd)."""
    middle, _ = bounding_polygon(polygon)
    axes = _axes(middle)
    corners, _ = _projected(vectors(polygon.corners), middle, axes)
    points, is_near = _projected(units, middle, axes)
    found = np.zeros(len(units), dtype=np.bool_)
    following = np.roll(corners, -1, axis=0)
    for (x1, y1), (x2, y2) in zip(corners, following, strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > points[:, 1]) != (y2 > points[:, 1])
        found ^= crosses & (points[:, 0] < (x2 - x1) * (points[:, 1] - y1) / (y2 - y1) + x1)
    return found & is_near


def reaching(area: Area, units: Vectors, accuracies: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of these points may be in an area, each being exact to so many metres."""
    found = np.zeros(len(units), dtype=np.bool_)
    for circle in area.circles:
        found |= distances(units, vector(circle.latitude, circle.longitude)) <= circle.radius + accuracies
    for polygon in area.polygons:
        found |= inside_polygon(polygon, units) | (_to_edges(polygon, units) <= accuracies)
    return found


def meet(one: Area, other: Area) -> bool:
    """Whether the circles around two areas overlap."""
    (first, reach), (second, further) = bounding(one), bounding(other)
    return float(distances(first[None, :], second)[0]) <= reach + further


def checked(area: Area) -> Area:
    """An area that people may choose. Raises `AreaRefused`."""
    for polygon in area.polygons:
        check_polygon(polygon)
    _, radius = bounding(area)
    if radius > LARGEST_M:
        raise AreaRefused(f"An area reaches {LARGEST_M / 1000:.0f} km from its middle at most.")
    # A small area would tell who is in it by whether they come.
    circles = tuple(msgspec.structs.replace(each, radius=max(each.radius, SMALLEST_M)) for each in area.circles)
    if area.polygons and radius < SMALLEST_M:
        middle, _ = bounding(area)
        return Area(circles=(*circles, Circle(*point(middle), SMALLEST_M)))
    return Area(circles=circles, polygons=area.polygons)


def check_polygon(polygon: Polygon) -> None:
    """Raises `AreaRefused` where a polygon has too many corners or too few, or crosses itself, or is too large."""
    if len(polygon.corners) > MOST_POINTS:
        raise AreaRefused(f"A polygon has {MOST_POINTS} corners at most.")
    if len(polygon.corners) < 3:
        raise AreaRefused("A polygon has three corners at least.")
    middle, radius = bounding_polygon(polygon)
    if radius > LARGEST_M:
        raise AreaRefused(f"A polygon reaches {LARGEST_M / 1000:.0f} km from its middle at most.")
    corners, _ = _projected(vectors(polygon.corners), middle, _axes(middle))
    if crosses_itself(corners):
        raise AreaRefused("The edges of a polygon do not cross or touch one another.")


def around(polygon: Polygon) -> Circle:
    """The circle around a polygon that crosses itself: rather too many are asked than too few."""
    middle, radius = bounding_polygon(polygon)
    return Circle(*point(middle), radius)


def crosses_itself(corners: NDArray[np.float64]) -> bool:
    """Whether two edges that are no neighbours meet, or an edge has no length; `corners` are in a plane."""
    count, starts, ends = len(corners), corners, np.roll(corners, -1, axis=0)
    if bool((np.einsum("ij,ij->i", ends - starts, ends - starts) < MERGED).any()):
        return True
    if count == 3:
        return _is_flat(corners)
    first, second = np.triu_indices(count, 2)
    apart = ~((first == 0) & (second == count - 1))
    first, second = first[apart], second[apart]
    a, b, c, d = starts[first], ends[first], starts[second], ends[second]
    sides = (_side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b))
    proper = (sides[0] * sides[1] < 0) & (sides[2] * sides[3] < 0)
    touches = _touches(a, b, c, d, sides)
    return bool((proper | touches).any())


def _touches(a: Vectors, b: Vectors, c: Vectors, d: Vectors, sides: Sequence[NDArray[np.float64]]) -> NDArray[np.bool_]:
    found = np.zeros(len(a), dtype=np.bool_)
    for side, (start, end, corner) in zip(sides, ((a, b, c), (a, b, d), (c, d, a), (c, d, b)), strict=True):
        low, high = np.minimum(start, end), np.maximum(start, end)
        found |= (side == 0) & ((corner >= low) & (corner <= high)).all(axis=1)
    return found


def _side(start: Vectors, end: Vectors, corner: Vectors) -> NDArray[np.float64]:
    """On which side of a line each corner is: positive, negative, or 0 for on it."""
    along, to = end - start, corner - start
    return np.asarray(along[:, 0] * to[:, 1] - along[:, 1] * to[:, 0], dtype=np.float64)


def _is_flat(corners: NDArray[np.float64]) -> bool:
    return bool(abs(_side(corners[:1], corners[1:2], corners[2:3])[0]) < MERGED)


def _axes(middle: Vectors) -> tuple[Vectors, Vectors]:
    """Two directions at right angles to that of the middle, and to one another."""
    helper = np.array((0.0, 0.0, 1.0)) if abs(middle[2]) < 0.9 else np.array((1.0, 0.0, 0.0))
    first = np.cross(helper, middle)
    first /= np.linalg.norm(first)
    return first, np.cross(middle, first)


def _projected(
    units: Vectors, middle: Vectors, axes: tuple[Vectors, Vectors]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Points in the plane that touches the earth in the middle, and which of them are on this side of the earth."""
    depth = units @ middle
    is_near = depth > 0.1
    safe = np.where(is_near, depth, 1.0)
    return np.stack((units @ axes[0] / safe, units @ axes[1] / safe), axis=1), is_near


def _to_edges(polygon: Polygon, units: Vectors) -> NDArray[np.float64]:
    """Metres from each point to the nearest edge of a polygon, a little less far away from its middle."""
    middle, _ = bounding_polygon(polygon)
    axes = _axes(middle)
    corners, _ = _projected(vectors(polygon.corners), middle, axes)
    points, is_near = _projected(units, middle, axes)
    nearest = np.full(len(units), np.inf)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = end - start
        share = np.clip(((points - start) @ along) / max(float(along @ along), 1e-30), 0, 1)
        gap = points - (start + share[:, None] * along)
        nearest = np.minimum(nearest, np.einsum("ij,ij->i", gap, gap))
    return np.asarray(np.where(is_near, np.sqrt(nearest) * EARTH, np.inf), dtype=np.float64)
