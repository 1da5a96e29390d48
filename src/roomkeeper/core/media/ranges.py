"""Answering with a part of a file, or with the news that it has not changed. RFC 9110 §13, §14"""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes=\s*(\d{0,19})-(\d{0,19})\s*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range begins behind the end."""


def parse(header: str | None, size: int) -> tuple[int, int] | None:
    """The range asked for as start and end (not included); `None`: the whole.

    Several ranges, and what is no range, are answered with the whole, as anybody may. Raises `Unsatisfiable`.
    """
    found = _ONE_RANGE.fullmatch(header) if header is not None else None
    if found is None or (not found[1] and not found[2]):
        return None
    if not found[1]:
        length = int(found[2])
        if length == 0 or size == 0:
            raise Unsatisfiable
        return max(0, size - length), size
    start = int(found[1])
    end = int(found[2]) + 1 if found[2] else size
    if end <= start:
        # An end before its start is no range at all; an open one behind the end is one that cannot be had.
        if found[2]:
            return None
        raise Unsatisfiable
    if start >= size:
        raise Unsatisfiable
    return start, min(end, size)


def matches(header: str | None, etag: str) -> bool:
    """Whether an ``If-None-Match`` names the entity tag (given with its quotes), weakly or not."""
    if header is None:
        return False
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in header.split(","))
