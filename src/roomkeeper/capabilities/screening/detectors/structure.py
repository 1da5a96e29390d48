"""Where files end by their own account: what stands behind that belongs to another file. Runs in a worker process.

Each function walks over the parts of one format without decoding them, and gives the place behind the last one, in
bytes. Raises `Truncated` where the file ends too early, `Broken` where it cannot be that format.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping

from roomkeeper.core.analysis.analysers.types import SIGNATURES, sniff

Data = bytes | mmap.mmap


class Broken(Exception):
    """It is not what it begins as."""


class Truncated(Broken):
    """It ends too early."""


def _png(data: Data) -> int:
    place = 8
    while True:
        length, name = _number(data, place, 4, "big"), data[place + 4 : place + 8]
        place += 12 + length
        _check(data, place)
        if name == b"IEND":
            return place


def _jpeg(data: Data) -> int:
    """ITU T.81 §B.1; a camera's further pictures (MPF) stand behind the end, and count as appended."""
    place = 2
    while True:
        _check(data, place + 2)
        if data[place] != 0xFF:
            raise Broken("there is something between its segments")
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker == 0xD9:
            return place + 2
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            place += 2
        else:
            place += 2 + _number(data, place + 2, 2, "big")
            if marker == 0xDA:
                place = _entropy_coded(data, place)


def _entropy_coded(data: Data, place: int) -> int:
    """The next marker that ends what was begun by a start of scan."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            raise Truncated("its pixels end too early")
        following = data[place + 1]
        if following not in (0x00, 0xFF) and not 0xD0 <= following <= 0xD7:
            return place
        place += 1 if following == 0xFF else 2


def _gif(data: Data) -> int:
    place = 13 + _palette(_number(data, 10, 1, "little"))
    while True:
        kind = _number(data, place, 1, "little")
        if kind == 0x3B:
            return place + 1
        if kind == 0x21:
            place = _blocks(data, place + 2)
        elif kind == 0x2C:
            place = _blocks(data, place + 11 + _palette(_number(data, place + 9, 1, "little")))
        else:
            raise Broken("there is something between its frames")


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(data: Data, place: int) -> int:
    while length := _number(data, place, 1, "little"):
        place += 1 + length
    return place + 1


def _riff(data: Data) -> int:
    """WebP, WAVE, AVI."""
    end = 8 + _number(data, 4, 4, "little")
    if data[8:12] == b"WAVE" and end in (8 + 0xFFFFFFFF, 8):
        return len(data)  # written by a program that could not go back to fill in the length
    _check(data, end)
    return min(len(data), end + end % 2)


def _bmp(data: Data) -> int:
    end = _number(data, 2, 4, "little")
    if end < 26:
        return len(data)  # some programs leave it out
    _check(data, end)
    return end


def _boxes(data: Data) -> int:
    """MPEG-4 files, AVIF, HEIC: ISO 14496-12 §4.2."""
    place, seen = 0, set()
    while place < len(data):
        if place + 8 > len(data):
            return place
        length, name = _number(data, place, 4, "big"), bytes(data[place + 4 : place + 8])
        if not _is_name(name):
            return place
        if name not in _BOXES and place + length > len(data):
            return place  # words that look like a box
        seen.add(name)
        if length == 1:
            length = _number(data, place + 8, 8, "big")
        if length == 0:
            place = len(data)
        elif length < 8:
            raise Broken("a part of it has an impossible length")
        else:
            place += length
            _check(data, place)
    if not seen & {b"moov", b"moof", b"meta"}:
        raise Truncated("what describes its content is missing")
    return place


_BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"meta", b"free", b"skip", b"wide", b"uuid", b"mfra", b"sidx"}
    | {b"ssix", b"pnot", b"pdin", b"prft", b"emsg", b"udta"}
)


def _is_name(name: bytes) -> bool:
    return all(32 <= byte < 127 or byte == 0xA9 for byte in name)


def _matroska(data: Data) -> int:
    """RFC 8794: two elements, the header and the segment."""
    place = 0
    while place < len(data):
        if data[place : place + 4] not in (b"\x1aE\xdf\xa3", b"\x18S\x80g"):
            if data[place] == 0xEC:  # Void
                place = _element(data, place, 1)
                continue
            return place
        place = _element(data, place, 4)
    return place


def _element(data: Data, place: int, name: int) -> int:
    place += name
    first = _number(data, place, 1, "big")
    width = 9 - first.bit_length()
    if width > 8:
        raise Broken("a length cannot be read")
    value = _number(data, place, width, "big") & ((1 << 7 * width) - 1)
    if value == (1 << 7 * width) - 1:
        return len(data)  # of unknown length, as in what is recorded live
    _check(data, place + width + value)
    return place + width + value


def _ogg(data: Data) -> int:
    """RFC 3533: pages."""
    place = 0
    while data[place : place + 4] == b"OggS":
        segments = _number(data, place + 26, 1, "little")
        _check(data, place + 27 + segments)
        place += 27 + segments + sum(data[place + 27 : place + 27 + segments])
        _check(data, place)
    return place


def _pdf(data: Data) -> int:
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Truncated("its end is missing")
    place = end + 5
    while place < len(data) and data[place] in b"\r\n \t\x00":
        place += 1
    return place


ENDS: Mapping[str, Callable[[Data], int]] = {
    "image/png": _png,
    "image/apng": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _riff,
    "image/bmp": _bmp,
    "image/avif": _boxes,
    "image/heic": _boxes,
    "image/heif": _boxes,
    "audio/wav": _riff,
    "audio/mp4": _boxes,
    "audio/ogg": _ogg,
    "video/ogg": _ogg,
    "video/mp4": _boxes,
    "video/quicktime": _boxes,
    "video/webm": _matroska,
    "video/x-matroska": _matroska,
    "application/pdf": _pdf,
}
"""By media type; of AVI, MP3 and others the end is not known."""

_HARMFUL = frozenset(
    {
        *("application/zip", "application/vnd.rar", "application/x-7z-compressed", "application/pdf", "text/html"),
        *("image/svg+xml", "application/x-executable", "application/vnd.microsoft.portable-executable"),
        *("application/x-mach-binary", "application/x-shellscript", "application/x-ole-storage", "application/gzip"),
    }
)
_HIDDEN = tuple(
    (signature, kind)
    for offset, signature, kind in SIGNATURES
    if kind in _HARMFUL and not offset and len(signature) > 3
)
SEARCHED = 64 * 1024


def other_file(data: Data, place: int) -> str | None:
    """The type of another file that begins at that place, or somewhat behind it; `None` for none that means harm."""
    behind = bytes(data[place : place + SEARCHED])
    found = sniff(behind.lstrip(b"\x00\r\n\t "))
    if found in _HARMFUL:
        return found
    first = [(at, kind) for signature, kind in _HIDDEN if (at := behind.find(signature)) >= 0]
    if first:
        return min(first)[1]
    # A ZIP file is read from its end: what stands before it does not matter.
    return "application/zip" if data.rfind(b"PK\x05\x06", max(place, len(data) - 65_557)) >= place else None


def _number(data: Data, place: int, length: int, order: str) -> int:
    _check(data, place + length)
    return int.from_bytes(data[place : place + length], "big" if order == "big" else "little")


def _check(data: Data, end: int) -> None:
    if end > len(data):
        raise Truncated("it ends too early")
