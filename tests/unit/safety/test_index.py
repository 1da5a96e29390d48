"""The index finds whom looking at everybody finds: anywhere, across the antimeridian and over the poles."""

from __future__ import annotations

import math
import random

import numpy as np
from hypothesis import example, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from roomkeeper.capabilities.safety import geometry
from roomkeeper.capabilities.safety.geometry import Area, Circle, Polygon
from roomkeeper.capabilities.safety.index import EXACT_M, LEAST_EXACT_M, PositionIndex
from roomkeeper.capabilities.safety.models import Position

NOW = 1_000
EDGE_M = 0.01
"""Whoever stands on the very edge may be counted either way."""
People = list[tuple[str, Position]]


def position(latitude: float, longitude: float, accuracy: float = 10, expires_ts: int = 2_000) -> Position:
    return Position(
        latitude=latitude,
        longitude=longitude,
        accuracy=accuracy,
        ts=0,
        expires_ts=expires_ts,
        mode="live",
        source="app",
    )


def reach(one: Position) -> float:
    return 0.0 if one.accuracy <= EXACT_M else min(one.accuracy, LEAST_EXACT_M)


def by_looking_at_everybody(people: People, area: Area, more: float) -> set[str]:
    found = set()
    for user_id, one in people:
        unit = geometry.vectors([(one.latitude, one.longitude)])
        if one.expires_ts > NOW and geometry.reaching(area, unit, np.array([reach(one) + more]))[0]:
            found.add(user_id)
    return found


def moved(latitude: float, longitude: float, metres: float, bearing: float) -> tuple[float, float]:
    """The point that lies so far away in that direction, which is no direction of the compass."""
    here, far = geometry.vector(latitude, longitude), metres / geometry.EARTH
    first = np.cross(here, (0.0, 0.0, 1.0) if abs(here[2]) < 0.7 else (0.0, 1.0, 0.0))
    first /= np.linalg.norm(first)
    along = first * math.cos(bearing) + np.cross(here, first) * math.sin(bearing)
    return geometry.point(here * math.cos(far) + along * math.sin(far))


def check(people: People, area: Area) -> None:
    index = PositionIndex()
    for user_id, one in people:
        index.put(user_id, one)
    found = index.within(area, NOW)
    users = set(found.users)
    assert len(users) == len(found.users) == len(found.metres)
    assert users <= by_looking_at_everybody(people, area, EDGE_M)
    inner = by_looking_at_everybody(people, area, 0)
    missing = inner - users
    assert not {user for user, one in people if user in missing and not on_edge(area, one)}


def on_edge(area: Area, one: Position) -> bool:
    unit = geometry.vectors([(one.latitude, one.longitude)])
    gaps = [
        abs(float(geometry.distances(unit, geometry.vector(circle.latitude, circle.longitude))[0]) - circle.radius)
        for circle in area.circles
    ]
    return any(abs(gap - reach(one)) < EDGE_M or gap < EDGE_M for gap in gaps)


LATITUDES = st.one_of(st.floats(-90, 90), st.sampled_from([90.0, -90.0, 89.9999, -89.9999, 0.0]))
LONGITUDES = st.one_of(st.floats(-180, 180), st.sampled_from([180.0, -180.0, 179.9999, -179.9999, 0.0]))
RADII = st.one_of(st.floats(100, 5_000), st.floats(100, 400_000))


@given_settings(max_examples=100)
@given(LATITUDES, LONGITUDES, RADII, st.integers(0, 2**32))
@example(90.0, 0.0, 1000.0, 1)
@example(0.0, 180.0, 1000.0, 2)
@example(-89.9999, 180.0, 5000.0, 3)
def test_circles(latitude: float, longitude: float, radius: float, seed: int) -> None:
    draw = random.Random(seed).uniform
    people = []
    for number in range(60):
        where = moved(latitude, longitude, draw(0, radius * 2), draw(0, math.tau))
        accuracy = draw(1, 5_000) if number % 3 == 0 else 10
        people.append((f"@{number}:x", position(*where, accuracy, 500 if number % 10 == 9 else 2_000)))
    check(people, Area(circles=(Circle(latitude, longitude, radius),)))


@given_settings(max_examples=60)
@given(LATITUDES, LONGITUDES, st.floats(500, 200_000), st.integers(3, 12), st.integers(0, 2**32))
def test_stars(latitude: float, longitude: float, radius: float, corners: int, seed: int) -> None:
    """Polygons with dents, as seen from their middle: in every direction, what is nearer than the edge is inside."""
    draw = random.Random(seed).uniform
    ends = tuple(
        moved(latitude, longitude, radius * draw(0.5, 1), math.tau * each / corners) for each in range(corners)
    )
    area = geometry.checked(Area(polygons=(Polygon(ends),)))
    people = [
        (f"@{number}:x", position(*moved(latitude, longitude, draw(0, radius * 1.5), draw(0, math.tau))))
        for number in range(40)
    ]
    people += [
        (f"@middle{each}:x", position(*moved(latitude, longitude, radius * 0.2, math.tau * each / 4)))
        for each in range(4)
    ]
    check(people, area)
    if corners > 4:
        index = PositionIndex()
        for user_id, one in people:
            index.put(user_id, one)
        assert {f"@middle{each}:x" for each in range(4)} <= set(index.within(area, NOW).users)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.floats(-0.05, 0.05), st.floats(1, 3000))))
def test_moving_and_going(steps: list[tuple[int, bool, float, float]]) -> None:
    index, expected = PositionIndex(), dict[str, Position]()
    for number, goes, offset, accuracy in steps:
        user_id = f"@{number}:x"
        if goes:
            assert index.remove(user_id) == (user_id in expected)
            expected.pop(user_id, None)
        else:
            expected[user_id] = position(offset, 180 + offset if offset < 0 else -180 + offset, accuracy)
            index.put(user_id, expected[user_id])
    assert len(index) == len(expected)
    assert all(index.get(user_id) == one for user_id, one in expected.items())
    everywhere = Area(circles=(Circle(0, 180, 30_000),))
    assert set(index.within(everywhere, NOW).users) == set(expected)
    assert index.within(everywhere, 2_000).users == []
    assert set(index.expired(2_000, 100)) == set(expected)
