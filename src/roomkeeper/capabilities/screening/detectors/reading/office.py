"""Documents that are ZIP files with XML in them: those of Microsoft Office since 2007, and of LibreOffice.

The XML is read as a series of tags and texts; entities and document types are refused. ECMA-376, OASIS ODF 1.3
"""

from __future__ import annotations

import re
import xml.parsers.expat as expat
import zipfile
from collections.abc import Iterable, Mapping
from typing import IO

from roomkeeper.capabilities.screening.detectors.reading.models import Document, TextPieces, Unreadable

MAX_PART = 64 * 1024 * 1024
MAX_ALL = 128 * 1024 * 1024
"""Bytes of XML that are read of one part, and of all."""
MAX_PARTS = 2000
ENCRYPTED = 0x1
"""The flag of a ZIP file's member."""

_PARTS = {
    "docx": re.compile(r"word/(document\d*|header\d+|footer\d+|footnotes|endnotes|comments\w*)\.xml"),
    "xlsx": re.compile(r"xl/(sharedStrings|workbook|comments\d*|worksheets/sheet\d+|drawings/drawing\d+)\.xml"),
    "pptx": re.compile(r"ppt/(slides/slide\d+|notesSlides/notesSlide\d+|comments/comment\w+)\.xml"),
    "odf": re.compile(r"(content|styles|meta)\.xml"),
}
_ROOTS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_TEXT = {"t", "delText", "instrText", "f"}
"""Elements of Microsoft's formats in which text stands; `f` is a formula, `instrText` a field."""
_BREAKS = {"p", "br", "cr", "tab", "si", "row", "c", "tr", "h", "line-break", "table-cell", "list-item"}
_FETCHED = re.compile(r"(attachedTemplate|oleObject|frame|subDocument|externalLink\w*)", re.IGNORECASE)
"""Relationships whose target is fetched when the document is opened."""


def format_of(names: Iterable[str]) -> str | None:
    """Which of these formats a ZIP file has, by the names in it."""
    found = set(names)
    if "[Content_Types].xml" in found:
        return next((kind for root, kind in _ROOTS.items() if any(name.startswith(root) for name in found)), None)
    return "odf" if "content.xml" in found and ("mimetype" in found or "META-INF/manifest.xml" in found) else None


def read(file: IO[bytes]) -> Document:
    """Read one. Raises `Unreadable` where it is none, and what `zipfile` raises."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()[: MAX_PARTS * 10]
        kind = format_of(names)
        if kind is None:
            raise Unreadable("a ZIP file that is no document")
        document, pieces, left = Document(kind), TextPieces(), MAX_ALL
        _note_parts(document, names)
        wanted = [name for name in names if _PARTS[kind].fullmatch(name) or name.endswith(".rels")][:MAX_PARTS]
        for name in sorted(wanted, key=_order):
            entry = archive.getinfo(name)
            if entry.flag_bits & ENCRYPTED:
                document.note("encrypted", f"{name} is encrypted")
                continue
            with archive.open(entry) as part:
                data = part.read(min(MAX_PART, left) + 1)
            left -= len(data)
            if len(data) > MAX_PART or left < 0:
                document.note("bomb", f"{name} unpacks to more than a document needs")
                break
            if name.endswith(".rels"):
                _relationships(document, data)
            elif not pieces.is_full:
                _text(document, name, data, pieces)
        if kind == "odf":
            _manifest(document, archive, names)
    document.text, document.cut = pieces.text, pieces.is_full
    return document


def _order(name: str) -> tuple[bool, int, str]:
    """The main text first, and numbered parts in the order of their numbers."""
    digits = re.sub(r"\D", "", name)[:9]
    is_main = name.endswith(("document.xml", "content.xml", "sharedStrings.xml", ".rels"))
    return not is_main, int(digits or 0), name


def _note_parts(document: Document, names: Iterable[str]) -> None:
    for name in names:
        low = name.lower()
        is_basic = low.startswith(("basic/", "scripts/")) and low.endswith((".xml", ".py", ".js", ".bsh"))
        if is_basic or low.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in low:
            document.note("macro", f"It has macros: {name}")
        elif "/embeddings/" in low or "/activex/" in low or low.startswith(("object ", "oleobject")):
            document.note("embedded", f"It has another file in it: {name}")


def _relationships(document: Document, data: bytes) -> None:
    """Note what is fetched from elsewhere."""

    def start(_tag: str, attributes: Mapping[str, str]) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        if attributes.get("TargetMode") == "External" and _FETCHED.search(kind):
            document.note("remote", f"It fetches {attributes.get('Target', '')[:200]} when it is opened")

    parser = _parser()
    parser.StartElementHandler = start
    _parse(document, "its relationships", parser, data)


def _text(document: Document, name: str, data: bytes, pieces: TextPieces) -> None:
    """The text of a part, without a tree."""
    inside, all_text = 0, document.format == "odf"

    def start(tag: str, _attributes: Mapping[str, str]) -> None:
        nonlocal inside
        local = tag.rpartition("}")[2]
        inside += local in _TEXT
        if local in _BREAKS:
            pieces.add("\t" if local in ("tab", "c", "table-cell") else "\n")

    def end(tag: str) -> None:
        nonlocal inside
        local = tag.rpartition("}")[2]
        inside -= local in _TEXT
        if local in _BREAKS:
            pieces.add("\n")

    def characters(text: str) -> None:
        if inside or all_text:
            pieces.add(text)

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    _parse(document, name, parser, data)
    pieces.add("\n")


def _parser() -> expat.XMLParserType:
    """A parser that refuses document types, and with them entities of the document's own."""

    def refuse(*_: object) -> None:
        raise Unreadable("it declares a document type, which documents do not do")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _parse(document: Document, name: str, parser: expat.XMLParserType, data: bytes) -> None:
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, Unreadable) as error:
        document.note("damaged", f"{name}: {error}")


def _manifest(document: Document, archive: zipfile.ZipFile, names: Iterable[str]) -> None:
    """Whether LibreOffice has encrypted it: then only the manifest can be read."""
    if "META-INF/manifest.xml" in names:
        with archive.open("META-INF/manifest.xml") as part:
            if b"encryption-data" in part.read(1024 * 1024):
                document.note("encrypted", "It is encrypted")
                document.notes = [note for note in document.notes if note[0] != "damaged"]
