"""CAP 1.2 (Common Alerting Protocol, OASIS): an alert as a feed sends it, and what it means here. Pure.

What comes from elsewhere is not trusted to be what it says: no document type, no entities, bounded in size, depth and
number of elements; numbers are checked, text is bounded. An alert whose area cannot be used is not lost: a polygon
that crosses itself becomes the circle around it, and what has no area is told of as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from roomkeeper.capabilities.safety import geometry
from roomkeeper.capabilities.safety.geometry import Area, AreaRefused, Circle, Polygon
from roomkeeper.capabilities.safety.markup import Element, NotXml, tree
from roomkeeper.capabilities.safety.models import Kind, Severity

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
ALERT: Final = f"{NAMESPACE} alert"
MOST_BYTES: Final = 512 * 1024
MOST_ELEMENTS: Final = 5_000
MOST_DEPTH: Final = 12
MOST_TEXT: Final = 2_000
MOST_PARTS: Final = 50
MOST_REFERENCES: Final = 50
LEAST_RADIUS_M: Final = 100.0

Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MessageType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
STATUSES: Final = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE_TYPES: Final = ("Alert", "Update", "Cancel", "Ack", "Error")

CATEGORIES: Final[Mapping[str, Kind]] = {
    "Geo": "other",
    "Met": "weather",
    "Safety": "evacuation",
    "Security": "violence",
    "Rescue": "accident",
    "Fire": "fire",
    "Health": "medical",
    "Env": "hazardous_material",
    "Transport": "accident",
    "Infra": "building",
    "CBRNE": "hazardous_material",
    "Other": "other",
}
WORDS: Final[tuple[tuple[str, Kind], ...]] = (
    ("flood", "flood"),
    ("fire", "fire"),
    ("missing", "missing_person"),
    ("abduct", "missing_person"),
    ("evacuat", "evacuation"),
    ("power", "power"),
    ("chemical", "hazardous_material"),
)
"""Words in what a feed calls an event that say more than its category."""
SEVERITIES: Final[Mapping[str, Severity]] = {
    "Extreme": "extreme",
    "Severe": "severe",
    "Moderate": "moderate",
    "Minor": "minor",
}


class NotCap(ValueError):
    """It is no CAP 1.2 alert; the message says why."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert says. `key`: by which it is known; `references`: the keys of those that it is about.

    `area` is empty where the alert has none that can be used; `note` says why.
    """

    key: str
    sender: str
    status: Status
    message_type: MessageType
    is_public: bool
    references: tuple[str, ...]
    kind: Kind
    title: str
    text: str
    severity: Severity
    area: Area
    sent_ts: int
    expires_ts: int | None
    note: str = ""


def parse(document: bytes, language: str = "en") -> Alert:
    """An alert. Raises `NotCap`."""
    if len(document) > MOST_BYTES:
        raise NotCap(f"An alert has {MOST_BYTES} bytes at most.")
    try:
        return of_element(tree(document, MOST_ELEMENTS, MOST_DEPTH), language)
    except NotXml as error:
        raise NotCap(str(error)) from None


def of_element(element: Element, language: str = "en") -> Alert:
    """The alert that an element is. Raises `NotCap`."""
    if element.name != ALERT:
        raise NotCap("The document is no <alert> of CAP 1.2.")
    root = _Node(element)
    identifier, sender = _identity(root, "identifier"), _identity(root, "sender")
    sent_ts = _time(root.one("sent"), "sent")
    status, message_type = root.one("status"), root.one("msgType")
    if status not in STATUSES or message_type not in MESSAGE_TYPES:
        raise NotCap("<status> or <msgType> is none of those of CAP 1.2.")
    info = _info(root, language)
    if info is None and message_type in ("Alert", "Update"):
        raise NotCap("The alert has no <info>.")
    area, note = _areas(info.all("area") if info is not None else [])
    return Alert(
        key=_key(sender, identifier),
        sender=sender,
        status=status,  # type: ignore[arg-type]
        message_type=message_type,  # type: ignore[arg-type]
        is_public=root.one("scope") != "Private",
        references=_references(root.one("references")),
        kind=_kind(info),
        title=_title(info) or identifier,
        text=_text(info),
        severity=SEVERITIES.get(info.one("severity") if info is not None else "", "unknown"),
        area=area,
        sent_ts=sent_ts,
        expires_ts=_expires(info),
        note=note,
    )


class _Node:
    """An element as CAP sees it: what is of other namespaces in it, such as a signature, is no part of the alert."""

    def __init__(self, element: Element) -> None:
        self._element = element

    def all(self, name: str) -> list[_Node]:
        return [_Node(each) for each in self._element.children if each.name == f"{NAMESPACE} {name}"]

    def one(self, name: str) -> str:
        found = self.all(name)
        return found[0].content if found else ""

    @property
    def content(self) -> str:
        return self._element.content


def _identity(root: _Node, name: str) -> str:
    found = root.one(name)
    if not found or len(found) > 200 or any(each in found for each in " ,<&\n\t"):
        raise NotCap(f"<{name}> is missing, too long, or has blanks, commas or markup in it.")
    return found


def _key(sender: str, identifier: str) -> str:
    return f"cap:{sender},{identifier}"


def _references(text: str) -> tuple[str, ...]:
    """``sender,identifier,sent`` of each, separated by blanks."""
    found = []
    for each in text.split()[:MOST_REFERENCES]:
        parts = each.split(",")
        if len(parts) == 3:
            found.append(_key(parts[0][:200], parts[1][:200]))
    return tuple(dict.fromkeys(found))


def _time(text: str, name: str) -> int:
    """``2026-05-24T16:49:00-07:00`` in milliseconds."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None or not 1970 <= found.year <= 9000:
            raise ValueError
        return int(found.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise NotCap(f"<{name}> is no time with a zone, such as 2026-05-24T16:49:00-07:00.") from None


def _expires(info: _Node | None) -> int | None:
    text = info.one("expires") if info is not None else ""
    return _time(text, "expires") if text else None


def _info(root: _Node, language: str) -> _Node | None:
    """The part in that language, or the first."""
    infos = root.all("info")
    for info in infos:
        if (info.one("language") or "en-US").lower().partition("-")[0] == language:
            return info
    return infos[0] if infos else None


def _kind(info: _Node | None) -> Kind:
    if info is None:
        return "other"
    called = f"{info.one('event')} {info.one('headline')}".lower()
    for word, kind in WORDS:
        if word in called:
            return kind
    return next((CATEGORIES[each.content] for each in info.all("category") if each.content in CATEGORIES), "other")


def _title(info: _Node | None) -> str:
    return _bounded((info.one("headline") or info.one("event")) if info is not None else "", 200)


def _text(info: _Node | None) -> str:
    if info is None:
        return ""
    places = ", ".join(area.one("areaDesc") for area in info.all("area")[:MOST_PARTS])
    parts = (info.one("description"), info.one("instruction"), places)
    return _bounded("\n\n".join(each for each in parts if each), MOST_TEXT)


def _bounded(text: str, length: int) -> str:
    kept = "".join(each for each in text if each >= " " or each == "\n")
    return kept if len(kept) <= length else kept[: length - 1] + "…"


def _areas(areas: Iterable[_Node]) -> tuple[Area, str]:
    """What can be used of the areas of an alert, and what could not."""
    circles, polygons, notes = list[Circle](), list[Polygon](), list[str]()
    for area in areas:
        for node in area.all("circle"):
            circles.append(_circle(node.content))
        for node in area.all("polygon"):
            polygon = _polygon(node.content)
            try:
                geometry.check_polygon(polygon)
                polygons.append(polygon)
            except AreaRefused as error:
                notes.append(str(error))
                circles += _instead(polygon)
    if len(circles) + len(polygons) > MOST_PARTS:
        raise NotCap(f"An alert has {MOST_PARTS} circles and polygons at most.")
    found = Area(circles=tuple(circles), polygons=tuple(polygons))
    if found:
        try:
            geometry.checked(found)
        except AreaRefused as error:
            return Area(), str(error)
    return found, " ".join(notes)[:500] if found else "The alert has no circle or polygon that can be used."


def _instead(polygon: Polygon) -> list[Circle]:
    """The circle around a polygon that cannot be used, where that is not too large."""
    try:
        circle = geometry.around(polygon)
    except AreaRefused:
        return []
    return [circle] if circle.radius <= geometry.LARGEST_M else []


def _circle(text: str) -> Circle:
    """``32.9525,-115.5527 10``: a point, and kilometres."""
    middle, _, radius = text.partition(" ")
    latitude, longitude = _pair(middle)
    kilometres = _number(radius)
    if not 0 <= kilometres <= 40_000:
        raise NotCap("The radius of a <circle> is no number of kilometres.")
    return Circle(latitude, longitude, max(kilometres * 1000, LEAST_RADIUS_M))


def _polygon(text: str) -> Polygon:
    """Points separated by blanks; the last is the first again."""
    corners = [_pair(each) for each in text.split()]
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if not 3 <= len(corners) <= geometry.MOST_POINTS:
        raise NotCap(f"A <polygon> has from three to {geometry.MOST_POINTS} corners.")
    return Polygon(tuple(corners))


def _pair(text: str) -> tuple[float, float]:
    first, _, second = text.partition(",")
    latitude, longitude = _number(first), _number(second)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise NotCap("A point is a latitude from -90 to 90 and a longitude from -180 to 180.")
    return latitude, longitude


def _number(text: str) -> float:
    try:
        found = float(text) if len(text) <= 40 else float("nan")
    except ValueError:
        found = float("nan")
    if found != found or "_" in text:
        raise NotCap(f"{text[:40]!r} is no number.")
    return found
