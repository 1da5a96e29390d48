"""Bug reports of other clients: matrix-org/rageshake's form, read strictly and within bounds.

``multipart/form-data`` (RFC 7578): ``text``, ``user_agent``, ``app``, ``version``, ``label``, any other field as data
(``user_id``, ``device_id``, ``room_id`` …), and logs as ``log`` or, compressed by gzip, ``compressed-log``. A JSON body
with ``text``, ``logs`` and ``data`` is the older form. Source: docs/api.md of matrix-org/rageshake.
"""

from __future__ import annotations

import re
import zlib
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from roomkeeper.platform.errors import BadJson, InvalidParameter, NotJson

MAX_BODY: Final = 8 * 1024 * 1024
MOST_PARTS: Final = 64
MOST_LOGS: Final = 5
KEPT: Final = 64 * 1024
"""Bytes of the end of each log that are kept."""
MOST_UNPACKED: Final = 32 * 1024 * 1024
"""Bytes of one log that are unpacked: a bomb is cut off there."""
LONGEST_FIELD: Final = 4000
MOST_FIELDS: Final = 30
GZIP: Final = 16 + zlib.MAX_WBITS
PIECE: Final = 256 * 1024
_BOUNDARY: Final = re.compile(r'boundary="?([0-9A-Za-z\'()+_,\-./:=? ]{1,70})"?')
_NAME: Final = re.compile(rb'(?<![a-z])name="([^"\r\n]{1,200})"', re.IGNORECASE)
_FILE: Final = re.compile(rb'filename="([^"\r\n]{0,200})"', re.IGNORECASE)
_PLAIN: Final = re.compile(r"[^a-z0-9_]+")


class JsonLog(msgspec.Struct):
    """A log of the older form."""

    id: Annotated[str, Meta(max_length=200)] = "log"
    lines: str = ""


class JsonReport(msgspec.Struct):
    """The older form."""

    text: str = ""
    user_agent: str = ""
    app: str = ""
    version: str = ""
    logs: Annotated[list[JsonLog], Meta(max_length=100)] = []
    data: dict[str, Any] = {}


class BugReport(msgspec.Struct, kw_only=True):
    """A bug report. `logs`: name, size as it came, the end of it."""

    text: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    logs: list[tuple[str, int, bytes]] = msgspec.field(default_factory=list)

    def field(self, name: str) -> str:
        """A field, empty where it is not there."""
        return self.fields.get(name, "")


def read(content_type: str, body: bytes) -> BugReport:
    """Read a report. Raises `InvalidParameter` where it is none."""
    base = content_type.partition(";")[0].strip().lower()
    if base == "application/json":
        return _read_json(body)
    boundary = _BOUNDARY.search(content_type)
    if base != "multipart/form-data" or boundary is None:
        raise InvalidParameter("Send a bug report as multipart/form-data, with a boundary, or as JSON.")
    report = BugReport()
    for head, content in _parts(body, boundary[1].strip().encode()):
        _take(report, head, content)
    return report


def _parts(body: bytes, boundary: bytes) -> list[tuple[bytes, bytes]]:
    """Heads and contents. RFC 2046 §5.1"""
    delimiter = b"\r\n--" + boundary
    pieces = (b"\r\n" + body).split(delimiter, MOST_PARTS + 2)
    if len(pieces) < 2 or len(pieces) > MOST_PARTS + 1:
        raise InvalidParameter(f"The form is not whole, or has more than {MOST_PARTS} parts.")
    if not pieces[-1].startswith(b"--"):
        raise InvalidParameter("The form is cut off: its last boundary is missing. Send it again.")
    found = []
    for piece in pieces[1:-1]:
        head, separator, content = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not separator or len(head) > 4096:
            raise InvalidParameter("A part of the form has no head, or one that is too long.")
        found.append((head, content))
    return found


def _take(report: BugReport, head: bytes, content: bytes) -> None:
    named = _NAME.search(head)
    if named is None:
        raise InvalidParameter("A part of the form has no name.")
    name = named[1].decode("utf-8", "replace")
    file = _FILE.search(head)
    if name in ("log", "compressed-log"):
        called = file[1].decode("utf-8", "replace") if file else name
        unpacked = _unpacked(content) if name == "compressed-log" else content
        _add_log(report, called, len(content), unpacked)
    elif name == "text":
        report.text = _field(content)
    elif file is None and len(report.fields) < MOST_FIELDS:
        key = _PLAIN.sub("_", name.lower()).strip("_")[:64]
        if key and key[0].isalpha():
            report.fields[key] = _field(content)[:500]


def _field(content: bytes) -> str:
    return content.decode("utf-8", "replace").replace("\0", "")[:LONGEST_FIELD]


def _add_log(report: BugReport, name: str, size: int, content: bytes) -> None:
    if len(report.logs) < MOST_LOGS:
        safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:80] or "log"
        report.logs.append((f"{len(report.logs)}-{safe}", size, content[-KEPT:]))


def _unpacked(content: bytes) -> bytes:
    """The end of what gzip has packed. Raises `InvalidParameter` where it has not."""
    unpack, end, length = zlib.decompressobj(wbits=GZIP), b"", 0
    try:
        rest = content
        while rest and not unpack.eof and length < MOST_UNPACKED:
            piece = unpack.decompress(rest, PIECE)
            rest, length = unpack.unconsumed_tail, length + len(piece)
            end = (end + piece)[-KEPT:]
    except zlib.error as error:
        raise InvalidParameter(f"A compressed-log is not packed by gzip: {error}.") from None
    return end


def _read_json(body: bytes) -> BugReport:
    try:
        form = msgspec.json.decode(body, type=JsonReport)
    except msgspec.ValidationError as error:
        raise BadJson(f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson(f"The body is not valid JSON: {error}.") from None
    report = BugReport(text=form.text.replace("\0", "")[:LONGEST_FIELD])
    for name, value in (
        ("user_agent", form.user_agent),
        ("app", form.app),
        ("version", form.version),
        *form.data.items(),
    ):
        key = _PLAIN.sub("_", str(name).lower()).strip("_")[:64]
        if isinstance(value, str) and value and key and key[0].isalpha() and len(report.fields) < MOST_FIELDS:
            report.fields[key] = value.replace("\0", "")[:500]
    for log in form.logs:
        content = log.lines.encode("utf-8", "replace")
        _add_log(report, log.id, len(content), content)
    return report
