"""Which messages are too old."""

from __future__ import annotations

from roomkeeper.core.retention.models import Override

DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000


def oldest_kept(now: int, default_days: int, override: Override | None) -> int | None:
    """The time (milliseconds) before which a room's messages go; `None`: they stay for ever.

    `default_days` is the server's rule, 0 for none; the room's own goes first.
    """
    days = (default_days or None) if override is None else override.max_age_days
    return None if days is None else now - days * DAY_MS


def is_due(now: int, last: int | None, interval_hours: int) -> bool:
    """Whether it is time to remove old messages again; `last` is when that was begun last."""
    return last is None or now - last >= interval_hours * HOUR_MS
