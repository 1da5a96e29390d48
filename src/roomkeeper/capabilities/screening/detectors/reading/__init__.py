"""Reading documents: their text, and what in them means harm. Runs in a worker process."""

from __future__ import annotations

import importlib
import io

from roomkeeper.capabilities.screening.detectors.reading import mail, office, pdf, plain, rtf
from roomkeeper.capabilities.screening.detectors.reading.models import MAX_TEXT, Document, Unreadable
from roomkeeper.core.analysis.analysers.types import HEAD, sniff

__all__ = ["MAX_TEXT", "Document", "Unreadable", "load", "read"]

OLE = "application/x-ole-storage"
MAX_DEPTH = 3
"""Messages that are attached to messages."""
_LIBRARIES = ("pypdf", "charset_normalizer", "email", "roomkeeper.core.previews.markup")


def load() -> None:
    """Import what reads."""
    for name in _LIBRARIES:
        importlib.import_module(name)


def read(data: bytes, name: str = "", depth: int = 1) -> Document:
    """Read a document of whatever kind. Raises `Unreadable` for what is none, and whatever libraries raise.

    What it is, its bytes say; `name` is asked only where they leave it open.
    """
    content_type = sniff(data[:HEAD])
    if content_type == "application/pdf":
        return pdf.read(io.BytesIO(data))
    if content_type == "application/zip":
        return office.read(io.BytesIO(data))
    if content_type == "application/rtf":
        return rtf.read(data)
    if content_type == OLE:
        return _ole(data)
    if content_type in ("text/html", "image/svg+xml", "application/xml"):
        return plain.read_markup(data, content_type.rpartition("/")[2].removesuffix("+xml"))
    if content_type not in (None, "application/x-shellscript"):
        raise Unreadable(f"{content_type} is no document that is read here")
    if depth <= MAX_DEPTH and (mail.looks_like_mail(data[:HEAD]) or name.lower().endswith(".eml")):
        return mail.read(data, lambda content, inner: read(content, inner, depth + 1))
    return plain.read(data)


def _ole(data: bytes) -> Document:
    """A document of Microsoft Office before 2007, or one of today that is encrypted: what its folders are named."""
    document = Document("ole")
    if "EncryptedPackage".encode("utf-16-le") in data:
        document.note("encrypted", "It is encrypted")
    if any(name.encode("utf-16-le") in data for name in ("_VBA_PROJECT", "Macros", "VBA_PROJECT_CUR")):
        document.note("macro", "It has macros")
    if any(name.encode("utf-16-le") in data for name in ("ObjectPool", "\x01Ole10Native", "Package\0")):
        document.note("embedded", "It has another file in it")
    return document
