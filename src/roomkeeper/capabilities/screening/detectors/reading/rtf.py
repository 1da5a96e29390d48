"""Rich Text Format: groups in braces, words behind backslashes, text between them. RTF 1.9.1"""

from __future__ import annotations

import codecs
import re

from roomkeeper.capabilities.screening.detectors.reading.models import Document, TextPieces, Unreadable

MAX_TOKENS = 5_000_000
MAX_DEPTH = 1000
_TOKEN = re.compile(
    r"\\(?:(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|'(?P<hex>[0-9a-fA-F]{2})|(?P<symbol>[^a-zA-Z]))"
    r"|(?P<brace>[{}])|(?P<text>[^\\{}]+)|\\",
    re.DOTALL,
)
_HIDDEN = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "pict", "themedata", "datastore", "listtable", "generator", "fldinst"}
    | {"objdata", "objclass", "blipuid", "rsidtbl", "latentstyles", "xmlnstbl", "colorschememapping"}
)
"""Groups whose content is not what one reads."""
_BREAKS = {"par": "\n", "line": "\n", "tab": "\t", "cell": "\t", "row": "\n", "sect": "\n", "page": "\n"}
_CHARACTERS = {"emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“"} | {
    "rdblquote": "”"
}


def read(data: bytes) -> Document:
    """Read one. Raises `Unreadable`."""
    if not data.startswith(b"{\\rt"):
        raise Unreadable("no RTF")
    return _Reader().read(data.decode("latin-1"))


class _Reader:
    def __init__(self) -> None:
        self._document = Document("rtf")
        self._pieces = TextPieces()
        self._codec = "cp1252"
        self._bytes = bytearray()
        self._hidden = [False]
        self._skips = [1]
        self._skip = 0

    def read(self, text: str) -> Document:
        for number, token in enumerate(_TOKEN.finditer(text)):
            if number > MAX_TOKENS or self._pieces.is_full:
                break
            kind, value = token.lastgroup, token.group()
            if kind == "hex":
                self._take_byte(int(token["hex"], 16))
                continue
            if kind == "brace":
                self._brace(value)
            elif kind in ("word", "number"):
                self._word(token["word"], token["number"])
            elif kind == "symbol":
                self._symbol(token["symbol"])
            elif kind == "text":
                self._add(value.replace("\r", "").replace("\n", ""))
        self._flush()
        self._document.text, self._document.cut = self._pieces.text, self._pieces.is_full
        return self._document

    def _brace(self, brace: str) -> None:
        self._flush()
        if brace == "{":
            if len(self._hidden) > MAX_DEPTH:
                raise Unreadable("RTF with too many groups in one another")
            self._hidden.append(self._hidden[-1])
            self._skips.append(self._skips[-1])
        elif len(self._hidden) > 1:
            self._hidden.pop()
            self._skips.pop()

    def _word(self, word: str, number: str | None) -> None:
        value = int(number or 0)
        if word == "u":
            self._flush()
            self._add_plain(chr(value % 65536))
            self._skip = self._skips[-1]
        elif word == "uc":
            self._skips[-1] = max(0, min(value, 10))
        elif word == "ansicpg":
            self._codec = _codec(value)
        elif word in _HIDDEN:
            self._hidden[-1] = True
        elif word == "bin":
            self._document.note("embedded", "It has binary data in it")
        self._note(word)
        if word in _BREAKS or word in _CHARACTERS:
            self._flush()
            self._add_plain(_BREAKS.get(word) or _CHARACTERS[word])

    def _note(self, word: str) -> None:
        if word in ("objdata", "objemb", "objocx", "objlink", "objautlink"):
            self._document.note("embedded", "It has another file in it")
        elif word == "objupdate":
            self._document.note("remote", "It has an object that is updated when it is opened")

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._hidden[-1] = True
        elif symbol in "\\{}":
            self._add(symbol)
        elif symbol == "~":
            self._add(" ")

    def _take_byte(self, byte: int) -> None:
        if self._skip:
            self._skip -= 1
        elif not self._hidden[-1]:
            self._bytes.append(byte)

    def _add(self, text: str) -> None:
        self._flush()
        skipped = min(self._skip, len(text))
        self._skip -= skipped
        self._add_plain(text[skipped:])

    def _add_plain(self, text: str) -> None:
        if not self._hidden[-1]:
            self._pieces.add(text)

    def _flush(self) -> None:
        if self._bytes:
            self._pieces.add(bytes(self._bytes).decode(self._codec, "replace"))
            self._bytes.clear()


def _codec(page: int) -> str:
    try:
        return codecs.lookup({65001: "utf-8", 936: "gb18030"}.get(page, f"cp{page}")).name
    except LookupError:
        return "cp1252"
