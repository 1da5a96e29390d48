"""HTML as a series of tags and texts, found in one pass.

The standard library's parser takes more than linear time for broken markup (half a minute for some kilobytes), and
strangers write these pages. This one never looks at a character more than a few times: what has no end ends the page.
It knows as much of HTML's syntax as previews need. spec: WHATWG HTML §13.2.5
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import msgspec

MAX_ATTRIBUTES = 100
MAX_ATTRIBUTE = 8192
"""Characters of a value that are kept."""
_RAW = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"}
"""Elements in which there are no tags."""
_TAG = re.compile(r"<(?:(?P<comment>!--)|(?P<other>[!?])|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>\x00]{0,60}))")
_NAME = re.compile(r"[^\s/>=][^\s/>=]*")
_BLANK = re.compile(r"[\s/]*")
_SPACE = re.compile(r"\s*")
_BARE = re.compile(r"[^\s>]*")


class Tag(msgspec.Struct, frozen=True):
    """A tag; `end`: it ends its element. Of attributes that come twice the first counts."""

    name: str
    attributes: dict[str, str]
    end: bool = False


def tokens(text: str) -> Iterator[Tag | str]:
    """Tags, and the texts between them."""
    position = 0
    while found := _TAG.search(text, position):
        if found.start() > position:
            yield unescape(text[position : found.start()])
        if found["comment"] or found["other"]:
            end = text.find("-->" if found["comment"] else ">", found.end())
            if end < 0:
                return
            position = end + (3 if found["comment"] else 1)
            continue
        name = found["name"].lower()
        attributes, position = _attributes(text, found.end())
        if position < 0:
            return
        yield Tag(name, attributes, bool(found["end"]))
        if name in _RAW and not found["end"]:
            close = re.compile(rf"</{re.escape(name)}[\s/>]", re.IGNORECASE).search(text, position)
            end = close.start() if close else len(text)
            if name in ("title", "textarea"):
                yield unescape(text[position:end])
            position = end
    if position < len(text):
        yield unescape(text[position:])


def _attributes(text: str, position: int) -> tuple[dict[str, str], int]:
    """The attributes from there on, and where the tag ends; -1 where it does not."""
    found: dict[str, str] = {}
    while True:
        position = _end(_BLANK, text, position)
        if position >= len(text):
            return found, -1
        if text[position] == ">":
            return found, position + 1
        start, position = position, max(_end(_NAME, text, position), position + 1)
        name = text[start:position].lower()
        after = _end(_SPACE, text, position)
        value = ""
        if text[after : after + 1] == "=" and position > start:
            value, position = _value(text, _end(_SPACE, text, after + 1))
            if position < 0:
                return found, -1
        if len(found) < MAX_ATTRIBUTES:
            found.setdefault(name, value)


def _value(text: str, position: int) -> tuple[str, int]:
    quote = text[position : position + 1]
    if quote in ('"', "'") and quote:
        end = text.find(quote, position + 1)
        return ("", -1) if end < 0 else (unescape(text[position + 1 : end][:MAX_ATTRIBUTE]), end + 1)
    end = _end(_BARE, text, position)
    return unescape(text[position:end][:MAX_ATTRIBUTE]), end


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
