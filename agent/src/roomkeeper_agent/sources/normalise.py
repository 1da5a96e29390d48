"""What programs write, made fit for a record: text without control characters, names of one line, times in UTC.

Nothing of what somebody said is changed: letters, invisible ones too, stay as they are. What goes are characters that
no text has (NUL, terminal and IRC colours, halves of surrogate pairs); `Entry.raw` has the line as it was where that
matters.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MOST_NAME: Final = 300
"""Characters of a name, as the server takes them."""
MAX_TS: Final = 2**53 - 1
MOST_SHOWN: Final = 200
"""Characters of a line that a problem shows."""
_SAMPLE: Final = 64 * 1024

_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_NOT_NAME: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+"
)
_COLOURS: Final = re.compile(
    "\x1b\\[[0-9;:]*m|\x19(?:F|B|\\*)?[@|*/_!%.~]*[0-9,~]*|\x03(?:\\d{1,2}(?:,\\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6})?"
)
_FORMATS: Final = re.compile("[\x02\x0f\x11\x16\x1d-\x1f]")


def text_of(text: str) -> str:
    """A text as a record has it."""
    if text.isprintable():
        return text
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def name_of(text: str) -> str:
    """A name: one line, of at most 300 characters, without what cannot be seen and would make two names of one."""
    if not text.isprintable():
        text = _NOT_NAME.sub(" ", text) if _NOT_NAME.search(text) else text
    return " ".join(text.split())[:MOST_NAME].strip()


def plain_of(text: str) -> str:
    """A line without the colours of IRC and of terminals."""
    if text.isprintable():
        return text
    return _FORMATS.sub("", _COLOURS.sub("", text))


def shown(line: bytes | str) -> str:
    """The beginning of a line, for a problem."""
    if isinstance(line, bytes):
        line = line[: MOST_SHOWN * 4].decode("utf-8", "replace")
    return text_of(line[:MOST_SHOWN])


# ---------------------------------------------------------------- encodings


class Decoder:
    """Bytes to text: UTF-8, and where a line is none, what the lines around it look like. Never fails."""

    def __init__(self) -> None:
        self.encoding: str | None = None

    def text(self, line: bytes, around: bytes = b"") -> str:
        """A line, without a byte order mark."""
        try:
            return line.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            pass
        if self.encoding is None:
            self.encoding = _guessed(around or line)
        return line.decode(self.encoding, "replace")


def _guessed(sample: bytes) -> str:
    """The encoding of bytes that are no UTF-8: of the lines that say something about it."""
    from charset_normalizer import from_bytes

    told = b"\n".join(line for line in sample[:_SAMPLE].split(b"\n") if not line.isascii() and not _is_utf8(line))
    best = from_bytes(told or sample[:_SAMPLE]).best()
    return best.encoding if best is not None and best.encoding not in ("utf_8", "ascii") else "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# ---------------------------------------------------------------- times


class NoSuchZone(ValueError):
    """There is no such time zone."""


class Zone:
    """A time zone: times on its clocks to milliseconds since the epoch. Offsets are remembered for each hour.

    Without a name it is this machine's own. `minutes` is a fixed offset instead, east of Greenwich.
    """

    def __init__(self, name: str = "", minutes: int | None = None) -> None:
        self._zone: timezone | ZoneInfo | None = None
        if minutes is not None:
            self._zone = timezone(timedelta(minutes=minutes))
        elif name:
            try:
                self._zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise NoSuchZone(f"There is no time zone “{name}”.") from error
        self._offsets: dict[tuple[int, int, int, int, int], int] = {}

    def ms(self, when: datetime, after: int | None = None) -> int:
        """A time on the clock (naive). Of an hour that comes twice, the second where `after` (ms) says so."""
        key = (when.year, when.month, when.day, when.hour, when.minute)
        offset = self._offsets.get(key)
        naive = int((when - _EPOCH).total_seconds() * 1000)
        if offset is None:
            offset = self._offset_of(when.replace(second=0, microsecond=0))
            if len(self._offsets) > 10_000:
                self._offsets.clear()
            self._offsets[key] = offset
        found = naive - offset
        if after is not None and found < after <= found + 2 * _HOUR:
            later = naive - self._offset_of(when.replace(fold=1))
            if later >= after:
                found = later
        return min(max(found, 0), MAX_TS)

    def local(self, ms: int) -> datetime:
        """What its clocks show at a time (naive)."""
        return (datetime.fromtimestamp(ms / 1000, UTC).astimezone(self._zone)).replace(tzinfo=None)

    def _offset_of(self, when: datetime) -> int:
        try:
            aware = when.replace(tzinfo=self._zone) if self._zone is not None else when.astimezone()
            offset = aware.utcoffset()
        except (OverflowError, OSError, ValueError):
            return 0
        return int(offset.total_seconds() * 1000) if offset is not None else 0


_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a time on a clock, whose zone is applied above
_HOUR: Final = 3_600_000


# ---------------------------------------------------------------- HTML


class _Text(HTMLParser):
    """Collects the text of HTML: breaks and paragraphs become lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag in ("script", "style"):
            self._silent += 1
        elif tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)
        elif tag in ("p", "div", "li", "tr"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def text_of_html(source: str) -> str:
    """The text of a piece of HTML, however broken that is."""
    if "<" not in source:
        return text_of(html.unescape(source))
    parser = _Text()
    try:
        parser.feed(source)
        parser.close()
    except (AssertionError, ValueError):  # what html.parser says of some broken declarations
        return text_of(html.unescape(re.sub(r"<[^>]*>", "", source)))
    return text_of("".join(parser.parts).strip("\n"))


Translator = Callable[[str], str]


def translator(domain: str) -> Translator:
    """What a program says in this desktop's language: from its own translations, where they are installed."""
    import gettext

    try:
        return gettext.translation(domain, fallback=True).gettext
    except (OSError, ValueError):  # a broken file
        return str
