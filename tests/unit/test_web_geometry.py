"""Distances and outlines as the web pages compute them, by the pages' own code, in Node.js."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from scripts import nodejs

from roomkeeper.capabilities.safety import geometry

SOURCES = Path(__file__).parents[2] / "web" / "src"
GEO, TOPO = SOURCES / "safety" / "geo.ts", SOURCES / "parts" / "map" / "topo.ts"
CIRCLE = {"circles": [{"latitude": 52.52, "longitude": 13.405, "radius": 500}]}
ACROSS = {"polygons": [{"corners": [[-10, 179], [-10, -179], [10, -179], [10, 179]]}]}
BERLIN, MUNICH = (52.52, 13.405), (48.137, 11.575)


def evaluate(module: Path, expression: str) -> Any:
    """What an expression gives, in which `m` is the module."""
    script = f"const m = await import({json.dumps(module.as_uri())}); console.log(JSON.stringify({expression}))"
    done = subprocess.run(
        [str(nodejs.NODE), "--experimental-strip-types", "--no-warnings", "--input-type=module", "--eval", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=nodejs.environment(),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def point(latitude: float, longitude: float) -> str:
    return json.dumps({"latitude": latitude, "longitude": longitude})


def test_distances_are_those_of_the_server() -> None:
    metres = evaluate(GEO, f"m.distance({point(*BERLIN)}, {point(*MUNICH)})")
    assert metres == pytest.approx(geometry.distance(BERLIN, MUNICH), rel=1e-6)


@pytest.mark.parametrize(
    ("area", "at", "word"),
    [
        (CIRCLE, (52.521, 13.405), "inside"),
        (CIRCLE, (52.53, 13.405), "near"),
        (CIRCLE, (52.55, 13.405), "walk"),
        (CIRCLE, (52.7, 13.405), "ride"),
        (CIRCLE, MUNICH, "far"),
        (ACROSS, (0, 179.9), "inside"),
        (ACROSS, (0, -179.9), "inside"),
        (ACROSS, (0, 0), "far"),
    ],
)
def test_how_far_it_is_in_rough_words(area: dict[str, Any], at: tuple[float, float], word: str) -> None:
    assert evaluate(GEO, f"m.rough(m.distanceTo({json.dumps(area)}, {point(*at)}))") == word


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("geo:52.5,13.4;u=12", {"latitude": 52.5, "longitude": 13.4, "accuracy": 12}),
        ("geo:-52.5,-13.4,30;crs=wgs84;u=5", {"latitude": -52.5, "longitude": -13.4, "accuracy": 5}),
        ("geo:52.5,13.4", {"latitude": 52.5, "longitude": 13.4, "accuracy": 30}),
        ("geo:95,13.4", None),
        ("https://example.org/", None),
        (7, None),
    ],
)
def test_geo_uris(uri: object, found: object) -> None:
    assert evaluate(GEO, f"m.fromGeo({json.dumps(uri)})") == found


def test_a_uri_is_read_as_it_was_written() -> None:
    where = {"latitude": 52.520001, "longitude": -13.405, "accuracy": 12}
    assert evaluate(GEO, f"m.fromGeo(m.toGeo({json.dumps(where)}))") == where


def test_arcs_that_neighbours_share_are_put_together() -> None:
    # Two squares beside one another: the arc between them is walked up by one, down by the other.
    topology = {
        "transform": {"scale": [1, 1], "translate": [10, 0]},
        "arcs": [[[1, 0], [0, 1]], [[1, 1], [-1, 0], [0, -1], [1, 0]], [[1, 1], [1, 0], [0, -1], [-1, 0]]],
        "objects": {
            "countries": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "arcs": [[0, 1]], "properties": {"name": "West"}},
                    {"type": "MultiPolygon", "arcs": [[[2, 0]]]},
                    {"type": None},
                ],
            }
        },
    }
    west, east, nothing = evaluate(TOPO, f'm.featuresOf({json.dumps(topology)}, "countries")')
    assert west["geometry"]["coordinates"] == [[[[11, 0], [11, 1], [10, 1], [10, 0], [11, 0]]]]
    assert east["geometry"]["coordinates"] == [[[[11, 1], [12, 1], [12, 0], [11, 0], [11, 1]]]]
    assert west["properties"] == {"name": "West"}
    assert nothing["geometry"]["coordinates"] == []
