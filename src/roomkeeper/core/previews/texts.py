"""Text that strangers wrote: out of bytes, in whatever character set, into one short line."""

from __future__ import annotations

import codecs
import re

DECLARED_WITHIN = 4096
"""Bytes in which a page names its character set."""

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What cannot be shown, or turns the direction of what stands around it."""
_BLANK = re.compile(r"\s+")
_CUT_AT = 0.7
"""A text is cut at a space where there is one in the last part of it."""
_DECLARED = re.compile(rb"""<meta[^>]{0,500}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})["']""")
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift-jis": "cp932",
    "euc-kr": "cp949",
    "tis-620": "cp874",
}
"""What pages mean by these names. spec: WHATWG Encoding §4.2"""
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7", "mbcs", "oem"}
)


def tidy(text: str, most: int) -> str:
    """The text in one line, without what cannot be shown, with at most so many characters."""
    # In pieces: what stands behind is never shown.
    plain = _BLANK.sub(" ", CONTROL.sub("", text[: most * 20].replace("\x85", " "))).strip()
    if len(plain) <= most:
        return plain
    cut = plain[: most - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > most * _CUT_AT else cut).rstrip() + "…"


def decoded(data: bytes, charset: str) -> str:
    """The text of a page or file, whatever it takes: nothing in it is an error."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    head = data[:DECLARED_WITHIN]
    named = _DECLARED.search(head) or _XML.search(head)
    for candidate in (charset, named[1].decode() if named else ""):
        if known := _codec(candidate):
            return data.decode(known, "replace")
    try:
        # What is cut off in the middle of a character is UTF-8 all the same.
        return codecs.getincrementaldecoder("utf-8")("strict").decode(data)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _codec(name: str) -> str | None:
    """Python's name of a character set; `None` where it is none."""
    try:
        info = codecs.lookup(name.strip())
        "".encode(info.name)  # which refuses codecs that are not for text
    except (LookupError, ValueError, TypeError):
        return None
    known = info.name.lower().replace("_", "-")
    if known in _NO_CHARSETS:
        return None
    # A page that was read as bytes up to here is none of UTF-16, whatever it says of itself.
    return "utf-8" if known.startswith(("utf-16", "utf-32")) else _WIDER.get(known, known)
