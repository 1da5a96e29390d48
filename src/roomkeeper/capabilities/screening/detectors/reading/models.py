"""What is read out of a document."""

from __future__ import annotations

from typing import Final

import msgspec

MAX_TEXT: Final = 200_000
"""Characters of a document's text that are kept."""
MAX_NOTES = 100


class Document(msgspec.Struct):
    """`format` in a word; the text; what is noteworthy: (label, what), each once. `cut`: there is more text."""

    format: str
    text: str = ""
    notes: list[tuple[str, str]] = []
    cut: bool = False

    def note(self, label: str, text: str) -> None:
        """Remember something."""
        entry = (label, text[:300])
        if len(self.notes) < MAX_NOTES and entry not in self.notes:
            self.notes.append(entry)


class TextPieces:
    """Text that is put together, as long as there is room for it."""

    def __init__(self, room: int = MAX_TEXT) -> None:
        self._pieces: list[str] = []
        self._room = room

    @property
    def is_full(self) -> bool:
        """Whether no more is taken."""
        return self._room <= 0

    def add(self, text: str) -> None:
        """Take some text."""
        if self._room > 0 and text:
            self._pieces.append(text[: self._room])
            self._room -= len(text)

    @property
    def text(self) -> str:
        """All of it; blank lines and trailing blanks are left out."""
        lines = (line.strip() for line in "".join(self._pieces).splitlines())
        return "\n".join(line for line in lines if line).encode("utf-8", "replace").decode()


class Unreadable(Exception):
    """It is none of the documents that are read here, or broken; the message says why."""
