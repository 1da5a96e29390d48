"""Areas on a sphere: what is in them, and what cannot be one."""

from __future__ import annotations

import math

import pytest

from roomkeeper.capabilities.safety import geometry
from roomkeeper.capabilities.safety.geometry import Area, AreaRefused, Circle, Polygon


def is_in(area: Area, latitude: float, longitude: float) -> bool:
    return bool(geometry.inside(area, geometry.vectors([(latitude, longitude)]))[0])


def polygon(*corners: tuple[float, float]) -> Area:
    return geometry.checked(Area(polygons=(Polygon(corners),)))


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((0, 0), (0, 1), 111_195),
        ((0, 179.5), (0, -179.5), 111_195),
        ((90, 0), (90, 120), 0),
        ((89.5, 0), (89.5, 180), 111_195),
        ((52.52, 13.405), (48.8566, 2.3522), 877_464),
    ],
)
def test_distances_know_no_edge_of_the_map(one: tuple[float, float], other: tuple[float, float], metres: float) -> None:
    assert geometry.distance(one, other) == pytest.approx(metres, rel=0.001, abs=0.01)


def test_a_polygon_across_the_antimeridian() -> None:
    area = polygon((-1, 179), (-1, -179), (1, -179), (1, 179))
    assert is_in(area, 0, 180)
    assert is_in(area, 0.5, -179.5)
    assert is_in(area, 0.5, 179.5)
    assert not is_in(area, 0, 178.9)
    assert not is_in(area, 0, 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_polygon_around_a_pole(sign: int) -> None:
    area = polygon(*((sign * 88.0, longitude) for longitude in (0.0, 90.0, 180.0, -90.0)))
    assert is_in(area, sign * 90, 0)
    assert is_in(area, sign * 89, 33)
    assert not is_in(area, sign * 87.9, 0)
    assert not is_in(area, -sign * 90, 0)


def test_a_hollow_polygon_leaves_out_its_hollow() -> None:
    area = polygon((0, 0), (0, 2), (2, 2), (2, 0), (1, 1))
    assert is_in(area, 0.5, 1)
    assert not is_in(area, 1, 0.5)


@pytest.mark.parametrize(
    "corners",
    [
        ((0, 0), (1, 1), (0, 1), (1, 0)),
        ((0, 0), (0, 1)),
        ((0, 0), (0, 0), (1, 1)),
        ((0, 0), (0, 1), (0, 2)),
        ((0, 0), (0, 2), (1, 1), (0, 1), (-1, 1)),
        ((0, 0), (0, 120), (0, -120)),
        ((0, 0), (0, 20), (20, 20), (20, 0)),
        tuple((math.sin(each), math.cos(each)) for each in range(501)),
    ],
)
def test_what_cannot_be_a_polygon(corners: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(AreaRefused):
        polygon(*corners)


def test_a_polygon_that_crosses_itself_lies_in_the_circle_around_it() -> None:
    crossing = Polygon(((0, 0), (1, 1), (0, 1), (1, 0)))
    circle = Area(circles=(geometry.around(crossing),))
    assert all(is_in(circle, latitude * 0.999, longitude * 0.999) for latitude, longitude in crossing.corners)


def test_small_areas_become_larger() -> None:
    assert geometry.checked(Area(circles=(Circle(50, 10, 1),))).circles[0].radius == geometry.SMALLEST_M
    small = polygon((50, 10), (50, 10.0001), (50.0001, 10))
    assert is_in(small, 50.0005, 10)


def test_huge_and_empty_areas_are_refused() -> None:
    for area in (Area(), Area(circles=(Circle(0, 0, 600_000),)), Area(circles=(Circle(0, 0, 1), Circle(0, 180, 1)))):
        with pytest.raises(AreaRefused):
            geometry.checked(area)


def test_areas_meet() -> None:
    here, near, far = (Area(circles=(Circle(0, longitude, 1000),)) for longitude in (179.99, -179.995, 170))
    assert geometry.meet(here, near)
    assert not geometry.meet(here, far)
