"""Events as GeoJSON (RFC 7946): circles as polygons, what crosses the antimeridian cut in two. Pure."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from roomkeeper.capabilities.safety import geometry
from roomkeeper.capabilities.safety.geometry import Area, Circle
from roomkeeper.capabilities.safety.models import Event

CORNERS: Final = 48
"""Corners of a circle that is shown as a polygon."""

Ring = list[tuple[float, float]]
"""Longitude, latitude."""


def feature(event: Event) -> dict[str, Any]:
    """An event."""
    details = event.details
    return {
        "type": "Feature",
        "id": event.event_id,
        "geometry": geometry_of(details.area),
        "properties": {
            "kind": event.kind,
            "state": event.state,
            "title": details.title,
            "text": details.text,
            "severity": details.severity,
            "source": event.source,
            "is_trusted": details.is_trusted,
            "created_ts": event.created_ts,
            "expires_ts": details.expires_ts,
            "room_id": event.room_id,
        },
    }


def geometry_of(area: Area) -> dict[str, Any]:
    """An area as a ``MultiPolygon``."""
    polygons: list[list[Ring]] = []
    for ring in [*(_circle(each) for each in area.circles), *(_outline(each.corners) for each in area.polygons)]:
        polygons += [[_closed(part)] for part in _cut(ring) if len(part) >= 3]
    return {"type": "MultiPolygon", "coordinates": polygons}


def _circle(circle: Circle) -> Ring:
    here = geometry.vector(circle.latitude, circle.longitude)
    first = np.cross(here, (0.0, 0.0, 1.0) if abs(here[2]) < 0.7 else (0.0, 1.0, 0.0))
    first /= np.linalg.norm(first)
    second, far = np.cross(here, first), circle.radius / geometry.EARTH
    ring = []
    for number in range(CORNERS):
        turn = math.tau * number / CORNERS
        along = first * math.cos(turn) + second * math.sin(turn)
        latitude, longitude = geometry.point(here * math.cos(far) + along * math.sin(far))
        ring.append((longitude, latitude))
    return ring


def _outline(corners: tuple[tuple[float, float], ...]) -> Ring:
    return [(longitude, latitude) for latitude, longitude in corners]


def _cut(ring: Ring) -> list[Ring]:
    """The ring, or what of it is on either side of the antimeridian; around a pole, out to the edge of the map."""
    unrolled, turned = [ring[0]], 0.0
    for (before, _), (longitude, latitude) in zip(ring, [*ring[1:], ring[0]], strict=True):
        step = (longitude - before + 540) % 360 - 180
        turned += step
        unrolled.append((unrolled[-1][0] + step, latitude))
    if abs(turned) > 180:
        pole = 90.0 if sum(latitude for _, latitude in ring) > 0 else -90.0
        end, start = unrolled[-1], unrolled[0]
        unrolled += [(end[0], pole), (start[0], pole)]
    else:
        unrolled.pop()
    parts = []
    for shift in (-360.0, 0.0, 360.0):
        part = _clipped([(longitude + shift, latitude) for longitude, latitude in unrolled], -180.0, 1)
        part = _clipped(part, 180.0, -1)
        if len(part) >= 3 and max(each[0] for each in part) - min(each[0] for each in part) > 1e-9:
            parts.append(part)
    return parts


def _clipped(ring: Ring, edge: float, side: int) -> Ring:
    """The part of a ring on one side of a meridian (Sutherland and Hodgman)."""
    kept: Ring = []
    for number, (longitude, latitude) in enumerate(ring):
        before = ring[number - 1]
        was_in, is_in = (before[0] - edge) * side >= 0, (longitude - edge) * side >= 0
        if was_in != is_in:
            share = (edge - before[0]) / (longitude - before[0])
            kept.append((edge, before[1] + share * (latitude - before[1])))
        if is_in:
            kept.append((longitude, latitude))
    return kept


def _closed(ring: Ring) -> Ring:
    """Counter-clockwise, with the first corner again at the end; six decimals are a decimetre."""
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    ring = ring if area > 0 else ring[::-1]
    return [(round(longitude, 6), round(latitude, 6)) for longitude, latitude in [*ring, ring[0]]]
