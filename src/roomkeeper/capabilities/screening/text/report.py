"""What became of the rows of a file of patterns."""

from __future__ import annotations

import msgspec

MOST_ERRORS = 100
"""Rows of which it is said why they were left out."""


class PatternError(msgspec.Struct, frozen=True):
    """A pattern that cannot be used, and why; `row` counts from 1."""

    row: int
    pattern: str
    error: str


class ImportReport(msgspec.Struct, frozen=True):
    """Rows that were taken and left out until now, and why the first of these were."""

    taken: int = 0
    left_out: int = 0
    errors: list[PatternError] = []
