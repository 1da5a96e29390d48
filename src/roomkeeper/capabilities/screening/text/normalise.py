"""The forms of a text that patterns are searched in: as it is read, and as somebody may have disguised it.

1. *Plain*: compatibility forms (full width, mathematical letters, ligatures) as what they stand for, one case, one
   space between words, without accents and without what is not seen.
2. *Undisguised*, only where the plain form shows signs of it: letters of another script that look like Latin ones, in
   words that mix scripts; signs for letters (``sh1t``); single letters with separators between them (``s.h.i.t``); runs
   of one letter (``shiiit``).

Patterns go through `plain` as well, so that both sides agree. Costs some microseconds for a message in ASCII.
"""

from __future__ import annotations

import re
import unicodedata

from roomkeeper.capabilities.screening.text.confusables import INVISIBLE, LOOKALIKES, SIGNS

_UNSEEN = re.compile(f"[{INVISIBLE}]+")
_LATIN = re.compile("[a-z]")
_WORDS = re.compile(r"[^\s]+")
_FOREIGN = re.compile("[\u0370-\u058f\u13a0-\u13ff\u0080-\u024f\u0250-\u02af\u1d00-\u1dbf\u2c80-\u2cff¢€§×]")
_SIGN_IN_WORD = re.compile(r"[a-z][0134578@$!|+€£9]|[0134578@$!|+€£9][a-z]")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:[\W_]{1,3}[^\W\d_]){2,}(?![^\W_])")
_HAN_GAP = re.compile("(?<=[\u3400-\u9fff])[\\s*._~|+-]{1,3}(?=[\u3400-\u9fff])")
_SEPARATORS = re.compile(r"[\W_]+")
_RUN = re.compile("([a-z\u0370-\u052f])\\1{2,}")


def plain(text: str) -> str:
    """The plain form."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    # Taken apart, so that accents can go; casefold may have made compatibility characters anew.
    apart = unicodedata.normalize("NFKD", folded)
    bare = _UNSEEN.sub("", apart) if _UNSEEN.search(apart) else apart
    return " ".join(unicodedata.normalize("NFC", bare).split())


def forms(text: str) -> list[str]:
    """The plain form first, then those that undo disguises, where there are signs of one."""
    first = plain(text)
    found = [first]
    undisguised = _undisguised(first)
    if undisguised != first:
        found.append(undisguised)
    joined = _SPACED.sub(_join, undisguised)
    if not joined.isascii():
        joined = _HAN_GAP.sub("", joined)
    if joined != undisguised:
        found.append(joined)
    if _RUN.search(joined):
        found.append(_RUN.sub(r"\1\1", joined))
        found.append(_RUN.sub(r"\1", joined))
    return found


def _undisguised(text: str) -> str:
    is_ascii = text.isascii()
    if not is_ascii and _FOREIGN.search(text):
        has_latin = _LATIN.search(text) is not None
        text = _WORDS.sub(lambda word: _latin(word[0], has_latin=has_latin), text)
    if _SIGN_IN_WORD.search(text):
        text = _WORDS.sub(_letters, text)
    return text


def _latin(word: str, *, has_latin: bool) -> str:
    """A word in Latin letters where it mixes scripts, or is nothing but lookalikes among Latin words."""
    if not _FOREIGN.search(word):
        return word
    folded = word.translate(LOOKALIKES)
    if _LATIN.search(word):
        return folded
    return folded if has_latin and folded.isascii() else word


def _letters(word: re.Match[str]) -> str:
    """A word whose signs stand for letters: one that has letters; what ends a sentence ends it."""
    text = word[0]
    if not _LATIN.search(text):
        return text
    inner = text.rstrip("!|+.,?;:")
    return inner.translate(SIGNS) + text[len(inner) :]


def _join(spaced: re.Match[str]) -> str:
    return _SEPARATORS.sub("", spaced[0])
