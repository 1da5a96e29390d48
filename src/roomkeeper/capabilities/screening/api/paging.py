"""Tokens of pages of cases: a time and an id."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.capabilities.screening.models import Case
from roomkeeper.platform.errors import InvalidParameter


def decoded(token: str) -> tuple[int, str] | None:
    """Where a page begins. Raises `InvalidParameter`."""
    if not token:
        return None
    created_ts, _, case_id = token.partition(".")
    if not (created_ts.isascii() and created_ts.isdecimal()) or len(created_ts) > 15 or "\0" in case_id:
        raise InvalidParameter("`from` must be the next_batch of the page before.")
    return int(created_ts), case_id


def next_batch(cases: Sequence[Case], limit: int) -> str | None:
    """Where the next page begins, `None` where there is none."""
    return f"{cases[-1].created_ts}.{cases[-1].case_id}" if len(cases) == limit else None
