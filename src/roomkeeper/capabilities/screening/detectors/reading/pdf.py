"""PDF: its text, and what it does or brings along. ISO 32000-2"""

from __future__ import annotations

import logging
import re
import warnings
from typing import IO, Any

from roomkeeper.capabilities.screening.detectors.reading.models import Document, TextPieces, Unreadable

MAX_PAGES = 300
_WATCHED = {
    b"/JavaScript": ("script", "It has JavaScript in it"),
    b"/JS": ("script", "It has JavaScript in it"),
    b"/Launch": ("script", "It starts a program"),
    b"/EmbeddedFile": ("embedded", "It has another file in it"),
    b"/EmbeddedFiles": ("embedded", "It has another file in it"),
    b"/RichMedia": ("embedded", "It has a film or program in it"),
    b"/XFA": ("script", "It has a form of its own kind (XFA), which can have scripts"),
}
_NAMES = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|J#61vaScript)(?![A-Za-z0-9#])")


def read(file: IO[bytes]) -> Document:
    """Read one. Raises `Unreadable`, and whatever pypdf raises."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    document, pieces = Document("pdf"), TextPieces()
    _note_names(document, file)
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted and not _opens(reader):
            document.note("encrypted", "It is encrypted")
            return document
        pages = reader.pages
        count = len(pages)
        for number in range(min(count, MAX_PAGES)):
            if pieces.is_full:
                break
            _page(document, number, pages[number], pieces)
        _catalog(document, reader)
    document.text, document.cut = pieces.text, pieces.is_full or count > MAX_PAGES
    return document


def _page(document: Document, number: int, page: Any, pieces: TextPieces) -> None:
    try:
        pieces.add(f"{page.extract_text()}\n")
    except (MemoryError, RecursionError):
        raise Unreadable(f"page {number + 1} takes too much memory") from None
    except Exception as error:  # noqa: BLE001 - pypdf raises anything on broken input; the other pages count
        document.note("damaged", f"page {number + 1}: {type(error).__name__}")
    for annotation in _annotations(page):
        pieces.add(f"{annotation}\n")


def _annotations(page: Any) -> list[str]:
    """Comments and form fields."""
    found = []
    try:
        for annotation in list(page.get("/Annots") or ())[:200]:
            entry = annotation.get_object()
            found += [str(entry[key])[:5000] for key in ("/Contents", "/V") if key in entry]
            action = entry.get("/A")
            target = action.get_object() if action is not None else {}
            if "/URI" in target:
                found.append(str(target["/URI"])[:2000])
    except Exception:  # noqa: BLE001 - as above
        return found
    return found


def _opens(reader: Any) -> bool:
    """Whether it is encrypted with no password at all: then every program opens it."""
    try:
        return bool(reader.decrypt(""))
    except Exception:  # noqa: BLE001 - a cipher that is not there, or nonsense
        return False


def _note_names(document: Document, file: IO[bytes]) -> None:
    """What stands openly in the file, however broken the rest of it is."""
    before = b""
    while chunk := file.read(1024 * 1024):
        for found in _NAMES.finditer(before + chunk):
            document.note(*_WATCHED.get(found[0], ("script", "It hides that it has JavaScript in it")))
        before = chunk[-32:]


def _catalog(document: Document, reader: Any) -> None:
    """What stands in compressed parts of it."""
    try:
        root = reader.root_object
        names = root.get("/Names")
        names = names.get_object() if names is not None else {}
        action = root.get("/OpenAction")
        action = action.get_object() if action is not None else None
        form = root.get("/AcroForm")
        form = form.get_object() if form is not None else {}
    except Exception:  # noqa: BLE001 - as above
        return
    starts = isinstance(action, dict) and action.get("/S") in ("/JavaScript", "/Launch")
    if "/JavaScript" in names or starts:
        document.note("script", "It has JavaScript in it")
    if "/EmbeddedFiles" in names:
        document.note("embedded", "It has another file in it")
    if "/XFA" in form:
        document.note(*_WATCHED[b"/XFA"])
