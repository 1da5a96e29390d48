"""Rules of positions: how long one counts, which is taken, what an approximate one is. Pure."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from roomkeeper.capabilities.safety import geometry
from roomkeeper.capabilities.safety.index import COARSE, cell_of, centre_of
from roomkeeper.capabilities.safety.models import Mode, Position, Sharing, Source
from roomkeeper.capabilities.safety.settings import SafetySettings

AHEAD_MS = 60_000
"""A device's clock may be ahead by so much."""
LEAST_USEFUL_M = 20_000.0
"""A position that is less exact than this says nothing."""
APPROXIMATE_M = 1_600.0
"""How exact the centre of a coarse cell is: that far its corners are."""
FASTEST = 350.0
"""Metres per second that people move at most: in an aeroplane."""
SLACK_M = 2_000.0
"""A leap of so many metres is a mistake of the device, and believed."""

GEO = re.compile(
    r"geo:(?P<latitude>-?\d{1,3}(\.\d{1,15})?),(?P<longitude>-?\d{1,3}(\.\d{1,15})?)"
    r"(,-?\d{1,9}(\.\d{1,15})?)?(;crs=wgs84)?(;u=(?P<accuracy>\d{1,9}(\.\d{1,15})?))?(;(?!u=)[^;]{1,50})*",
    re.IGNORECASE | re.ASCII,
)
"""RFC 5870, in the one coordinate system that it defines."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A position as somebody tells it. `ts`: when it was measured, in milliseconds."""

    latitude: float
    longitude: float
    accuracy: float
    ts: int
    mode: Mode
    source: Source


Outcome = Literal["taken", "older", "held"]
"""What became of a position: it counts; a newer one is known; it is too far away to be believed without a second."""


class PositionRefused(ValueError):
    """It cannot be a position now; the message says why."""


def lifetime_ms(mode: Mode, sharing: Sharing, settings: SafetySettings) -> int:
    """How long a position counts from when it was measured."""
    if sharing == "approximate":
        return settings.approximate_hours * 3_600_000
    return (settings.live_minutes if mode == "live" else settings.once_minutes) * 60_000


def kept(told: Told, sharing: Sharing, settings: SafetySettings, now: int) -> Position:
    """What is kept of a position: of an approximate one, the cell. Raises `PositionRefused`."""
    if not (-90 <= told.latitude <= 90 and -180 <= told.longitude <= 180):
        raise PositionRefused("A latitude is between -90 and 90 degrees, a longitude between -180 and 180.")
    if told.accuracy > LEAST_USEFUL_M:
        raise PositionRefused(f"A position that is exact to more than {LEAST_USEFUL_M:.0f} metres says too little.")
    if told.ts > now + AHEAD_MS:
        raise PositionRefused("The position is of the future: set the clock of the device.")
    lifetime = lifetime_ms(told.mode, sharing, settings)
    if told.ts + lifetime <= now:
        raise PositionRefused("The position is too old to count.")
    latitude, longitude, accuracy = told.latitude, told.longitude, told.accuracy
    if sharing == "approximate":
        latitude, longitude = centre_of(cell_of(latitude, longitude, COARSE))
        accuracy = APPROXIMATE_M
    return Position(
        latitude=latitude,
        longitude=longitude,
        accuracy=accuracy,
        ts=told.ts,
        expires_ts=told.ts + lifetime,
        mode=told.mode,
        source=told.source,
        is_approximate=sharing == "approximate",
    )


def judged(new: Position, old: Position | None, held: Position | None, now: int) -> Outcome:
    """What becomes of a position, where another is known, and one may be held already."""
    if old is None or old.expires_ts <= now:
        return "taken"
    if new.ts < old.ts:
        return "older"
    if can_move(old, new) or (held is not None and held.ts < new.ts and can_move(held, new)):
        return "taken"
    return "held"


def can_move(old: Position, new: Position) -> bool:
    """Whether somebody can have come from one to the other."""
    metres = geometry.distance((old.latitude, old.longitude), (new.latitude, new.longitude))
    seconds = max(new.ts - old.ts, 1000) / 1000
    return metres - old.accuracy - new.accuracy <= SLACK_M + FASTEST * seconds


def from_geo(uri: object) -> tuple[float, float, float] | None:
    """Latitude, longitude and accuracy of a ``geo:`` URI (RFC 5870); `None` where it is none."""
    match = GEO.fullmatch(uri) if isinstance(uri, str) and len(uri) <= 200 else None
    if match is None:
        return None
    latitude, longitude = float(match["latitude"]), float(match["longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return latitude, longitude, float(match["accuracy"] or 30)


# ------------------------------------------------------------ beacons, as clients send them

INFOS = ("org.matrix.msc3672.beacon_info", "m.beacon_info")
"""MSC3489, MSC3672: that somebody shares their position live; a state event whose key is their user id."""
BEACONS = ("org.matrix.msc3672.beacon", "m.beacon")
"""One position of that; it refers to the state event."""
MESSAGE = "m.room.message"
LONGEST_LIVE_MS = 8 * 3_600_000


def _one_of(content: Any, *names: str) -> Any:
    return next((content[name] for name in names if name in content), None)


def live_until(content: Any, sent_ts: int) -> int | None:
    """Until when somebody shares live, by the content of the state event; `None`: they do not."""
    timeout = content.get("timeout")
    if content.get("live") is not True or type(timeout) is not int or timeout <= 0:
        return None
    begun = _one_of(content, "org.matrix.msc3488.ts", "m.ts")
    if type(begun) is not int or begun > sent_ts + AHEAD_MS:
        begun = sent_ts
    return int(begun) + min(timeout, LONGEST_LIVE_MS)


def beacon(content: Any, sent_ts: int) -> tuple[Told, str] | None:
    """The position in a beacon, and the id of the state event to which it belongs; `None` where it is none."""
    relation = content.get("m.relates_to")
    location = _one_of(content, "org.matrix.msc3488.location", "m.location")
    if not isinstance(relation, dict) or not isinstance(location, dict):
        return None
    info, found = relation.get("event_id"), from_geo(location.get("uri"))
    if found is None or not isinstance(info, str) or relation.get("rel_type") != "m.reference":
        return None
    ts = _one_of(content, "org.matrix.msc3488.ts", "m.ts")
    latitude, longitude, accuracy = found
    told = Told(
        latitude=latitude,
        longitude=longitude,
        accuracy=accuracy,
        ts=ts if type(ts) is int and 0 < ts <= sent_ts + AHEAD_MS else sent_ts,
        mode="live",
        source="beacon",
    )
    return told, info


def static(content: Any, sent_ts: int) -> Told | None:
    """The position in a message of the type ``m.location``, told once. spec: client-server §m.location"""
    location = _one_of(content, "org.matrix.msc3488.location", "m.location")
    uri = location.get("uri") if isinstance(location, dict) else content.get("geo_uri")
    found = from_geo(uri) if content.get("msgtype") == "m.location" else None
    if found is None:
        return None
    asset = _one_of(content, "org.matrix.msc3488.asset", "m.asset")
    if isinstance(asset, dict) and asset.get("type") == "m.pin":
        return None  # somewhere on the map, not where they are
    latitude, longitude, accuracy = found
    return Told(latitude=latitude, longitude=longitude, accuracy=accuracy, ts=sent_ts, mode="once", source="beacon")
