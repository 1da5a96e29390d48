"""From text to tokens: what is indexed, and what is looked for.

1.  Text is folded: compatibility forms (full width, ligatures) to plain ones, case, accents.
2.  A word is a run of letters, digits and their marks. It is one token.
3.  Scripts that put no spaces between words (Chinese, Japanese, Thai, …; Korean, whose particles stick to words) have
    no words that one could know without a dictionary. A run of such characters becomes each character followed by its
    pair with the next: 你好吗 is 你 你好 好 好吗 吗. Whatever part of a run is looked for, its tokens stand in the
    run's tokens one after the other, so that a phrase query finds it.
4.  Tokens hold letters, digits and marks alone, and no spaces: joined by spaces they are what both databases index.

Pure: no I/O, no settings. Whoever changes what tokens come out must raise `VERSION`, so that indexes are made anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

VERSION: Final = 2
MAX_WORD: Final = 64
"""Characters of a word that count."""
MAX_TOKENS: Final = 4_000
"""Tokens of one text; the rest of a longer one is not found."""
START_LENGTHS: Final = (2, 3)
"""How many of a word's first letters are indexed by themselves, since many words begin with them."""

# Scripts without spaces. Thai and Lao, Burmese, Hangul, Khmer, kana and bopomofo, Han.
_RUNS: Final = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u109d\u1100-\u11ff\u1780-\u17d3"
    "\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks that belong to the letter before them, which `\w` does not know: diacritics, points, vowel signs of India.
_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0dff\u0f71-\u0f84"
)
_PIECE: Final = re.compile(rf"(?P<run>[{_RUNS}]+)|(?:[^\W_{_RUNS}]|[{_MARKS}])+")
_ONE_OF_RUN: Final = re.compile(f"[{_RUNS}]")
# What folding takes away: accents, and the points of Hebrew and Arabic, which most people leave out when they write.
_FOLDED_AWAY: Final = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]"
)


def fold(text: str) -> str:
    """The text without differences of width, case and accent."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", _FOLDED_AWAY.sub("", folded))


class Piece:
    """A word, or a run of characters without spaces, of folded text."""

    __slots__ = ("is_run", "text")

    def __init__(self, text: str, *, is_run: bool) -> None:
        self.text = text if is_run else text[:MAX_WORD]
        self.is_run = is_run

    def tokens(self) -> Iterator[str]:
        """What it is indexed as, in order."""
        if not self.is_run:
            yield self.text
            return
        for first, second in zip(self.text, self.text[1:], strict=False):
            yield first
            yield first + second
        yield self.text[-1]


def pieces(folded: str) -> Iterator[Piece]:
    """The words and runs of a text that has been folded."""
    for match in _PIECE.finditer(folded):
        yield Piece(match[0], is_run=match["run"] is not None)


def tokens(text: str) -> list[str]:
    """The tokens of a text, at most `MAX_TOKENS`."""
    found: list[str] = []
    for piece in pieces(fold(text)):
        found += piece.tokens()
        if len(found) >= MAX_TOKENS:
            return found[:MAX_TOKENS]
    return found


def starts(tokens: Iterable[str]) -> dict[str, None]:
    """The first letters of the words among some tokens, each once, in order; see `START_LENGTHS`."""
    found: dict[str, None] = {}
    for token in tokens:
        if _ONE_OF_RUN.match(token):
            continue
        for length in START_LENGTHS:
            if len(token) >= length:
                found.setdefault(token[:length])
    return found


def written_words(text: str) -> Iterator[str]:
    """The words of a text as they are written there."""
    for match in _PIECE.finditer(text):
        yield match[0]
