"""What a file is, by its first bytes: a table of signatures, most telling first.

Our own table rather than a library's: what matters is that what browsers run (HTML, SVG, scripts) is never missed, and
that nothing else is taken for an image.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from roomkeeper.core.analysis.models import Analyser

HEAD = 4096
"""Bytes that are looked at."""

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"MThd\x00\x00\x00\x06", "audio/midi"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"8BPS\x00\x01", "image/vnd.adobe.photoshop"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\x00\x00\x01\x00", "image/x-icon"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/x-mach-binary"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"\x00asm", "application/wasm"),
    (0, b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (0, b"wOFF", "font/woff"),
    (0, b"wOF2", "font/woff2"),
    (0, b"{\\rtf", "application/rtf"),
    (257, b"ustar", "application/x-tar"),
)
RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
"""By the brand of the box with which files in the MPEG-4 container begin; any other is a video."""
ACTIVE = frozenset({"text/html", "image/svg+xml", "application/xml", "application/x-shellscript"})
"""What is run, or may be, by who opens it."""

_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|title|style|table|div|span|img|a|p|br|h1|b|font|object|embed|form"
    rb"|svg:svg|meta|link|base|!--)[\s>/]",
    re.IGNORECASE,
)
_SVG = re.compile(rb"<(?:[a-z]{1,20}:)?svg[\s>]", re.IGNORECASE)
_BLANK = b"\xef\xbb\xbf\x00 \t\r\n\x0b\x0c"


def sniff(head: bytes) -> str | None:
    """The media type of a file that begins with `head` (up to `HEAD` bytes); `None` where that tells nothing."""
    return _by_signature(head) or _container(head) or _markup(head) or _weak(head)


def looks_like_text(head: bytes) -> bool:
    """Whether it is UTF-8 without control characters; a character that is cut off at the end does not count."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.end < len(head) or error.start < len(head) - 3:
            return False
        text = head[: error.start].decode()
    return not any(character < " " and character not in "\t\r\n\f\x1b" for character in text)


def _by_signature(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        animation, data = head.find(b"acTL"), head.find(b"IDAT")
        return "image/apng" if animation > 0 and (data < 0 or animation < data) else "image/png"
    for offset, signature, media_type in SIGNATURES:
        if head.startswith(signature, offset):
            return media_type
    if head.startswith(b"#!") and looks_like_text(head):
        return "application/x-shellscript"
    return None


def _container(head: bytes) -> str | None:
    """Formats whose content is named inside their container."""
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12])
    if head.startswith(b"FORM"):
        return "audio/aiff" if head[8:12] in (b"AIFF", b"AIFC") else None
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], "video/mp4")
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "video/quicktime"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:256] else "audio/ogg"
    return None


def _markup(head: bytes) -> str | None:
    """What browsers take for a page or a drawing, wherever in the beginning of a text it stands."""
    start = head.lstrip(_BLANK)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = head[2:].replace(b"\x00", b"").lstrip(_BLANK)
    if start.startswith(b"<"):
        if _SVG.search(start):
            return "image/svg+xml"
        if _HTML.search(start):
            return "text/html"
        if start.startswith(b"<?xml"):
            return "application/xml"
    return None


def _weak(head: bytes) -> str | None:
    """Signatures that are so short that anything else is looked for first."""
    if head.startswith(b"MZ") and len(head) > 64:
        return "application/vnd.microsoft.portable-executable"
    if head.startswith(b"BM") and len(head) > 26 and head[6:10] == b"\x00\x00\x00\x00":
        return "image/bmp"
    if len(head) > 4 and head[0] == 0xFF and head[1] != 0xFE:  # which is the mark of a text in UTF-16
        if head[1] & 0xF6 == 0xF0:
            return "audio/aac"
        if head[1] & 0xE0 == 0xE0 and head[1] & 0x18 != 0x08 and head[1] & 0x06 and head[2] & 0xF0 not in (0, 0xF0):
            return "audio/mpeg"
    return None


class TypeParameters(msgspec.Struct, frozen=True):
    """None."""


class SniffedType(msgspec.Struct, frozen=True):
    """The media type, `None` where it is not known; whether it is text; whether opening it would run it."""

    content_type: str | None
    text: bool
    active: bool


class TypeAnalyser(Analyser[TypeParameters, SniffedType]):
    """Looks at the first bytes. The server does so itself for each upload; here it is for chains of plug-ins."""

    name = "type"
    version = "1"
    seconds = 5.0
    parameters = TypeParameters
    result = SniffedType

    def run(self, path: Path, parameters: TypeParameters) -> SniffedType:  # noqa: ARG002 - it has none
        """See `Analyser.run`."""
        with path.open("rb") as file:
            head = file.read(HEAD)
        found = sniff(head)
        return SniffedType(found, looks_like_text(head), found in ACTIVE)
