"""What a page says of itself: a plug-in that reads HTML in a worker process.

Pages are made by strangers: reading one takes time in proportion to its length, and its process may be ended.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urljoin

import msgspec
from msgspec import Meta

from roomkeeper.core.analysis.models import Analyser, Refused
from roomkeeper.core.previews.markup import Tag, tokens
from roomkeeper.core.previews.texts import decoded, tidy

PAGES = "pages"
"""The kind of worker that reads pages."""
MAX_BYTES = 1024 * 1024
MAX_TOKENS = 200_000
MAX_DEPTH = 100
MAX_TITLE = 300
MAX_TEXT = 500
MAX_VALUE = 1000
MAX_PROPERTIES = 30
MAX_IMAGES = 5
SMALL = 50
"""Pixels: a picture that says to be smaller is decoration."""

_NAME = re.compile(r"og:[a-z0-9_]{1,40}(?::[a-z0-9_]{1,40}){0,3}")
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "math", "nav", "header", "footer", "aside", "button"}
    | {"select", "textarea", "iframe", "object", "video", "audio", "canvas", "dialog", "menu", "title"}
)
"""Elements whose text is not what the page is about."""
_BLOCKS = frozenset({"p", "div", "br", "li", "h1", "h2", "h3", "h4", "td", "tr", "section", "article", "blockquote"})


class PageParameters(msgspec.Struct, frozen=True):
    """`url` of the page; `charset` that came with it, if any."""

    url: Annotated[str, Meta(max_length=10_000)] = "http://localhost/"
    charset: Annotated[str, Meta(max_length=100)] = ""


class Page(msgspec.Struct, frozen=True):
    """What was found: ``og:`` properties, those that the page leaves out made from the rest of it; URLs of images."""

    properties: dict[str, str]
    images: list[str]


class PageAnalyser(Analyser[PageParameters, Page]):
    """Reads a page."""

    name = "page"
    version = "1"
    kind = PAGES
    seconds = 8.0
    parameters = PageParameters
    result = Page

    def run(self, path: Path, parameters: PageParameters) -> Page:
        """See `Analyser.run`."""
        with path.open("rb") as file:
            data = file.read(MAX_BYTES)
        if b"\x00" in data[:1000] and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise Refused("unreadable", "This is no text.")
        return read(decoded(data, parameters.charset), parameters.url)


def read(text: str, url: str) -> Page:
    """What is in a page."""
    reader = _Reader()
    for number, token in enumerate(tokens(text)):
        if number > MAX_TOKENS:
            break
        if isinstance(token, str):
            reader.text(token)
        elif token.end:
            reader.end(token.name)
        else:
            reader.start(token)
    return reader.page(url)


class _Reader:
    """Gathers what previews are made of."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}
        self._images: list[str] = []
        self._pictures: list[str] = []
        self._base = ""
        self._silent: list[str] = []
        self._title: list[str] = []
        self._in_title = False
        self._heading: list[str] = []
        self._in_heading = False
        self._text: list[str] = []
        self._length = 0

    # ------------------------------------------------------------ reading

    def start(self, tag: Tag) -> None:
        """An element begins."""
        name, given = tag.name, tag.attributes
        if name == "meta":
            self._meta(given)
        elif name == "link":
            self._link(given)
        elif name == "base":
            self._base = self._base or given.get("href", "")
        elif name == "img":
            self._picture(given)
        elif name == "title":
            self._in_title = not self._title and "svg" not in self._silent
        elif name == "h1":
            self._in_heading = not self._heading
        if name in _BLOCKS:
            self._text.append(" ")
        if name in _SILENT and len(self._silent) < MAX_DEPTH:
            self._silent.append(name)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "title":
            self._in_title = False
        elif name == "h1":
            self._in_heading = False
        if name in self._silent:
            while self._silent.pop() != name:
                pass

    def text(self, data: str) -> None:
        """What stands in an element."""
        if self._in_title:
            self._title.append(data[:MAX_VALUE])
        elif self._in_heading:
            self._heading.append(data[:MAX_VALUE])
        elif not self._silent and self._length < MAX_TEXT * 2:
            piece = data[: MAX_TEXT * 4]
            self._text.append(piece)
            self._length += len(piece.strip())

    def _meta(self, given: dict[str, str]) -> None:
        name = (given.get("property") or given.get("name") or given.get("itemprop") or "").strip().lower()
        content = given.get("content", "")
        if not name or not content:
            return
        if name in ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "image"):
            self._images.append(content)
        if len(self._named) < MAX_PROPERTIES * 3 and len(name) < 100:
            self._named.setdefault(name, content)

    def _link(self, given: dict[str, str]) -> None:
        if "image_src" in given.get("rel", "").lower().split():
            self._images.append(given.get("href", ""))

    def _picture(self, given: dict[str, str]) -> None:
        sides = [given.get(side, "").strip().removesuffix("px") for side in ("width", "height")]
        small = any(side.isascii() and side.isdigit() and len(side) < 5 and int(side) < SMALL for side in sides)
        if not small and not self._silent and len(self._pictures) < MAX_IMAGES:
            self._pictures.append(given.get("src", ""))

    # ------------------------------------------------------------ what was found

    def page(self, url: str) -> Page:
        """All of it."""
        properties: dict[str, str] = {}
        for name, value in self._named.items():
            if _NAME.fullmatch(name) and not name.startswith("og:image") and len(properties) < MAX_PROPERTIES:
                properties[name] = tidy(value, MAX_VALUE)
        title = self._first(MAX_TITLE, "og:title", "twitter:title", "title", texts=(self._title, self._heading))
        about = self._first(MAX_TEXT, "og:description", "twitter:description", "description", texts=(self._text,))
        properties.update({"og:title": title, "og:description": about})
        return Page({name: value for name, value in properties.items() if value}, self._addresses(url))

    def _first(self, most: int, *names: str, texts: tuple[list[str], ...]) -> str:
        candidates = [self._named.get(name, "") for name in names] + ["".join(text) for text in texts]
        return next((found for text in candidates if (found := tidy(text, most))), "")

    def _addresses(self, url: str) -> list[str]:
        """Where the images are; those that the page names for this purpose come first."""
        base = _joined(url, self._base) or url
        found = [_joined(base, address.strip()) for address in (*self._images, *self._pictures) if address.strip()]
        usable = (address for address in found if address and address.startswith(("http://", "https://")))
        return list(dict.fromkeys(usable))[:MAX_IMAGES]


def _joined(base: str, address: str) -> str | None:
    try:
        return urljoin(base, address) if len(address) <= 4096 else None
    except ValueError:
        return None
