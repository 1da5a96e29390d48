"""Rules of events and of positions."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.capabilities.safety import geojson, geometry, places, rules
from roomkeeper.capabilities.safety.geometry import Area, Circle, Polygon
from roomkeeper.capabilities.safety.models import Strike

HOUR = 3_600_000
DAY = 24 * HOUR


def strikes(*times: int) -> list[Strike]:
    return [Strike(event_id=str(ts), user_id="@x:x", reason="", given_by="@y:x", ts=ts) for ts in times]


def test_the_cool_down_grows() -> None:
    now = 400 * DAY
    assert rules.cooling_until([], now) is None
    assert rules.cooling_until(strikes(now), now) == now + HOUR
    assert rules.cooling_until(strikes(now, now - DAY), now) == now + DAY
    assert rules.cooling_until(strikes(now, 1 + now - DAY, now - 2 * DAY, now - 3 * DAY), now) == now + 30 * DAY
    assert rules.cooling_until(strikes(now - HOUR), now) is None
    assert rules.cooling_until(strikes(now - 181 * DAY, now), now) == now + HOUR


@given(st.floats(0, 1_000_000), st.floats(0, 1_000_000))
def test_the_order_tells_rings_and_no_more(one: float, other: float) -> None:
    ring, further = int(one / rules.RING_M), int(other / rules.RING_M)
    if ring < further:
        assert rules.place_near(one) < rules.place_near(other)
    assert rules.place_first(rules.RESPONSIBLE) < rules.place_first(rules.FOLLOWERS) < rules.place_near(0)


def test_within_a_ring_the_order_is_none() -> None:
    firsts = {rules.place_near(10) < rules.place_near(200) for _ in range(200)}
    assert firsts == {True, False}


def test_areas_grow_together_and_stay_bounded() -> None:
    area = Area(circles=(Circle(0, 0, 500),))
    for number in range(30):
        area = rules.together(area, Area(circles=(Circle(0, number / 100, 500),)))
        assert len(area.circles) <= rules.MOST_PARTS
    assert geometry.inside(area, geometry.vectors([(0, 0), (0, 0.29)])).all()


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("geo:52.5,13.4", (52.5, 13.4, 30)),
        ("geo:52.5,13.4,30;u=12.5", (52.5, 13.4, 12.5)),
        ("geo:-90,-180;crs=wgs84;u=0", (-90, -180, 0)),
        ("GEO:52.5,13.4;x=y", (52.5, 13.4, 30)),
        ("geo:52.5,13.4;u=12;u=x", None),
        ("geo:90.1,0", None),
        ("geo:1;2", None),
        ("geo:٣,١", None),
    ],
)
def test_geo_uris(uri: str, expected: tuple[float, float, float] | None) -> None:
    assert places.from_geo(uri) == expected


@pytest.mark.parametrize(
    "area",
    [
        Area(circles=(Circle(0, 180, 50_000),)),
        Area(circles=(Circle(90, 0, 50_000),)),
        Area(circles=(Circle(-89.9, 10, 50_000),)),
        Area(polygons=(Polygon(((10, 170), (10, -170), (-10, -170), (-10, 170))),)),
        Area(polygons=(Polygon(((85, 0), (85, 90), (85, 180), (85, -90))),)),
    ],
)
def test_geojson_stays_on_the_map_and_is_wound_right(area: Area) -> None:
    shape = geojson.geometry_of(area)
    assert shape["coordinates"]
    for (ring,) in shape["coordinates"]:
        assert ring[0] == ring[-1]
        assert all(-180 <= longitude <= 180 and -90 <= latitude <= 90 for longitude, latitude in ring)
        assert max(abs(a[0] - b[0]) for a, b in pairwise(ring)) <= 360
        assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) > 0


def test_a_pole_is_in_its_geojson() -> None:
    shape = geojson.geometry_of(Area(circles=(Circle(90, 0, 50_000),)))
    assert any(latitude == 90 for (ring,) in shape["coordinates"] for _, latitude in ring)
