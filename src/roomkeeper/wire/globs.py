"""Glob patterns as push rules use them: ``*`` for any characters, ``?`` for exactly one, whatever their case.

A text is searched part by part between the ``*``, always taking the first place that fits; going back would find
nothing more. So a pattern takes time in proportion to the text, where a regular expression of it need not.
# spec: appendices §Glob-style matching; client-server §Push Rules, event_match
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_WORD: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

Find = Callable[[str, int], int]
"""Where a part stands in a text, at or after an index; -1 where it does not."""


class Glob:
    """A prepared pattern. The texts that it is held against must be in lower case already."""

    __slots__ = ("_exact", "_first", "_last", "_middle")

    def __init__(self, pattern: str, *, literal: bool = False) -> None:
        """`literal`: ``*`` and ``?`` stand for themselves."""
        folded = pattern.lower()
        parts = [folded] if literal else re.sub(r"\*+", "*", folded).split("*")
        finders = [(_finder(part, literal=literal), len(part)) for part in parts]
        self._exact = folded if literal or not set("*?") & set(folded) else None
        self._first = finders[0]
        self._last = finders[-1] if len(finders) > 1 else None
        self._middle = finders[1:-1]

    def matches(self, text: str) -> bool:
        """Whether the pattern fits the whole text."""
        if self._exact is not None:
            return text == self._exact
        find, length = self._first
        if find(text[:length], 0) != 0:
            return False
        if self._last is None:
            return len(text) == length
        find_last, last_length = self._last
        end = len(text) - last_length
        position = self._skip_middle(text[: max(end, 0)], length)
        return 0 <= position <= end and find_last(text[end:], 0) == 0

    def matches_words(self, text: str) -> bool:
        """Whether the pattern fits some part of the text that starts and ends at a word boundary."""
        position = self._first_word(text)
        if position < 0 or self._last is None:
            return position >= 0
        position = self._skip_middle(text, position)
        if position < 0:
            return False
        find, length = self._last
        if not length:
            return True
        found = find(text, position)
        while found >= 0:
            if _is_boundary(text, found + length):
                return True
            found = find(text, found + 1)
        return False

    def _first_word(self, text: str) -> int:
        """Where the first part ends, at the first place where it starts a word (and ends one, if it is all); or -1."""
        find, length = self._first
        found = find(text, 0)
        while found >= 0:
            end = found + length
            if _is_boundary(text, found) and (self._last is not None or _is_boundary(text, end)):
                return end
            found = find(text, found + 1) if found < len(text) else -1
        return -1

    def _skip_middle(self, text: str, position: int) -> int:
        """Where the parts between the first and the last end, one after the other; -1 where one is missing."""
        for find, length in self._middle:
            found = find(text, position)
            if found < 0:
                return -1
            position = found + length
        return position


def wildcards(pattern: str) -> int:
    """How many wildcards a pattern has."""
    return pattern.count("*") + pattern.count("?")


def _finder(part: str, *, literal: bool) -> Find:
    if literal or "?" not in part:
        return lambda text, start: text.find(part, start)
    search = re.compile(".".join(re.escape(piece) for piece in part.split("?")), re.DOTALL).search

    def find(text: str, start: int) -> int:
        match = search(text, start)
        return -1 if match is None else match.start()

    return find


def _is_boundary(text: str, index: int) -> bool:
    """Whether a word may start or end here: at either end of the text, or beside what is no letter, digit or ``_``."""
    if index <= 0 or index >= len(text):
        return True
    return text[index - 1] not in _WORD or text[index] not in _WORD
