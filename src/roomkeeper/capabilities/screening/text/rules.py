"""Searching texts: all patterns at once, by one automaton for words and one for expressions. Pure: built anew for each
change of the lists, then only read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import ahocorasick
import re2

from roomkeeper.capabilities.screening.text.confusables import INVISIBLE
from roomkeeper.capabilities.screening.text.models import Found, TextList
from roomkeeper.capabilities.screening.text.normalise import forms, plain

AROUND = 40
"""Characters on each side of a find that are shown."""
MOST_FOUND = 50
"""Of one text: who reviews it has seen enough."""
EXPRESSIONS_MEMORY = 64 * 1024 * 1024
"""Bytes that the automaton of all expressions may take."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[\U00020000-\U0003ffff]"
)
"""Scripts that put no spaces between words."""


def is_unspaced(character: str) -> bool:
    """Whether a character is of a script that puts no spaces between words."""
    return _UNSPACED.match(character) is not None


class BadPattern(ValueError):
    """A pattern that cannot be used; the message says why."""


class _Entry(NamedTuple):
    text_list: TextList
    pattern: str
    length: int
    starts_word: bool
    ends_word: bool


class _Expression(NamedTuple):
    text_list: TextList
    pattern: str
    compiled: Any


def check(pattern: str, kind: str) -> None:
    """Whether a pattern can be used. Raises `BadPattern`."""
    if kind == "expressions":
        _compile(pattern)
        return
    if not any(character.isalnum() for character in plain(pattern.strip("*"))):
        raise BadPattern("A word must have a letter or a digit.")


class TextRules:
    """All lists, ready to be searched for."""

    def __init__(self, lists: Iterable[tuple[TextList, Sequence[str]]] = ()) -> None:
        self._words: Any = ahocorasick.Automaton()
        self._expressions: list[_Expression] = []
        by_text: dict[str, list[_Entry]] = {}
        for text_list, patterns in lists:
            for pattern in patterns:
                if text_list.kind == "expressions":
                    self._expressions.append(_Expression(text_list, pattern, _compile(pattern)))
                    continue
                text, entry = _entry(text_list, pattern)
                if text:
                    by_text.setdefault(text, []).append(entry)
        for text, entries in by_text.items():
            self._words.add_word(text, entries)
        self._has_words = bool(by_text)
        if self._has_words:
            self._words.make_automaton()
        self._set = _set_of([each.pattern for each in self._expressions])

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be found."""
        return not self._has_words and not self._expressions

    def search(self, text: str) -> list[Found]:
        """What stands in a text, `MOST_FOUND` at most; each pattern of a list once."""
        found: dict[tuple[str, str], Found] = {}
        if self._has_words:
            for form in forms(text):
                self._search_words(form, found)
        if self._set is not None:
            self._search_expressions(text, found)
        return list(found.values())[:MOST_FOUND]

    def _search_words(self, form: str, found: dict[tuple[str, str], Found]) -> None:
        allowed: list[tuple[int, int]] = []
        candidates: list[tuple[int, int, _Entry]] = []
        for last, entries in self._words.iter(form):
            for entry in entries:
                start, end = last - entry.length + 1, last + 1
                if entry.starts_word and start and form[start - 1].isalnum():
                    continue
                if entry.ends_word and end < len(form) and form[end].isalnum():
                    continue
                if entry.text_list.kind == "allow":
                    allowed.append((start, end))
                else:
                    candidates.append((start, end, entry))
        for start, end, entry in candidates:
            key = (entry.text_list.list_id, entry.pattern)
            if key in found or any(first <= start and end <= last for first, last in allowed):
                continue
            found[key] = _found(entry.text_list, entry.pattern, form, start, end)
            if len(found) >= MOST_FOUND:
                return

    def _search_expressions(self, text: str, found: dict[tuple[str, str], Found]) -> None:
        read = text if text.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
        if not read.isascii():
            read = read.encode("utf-8", "replace").decode()  # half characters are no text to RE2
        for index in self._set.Match(read) or ():
            each = self._expressions[index]
            match = each.compiled.search(read)
            if match is not None:
                found[each.text_list.list_id, each.pattern] = _found(
                    each.text_list, each.pattern, read, match.start(), match.end()
                )


_UNSEEN = re.compile(f"[{INVISIBLE}]+")


def _entry(text_list: TextList, pattern: str) -> tuple[str, _Entry]:
    text = plain(pattern.strip("*")).strip()
    starts = not pattern.startswith("*") and bool(text) and text[0].isalnum() and not _UNSPACED.match(text[0])
    ends = not pattern.endswith("*") and bool(text) and text[-1].isalnum() and not _UNSPACED.match(text[-1])
    return text, _Entry(text_list, pattern, len(text), starts, ends)


def _found(text_list: TextList, pattern: str, form: str, start: int, end: int) -> Found:
    before, after = max(0, start - AROUND), min(len(form), end + AROUND)
    return Found(
        list_id=text_list.list_id,
        list_name=text_list.name,
        label=text_list.label,
        action=text_list.action,
        language=text_list.language,
        pattern=pattern,
        excerpt=f"{'…' if before else ''}{form[before:after]}{'…' if after < len(form) else ''}",
    )


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = EXPRESSIONS_MEMORY
    return options


def _compile(pattern: str) -> Any:
    options = _options()
    options.max_mem = 1024 * 1024
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise BadPattern(f"This is no regular expression of RE2: {_text(error)}.") from None
    if compiled.search("") is not None:
        raise BadPattern("This expression is found everywhere, also in nothing.")
    return compiled


def _set_of(patterns: Sequence[str]) -> Any:
    """One automaton for all expressions, `None` where there are none."""
    if not patterns:
        return None
    together = re2.Set.SearchSet(_options())
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()
    return together


def _text(error: Exception) -> str:
    given = error.args[0] if error.args else ""
    return given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given)
