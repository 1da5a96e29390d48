"""PDF: for people who print, and for archives. Its letters are in it, Chinese ones too."""

from __future__ import annotations

import io
import re
import sys
from functools import lru_cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from roomkeeper.capabilities.records.formats.volumes import Volume, put, time_of, told, who

FONT, OTHERS = "DejaVuSans", "DroidSansFallback"
"""The font, and the one for letters that it lacks."""
FILES: Final = {FONT: "DejaVuSans.ttf", OTHERS: "DroidSansFallbackFull.ttf"}
LONGEST: Final = 20_000
"""Characters of one entry that are printed."""
PARAGRAPH: Final = 1_500
"""Characters of one paragraph: one that is higher than a page cannot be set."""


class Pdf:
    """A document for each volume."""

    entries = 500
    with_redacted = False
    shows = True

    def write(self, volume: Volume, folder: Path, sizes: dict[str, int]) -> dict[str, int]:  # noqa: ARG002
        """See `Writer.write`."""
        put(folder, f"records/{volume.name}.pdf", document(volume))
        cut = sum(len(told(shown)) > LONGEST for shown in volume.shown)
        return {"texts cut": cut} if cut else {}


@lru_cache(maxsize=1)
def _styles() -> dict[str, Any]:
    """The library and the font are loaded when they are needed."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = files("roomkeeper.capabilities.records") / "fonts"
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    plain = {"fontName": FONT, "wordWrap": "CJK"}
    return {
        "title": ParagraphStyle("title", fontSize=15, leading=20, spaceAfter=8, **plain),
        "head": ParagraphStyle("head", fontSize=7.5, leading=10, spaceBefore=5, textColor="#555555", **plain),
        "text": ParagraphStyle("text", fontSize=10, leading=14, **plain),
    }


def document(volume: Volume) -> bytes:
    """The document of a volume."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    styles, target = _styles(), io.BytesIO()
    parts: list[Any] = [Paragraph(_xml(volume.title), styles["title"])]
    about = f"{volume.record.record} · {volume.record.first}–{volume.record.last} · volume {volume.number}"
    parts.append(Paragraph(_xml(about), styles["head"]))
    for shown in volume.shown:
        head = f"{shown.seq} · {time_of(shown.ts)} · {who(shown)} · {shown.kind} · {shown.hash[:16]}"
        parts.append(Paragraph(_xml(head), styles["head"]))
        text = told(shown)[:LONGEST]
        names = [f"[{file.name or file.url}{f', {file.path}' if file.path else ''}]" for file in shown.attachments]
        pieces = _pieces("\n".join([text, *names]).strip())
        parts += [Paragraph(_xml(piece), styles["text"]) for piece in pieces]
    template = SimpleDocTemplate(
        target, pagesize=A4, title=volume.title, author="Roomkeeper", invariant=1, topMargin=42, bottomMargin=42
    )
    template.build(parts, onFirstPage=_number, onLaterPages=_number)
    return target.getvalue()


def _pieces(text: str) -> list[str]:
    return [text[at : at + PARAGRAPH] for at in range(0, len(text), PARAGRAPH)]


@lru_cache(maxsize=1)
def _lacking() -> re.Pattern[str]:
    """Runs of letters that the first font does not have."""
    from reportlab.pdfbase import pdfmetrics

    known = sorted(pdfmetrics.getFont(FONT).face.charToGlyph)
    ranges, start, last = [], known[0], known[0]
    for code in [*known[1:], sys.maxunicode + 2]:
        if code != last + 1:
            ranges.append(f"\\U{start:08x}-\\U{last:08x}")
            start = code
        last = code
    return re.compile(f"[^\n {''.join(ranges)}]+")


def _xml(text: str) -> str:
    """A text in which the library sees no marks of its own, and sets each letter in a font that has it."""
    _styles()
    plain = "".join(letter for letter in text if letter >= " " or letter == "\n")
    marked = _lacking().sub(lambda found: f'<font name="{OTHERS}">{found[0]}</font>', escape(plain, quote=False))
    return marked.replace("\n", "<br/>")


def _number(canvas: Any, template: Any) -> None:
    canvas.setFont(FONT, 7.5)
    canvas.drawRightString(template.pagesize[0] - 42, 24, str(canvas.getPageNumber()))
