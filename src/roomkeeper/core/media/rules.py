"""Pure decisions: what a file is served as, what it is called, which thumbnails there are, what refers to media."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from roomkeeper.core.analysis import sniff
from roomkeeper.core.analysis.analysers.types import ACTIVE, BRANDS, RIFF, SIGNATURES, looks_like_text
from roomkeeper.platform.errors import InvalidParameter

UNKNOWN = "application/octet-stream"
MAX_FILE_NAME = 1000
"""Characters."""
MAX_TYPE = 200

# spec: client-server §Serving inline content
INLINE = frozenset(
    {
        "text/css", "text/plain", "text/csv", "application/json", "application/ld+json", "image/jpeg", "image/gif",
        "image/png", "image/apng", "image/webp", "image/avif", "video/mp4", "video/webm", "video/ogg",
        "video/quicktime", "audio/mp4", "audio/webm", "audio/aac", "audio/mpeg", "audio/ogg", "audio/wave",
        "audio/wav", "audio/x-wav", "audio/x-pn-wav", "audio/flac", "audio/x-flac",
    }
)  # fmt: skip

_FAMILIES = (
    ("image/jpeg", "image/jpg", "image/pjpeg"),
    ("image/png", "image/apng"),
    ("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"),
    ("image/x-icon", "image/vnd.microsoft.icon"),
    ("image/bmp", "image/x-ms-bmp"),
    (
        "video/mp4",
        "audio/mp4",
        "video/quicktime",
        "video/x-m4v",
        "audio/x-m4a",
        "audio/m4a",
        "video/3gpp",
        "audio/3gpp",
    ),
    ("video/webm", "audio/webm", "video/x-matroska", "audio/x-matroska"),
    ("video/ogg", "audio/ogg", "application/ogg", "audio/opus"),
    ("audio/mpeg", "audio/mp3"),
    ("audio/wav", "audio/wave", "audio/x-wav", "audio/x-pn-wav", "audio/vnd.wave"),
    ("audio/flac", "audio/x-flac"),
    ("audio/aac", "audio/x-aac", "audio/aacp"),
    ("application/gzip", "application/x-gzip"),
    ("application/vnd.rar", "application/x-rar-compressed"),
    ("application/xml", "text/xml"),
    ("application/x-shellscript", "application/x-sh"),
)
_FAMILY = {name: family[0] for family in _FAMILIES for name in family}
_RECOGNISED = frozenset(
    {_FAMILY.get(name, name) for name in (*(entry[2] for entry in SIGNATURES), *RIFF.values(), *BRANDS.values())}
    | {"image/png", "video/mp4", "video/webm", "video/ogg", "image/bmp", "audio/aac", "audio/mpeg", "audio/aiff"}
)
"""Types that `sniff` finds wherever they are: a file that claims one and does not look like it is something else."""
_WRAPPERS = frozenset({"application/zip", "application/x-ole-storage", "application/gzip", "application/xml"})
"""Formats that others are made of: documents, programs, books."""

_WORD = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_MEDIA_TYPE = re.compile(rf"({_WORD}/{_WORD})((?:[ ]*;[ ]*{_WORD}=(?:{_WORD}|\"[\w ,./:+-]*\"))*)", re.ASCII)
_SPOOFING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of text: ``exe.gpj`` would look like ``jpg.exe``."""


# ---------------------------------------------------------------- types


def claimed_type(header: str | None) -> str:
    """The ``Content-Type`` of an upload, where it is one; else the type of which nothing is known."""
    if header is None or len(header) > MAX_TYPE:
        return UNKNOWN
    found = _MEDIA_TYPE.fullmatch(header.strip())
    return found[1].lower() + found[2] if found else UNKNOWN


def base_type(content_type: str) -> str:
    """The type without its parameters."""
    return content_type.partition(";")[0].strip()


def served_type(claimed: str, head: bytes) -> tuple[str, str | None]:
    """What a file that begins with `head` is served as, and what it was found to be.

    spec: client-server §GET download: exactly as it was uploaded, or harmless where that is obviously wrong.
    """
    sniffed = sniff(head)
    base = base_type(claimed)
    if base == UNKNOWN:
        return UNKNOWN, sniffed
    if _is_textual(base) and looks_like_text(head):
        named = claimed if "charset" in claimed or not base.startswith("text/") else f"{claimed}; charset=utf-8"
        return named, sniffed
    if sniffed is None:
        obviously_wrong = _is_textual(base) or _FAMILY.get(base, base) in _RECOGNISED
        return (UNKNOWN if obviously_wrong else claimed), None
    if _FAMILY.get(base, base) == _FAMILY.get(sniffed, sniffed):
        # Another name for the same thing, such as image/jpg, gives way to the one that browsers show.
        by_its_name = base in INLINE or sniffed not in INLINE or base.partition("/")[0] != sniffed.partition("/")[0]
        return (claimed if by_its_name else sniffed), sniffed
    if sniffed in _WRAPPERS and base.startswith("application/") and base not in INLINE:
        return claimed, sniffed
    if sniffed in ACTIVE:
        return UNKNOWN, sniffed
    return (sniffed if sniffed in INLINE else UNKNOWN), sniffed


