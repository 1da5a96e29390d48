"""What a feed has: alerts, or links to them. Atom (RFC 4287), RSS 2.0, an alert itself, or alerts within it. Pure."""

from __future__ import annotations

import hashlib
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

from roomkeeper.capabilities.safety import cap
from roomkeeper.capabilities.safety.cap import Alert
from roomkeeper.capabilities.safety.markup import Element, NotXml, tree

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_ELEMENTS: Final = 100_000
MOST_DEPTH: Final = 30
MOST_ITEMS: Final = 1_000
LONGEST_URL: Final = 1_000
ATOM: Final = "http://www.w3.org/2005/Atom"
CAP_TYPE: Final = "application/cap+xml"


class Link(msgspec.Struct, frozen=True):
    """Where an alert is; `key`: by which it is known that it was fetched."""

    url: str
    key: str


class Index(msgspec.Struct, frozen=True):
    """What was found; `unusable`: how many entries lead nowhere."""

    alerts: list[Alert]
    links: list[Link]
    unusable: int


def read(document: bytes, base: str) -> Index:
    """What a document has that was fetched from `base`. Raises `NotXml`."""
    root = tree(document, MOST_ELEMENTS, MOST_DEPTH)
    alerts, links, unusable = list[Alert](), dict[str, Link](), 0
    found = [root] if root.name == cap.ALERT else list(root.all(cap.ALERT))
    for element in found[:MOST_ITEMS]:
        try:
            alerts.append(cap.of_element(element))
        except cap.NotCap:
            unusable += 1
    items = [] if found else [*root.all(f"{ATOM} entry"), *root.all("item")]
    for item in items[:MOST_ITEMS]:
        link = _link(item, base)
        if link is None:
            unusable += 1
        else:
            links[link.key] = link
    if not found and not items and root.name not in (f"{ATOM} feed", "rss"):
        raise NotXml("The document is no feed (Atom, RSS 2.0), and no alert of CAP 1.2.")
    return Index(alerts, list(links.values()), unusable)


def _link(item: Element, base: str) -> Link | None:
    """Where an entry leads: to what it says is an alert, or else to where it leads first."""
    told = [each.attributes for each in item.children if each.name == f"{ATOM} link"]
    told = [each for each in told if each.get("rel", "alternate") in ("alternate", "enclosure", "related")]
    told.sort(key=lambda each: each.get("type") != CAP_TYPE)
    href = told[0].get("href", "") if told else item.one("link")
    url = usable(href, base) if href else None
    if url is None:
        return None
    version = item.one(f"{ATOM} updated", "pubDate")
    return Link(url, hashlib.sha256(f"{url} {version}".encode()).hexdigest()[:16])


def usable(url: str, base: str = "") -> str | None:
    """A URL that may be asked for, by where it stands; `None`: it may not."""
    try:
        url = urljoin(base, url)
        parts = urlsplit(url)
        is_fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    return url if is_fine and is_plain and "@" not in parts.netloc else None
