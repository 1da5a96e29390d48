"""Text in whatever character set, HTML and other markup."""

from __future__ import annotations

import codecs

from roomkeeper.capabilities.screening.detectors.reading.models import MAX_TEXT, Document, TextPieces, Unreadable

MAX_BYTES = 4 * 1024 * 1024
"""Of a text that are looked at: the characters that are kept, four times over."""
SAMPLE = 64 * 1024
"""Bytes by which a character set is guessed."""
MOST_CONTROLS = 0.02
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SILENT = frozenset({"script", "style"})
_BLOCKS = frozenset(
    {"p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "tr", "section", "article", "blockquote"}
    | {"title", "pre", "option", "text", "tspan", "desc"}
)
_SHOWN = ("alt", "title", "placeholder", "value", "href", "src", "content", "label")
"""Attributes whose words are seen, or lead somewhere."""


def decoded(data: bytes) -> str:
    """The text. Raises `Unreadable` for what is none."""
    data = data[:MAX_BYTES]
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _checked(data[len(mark) :].decode(name, "replace"))
    try:
        return _checked(codecs.getincrementaldecoder("utf-8")("strict").decode(data))
    except UnicodeDecodeError:
        return _checked(_guessed(data))


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:SAMPLE]).best()
    if best is None:
        raise Unreadable("this is no text")
    return data.decode(best.encoding, "replace")


def _checked(text: str) -> str:
    sample = text[:SAMPLE]
    controls = sum(c < " " and c not in "\t\r\n\f\x1b" for c in sample)
    if controls > len(sample) * MOST_CONTROLS:
        raise Unreadable("this is no text")
    return text


def read(data: bytes) -> Document:
    """Plain text."""
    text = decoded(data)
    pieces = TextPieces()
    pieces.add(text)
    return Document("text", pieces.text, cut=len(text) > MAX_TEXT or len(data) > MAX_BYTES)


def read_markup(data: bytes, kind: str) -> Document:
    """HTML, SVG or other XML: the text between the tags, and words in attributes. Links count, scripts do not."""
    from roomkeeper.core.previews.markup import tokens

    document, pieces, silent = Document(kind), TextPieces(), 0
    for token in tokens(decoded(data)):
        if pieces.is_full:
            break
        if isinstance(token, str):
            pieces.add("" if silent else token)
            continue
        if token.name in _SILENT:
            silent = max(0, silent + (-1 if token.end else 1))
        if token.name == "script" or any(name.startswith("on") for name in token.attributes):
            document.note("script", "It has scripts in it")
        elif token.name in ("iframe", "object", "embed", "foreignobject"):
            document.note("remote", f"It shows another page or program in itself ({token.name})")
        if token.name in _BLOCKS:
            pieces.add("\n")
        for name in _SHOWN:
            pieces.add(f" {token.attributes[name]} " if token.attributes.get(name) else "")
    document.text, document.cut = pieces.text, pieces.is_full
    return document