def is_inline(content_type: str, sniffed: str | None) -> bool:
    """Whether a browser may show it by itself: only what cannot be run."""
    return base_type(content_type) in INLINE and sniffed not in ACTIVE


def _is_textual(base: str) -> bool:
    return base.startswith("text/") or base.endswith(("+json", "+xml", "/json", "/xml", "/javascript"))


# ---------------------------------------------------------------- names


def file_name(given: str | None) -> str | None:
    """A name for a file, without what could harm who saves it. Raises `InvalidParameter` where it is too long."""
    if given is None:
        return None
    if len(given) > MAX_FILE_NAME:
        raise InvalidParameter(f"A file name has {MAX_FILE_NAME} characters at most.")
    return _SPOOFING.sub("", given).replace("/", "_").replace("\\", "_").strip() or None


def disposition(kind: str, name: str | None) -> bytes:
    """The value of ``Content-Disposition``. RFC 6266, RFC 8187."""
    if name is None:
        return kind.encode()
    plain = "".join(character if " " <= character <= "~" else "_" for character in name)
    quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
    value = f'{kind}; filename="{quoted}"'
    if plain != name:
        value += f"; filename*=UTF-8''{_percent(name)}"
    return value.encode()


def _percent(text: str) -> str:
    safe = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~"
    return "".join(chr(byte) if byte in safe else f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))


# ---------------------------------------------------------------- digests


def promised_digest(header: str | None) -> str | None:
    """The SHA-256 (hexadecimal) of a ``Content-Digest`` header, `None` where it names none. RFC 9530, RFC 8941.

    Other algorithms are passed over, as RFC 9530 has it. Raises `InvalidParameter` where a SHA-256 cannot be one, and
    where two are named that differ: one of them must be wrong.
    """
    found: set[str] = set()
    for member in (header or "").split(","):
        name, equals, value = member.strip().partition("=")
        if name.strip().lower() != "sha-256" or not equals:
            continue
        value = value.partition(";")[0].strip()
        try:
            raw = base64.b64decode(value[1:-1], validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != 32 or value[:1] != ":" or value[-1:] != ":":
            raise InvalidParameter("Content-Digest must be written as sha-256=:base64 of the 32 bytes:")
        found.add(raw.hex())
    if len(found) > 1:
        raise InvalidParameter("Content-Digest names several SHA-256 that differ.")
    return found.pop() if found else None


def digest_header(sha256: str) -> bytes:
    """The value of ``Repr-Digest``. RFC 9530"""
    return b"sha-256=:" + base64.b64encode(bytes.fromhex(sha256)) + b":"


# ---------------------------------------------------------------- thumbnails

SCALED = ((32, 32), (96, 96), (320, 240), (640, 480), (800, 600), (1600, 1200))
SIDES = (32, 96, 240, 320, 480, 600, 640, 800)
"""Sides of what is cropped."""


def thumbnail_box(width: int, height: int, method: str) -> tuple[int, int] | None:
    """The box of the few that thumbnails are made for, at least as large as asked for; `None`: larger than all."""
    if method == "scale":
        return next((box for box in SCALED if box[0] >= width and box[1] >= height), None)
    sides = [next((side for side in SIDES if side >= asked), None) for asked in (width, height)]
    return (sides[0], sides[1]) if sides[0] is not None and sides[1] is not None else None


# ---------------------------------------------------------------- references


class Mentions:
    """Finds the media of one server in JSON."""

    def __init__(self, server_name: str) -> None:
        self._uri = re.compile(rf"mxc://{re.escape(server_name)}/([A-Za-z0-9_-]{{1,255}})(?![A-Za-z0-9_-])")

    def media_ids(self, content: Any) -> list[str]:
        """The ids of all media that are mentioned anywhere in `content`: as whole strings or, as in HTML, in them."""
        found = (media_id for text in _strings(content) if "mxc://" in text for media_id in self._uri.findall(text))
        return list(dict.fromkeys(found))


def _strings(content: Any) -> Iterator[str]:
    """All strings in a JSON value, keys included; without recursion, so that depth costs no stack."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
