"""Rules of events: what is the same, who is asked in which order, who may not raise one for a while. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from roomkeeper.capabilities.safety import geometry
from roomkeeper.capabilities.safety.geometry import Area, AreaRefused, Circle, Polygon
from roomkeeper.capabilities.safety.models import Event, EventState, Role, Strike
from roomkeeper.platform.errors import Forbidden, InvalidParameter

RING_M: Final = 250.0
"""People whose distances differ by less than this are asked in no particular order: when one is asked tells no more."""
MOST_RINGS: Final = 10_000
RING_PLACES: Final = 1 << 20
RESPONSIBLE: Final = 0
FOLLOWERS: Final = 1
"""Before whoever is near come the responsible, then those who watch over somebody there: how far away that one is must
not be told by when they are asked."""
LARGEST_STAGE: Final = 500
MOST_PARTS: Final = 20
"""Parts of an area that several reports have made."""
STRIKES_COUNT_MS: Final = 180 * 24 * 3_600_000
COOL_DOWNS_MS: Final = (3_600_000, 24 * 3_600_000, 30 * 24 * 3_600_000)
"""How long somebody may not raise an event after the first false one, the second, each further."""
HANDS_ON: Final[frozenset[Role]] = frozenset({"organisation", "officer"})


def place_near(metres: float) -> int:
    """Whose turn it is, at that distance from the middle."""
    ring = min(int(metres / RING_M), MOST_RINGS)
    return (FOLLOWERS + 1 + ring) * RING_PLACES + random.randrange(RING_PLACES)  # noqa: S311 - an order, no secret


def place_first(group: int) -> int:
    """The same for the responsible, and for followers."""
    return group * RING_PLACES + random.randrange(RING_PLACES)  # noqa: S311


def stage_size(first: int, stage: int) -> int:
    """How many are asked in a stage, from 0: twice as many each time, as long as that takes a moment only."""
    return max(first, min(int(first * 2 ** min(stage, 20)), LARGEST_STAGE))


def together(one: Area, other: Area) -> Area:
    """Both areas; one circle around them where that has too many parts."""
    circles = tuple(dict.fromkeys((*one.circles, *other.circles)))
    polygons = tuple(dict.fromkeys((*one.polygons, *other.polygons)))
    both = Area(circles=circles, polygons=polygons)
    if len(circles) + len(polygons) <= MOST_PARTS:
        return both
    middle, radius = geometry.bounding(both)
    return Area(circles=(Circle(*geometry.point(middle), radius),))


def same(event: Event, known: Iterable[Event]) -> Event | None:
    """The event that this one is a second report of: of the same kind, and the areas meet."""
    for other in known:
        if other.event_id == event.event_id:
            continue
        if geometry.meet(event.details.area, other.details.area):
            return other
    return None


def check_area(area: Area) -> Area:
    """An area that people may choose. Raises `InvalidParameter`."""
    try:
        return geometry.checked(area)
    except AreaRefused as error:
        raise InvalidParameter(str(error)) from None


def polygon_of(positions: Sequence[Sequence[float]]) -> Polygon:
    """A ring of GeoJSON positions (longitude, latitude). RFC 7946 §3.1.6. Raises `InvalidParameter`."""
    corners = [(float(each[1]), float(each[0])) for each in positions]
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if any(not (-90 <= latitude <= 90 and -180 <= longitude <= 180) for latitude, longitude in corners):
        raise InvalidParameter("A position in a polygon is a longitude from -180 to 180 and a latitude from -90 to 90.")
    return Polygon(tuple(corners))


def cooling_until(strikes: Sequence[Strike], now: int) -> int | None:
    """Until when somebody may raise no event; `None`: they may."""
    counted = [strike.ts for strike in strikes if strike.ts > now - STRIKES_COUNT_MS]
    if not counted:
        return None
    until = max(counted) + COOL_DOWNS_MS[min(len(counted), len(COOL_DOWNS_MS)) - 1]
    return until if until > now else None


CHANGES: Final[Mapping[EventState, frozenset[EventState]]] = {
    "open": frozenset({"handled", "resolved"}),
    "handled": frozenset({"open", "resolved"}),
    "resolved": frozenset({"open", "handled"}),
}


def check_status(event: Event, wanted: EventState, role: Role | None) -> None:
    """Who may say how far an event is: who has it in hand; its reporter, that it is over. Raises a `MatrixError`."""
    if role not in HANDS_ON and not (role == "reporter" and wanted == "resolved"):
        raise Forbidden("Organisations and safety officers say how far this is; its reporter, that it is over.")
    if wanted == event.state:
        return
    if wanted not in CHANGES.get(event.state, frozenset()):
        raise InvalidParameter(f"This is {event.state}: it cannot become {wanted}.")


def without_secrets(event: Event) -> Event:
    """An event as people are shown it: not how many stages there were, and when the next is, which tell of crowds."""
    details = msgspec.structs.replace(event.details, device_id="", note="", stage=0)
    return msgspec.structs.replace(event, due_ts=event.due_ts if event.state == "countdown" else None, details=details)
