"""Rate limits: a token bucket for each class of endpoint and user (or address, where there is no user yet)."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import LimitExceeded

KEPT = 100_000
"""Buckets kept at most; the one unused for longest goes first. A bucket that was forgotten starts full."""


class Rate(msgspec.Struct, frozen=True):
    """`per_second` requests for ever, `burst` at once."""

    per_second: float
    burst: int


RATES = {
    "login": Rate(0.2, 10),
    "login_account": Rate(0.1, 5),
    "login_token": Rate(1 / 60, 3),
    "register": Rate(0.1, 10),
    "create": Rate(0.5, 20),
    "join": Rate(1, 30),
    "link": Rate(0.2, 10),
    "widget": Rate(0.1, 10),
    "invite": Rate(1, 30),
    "send": Rate(10, 50),
    "write": Rate(10, 60),
    "upload": Rate(2, 60),
    "thumbnail": Rate(20, 200),
    "preview": Rate(2, 60),
    "read": Rate(50, 300),
    "search": Rate(5, 50),
    "operator": Rate(100, 1000),
    "provisioning": Rate(50, 1000),
}
"""The limits in force for each class; per user where one is signed in, else per address."""


class RateLimits:
    """The buckets of this process."""

    def __init__(self, clock: Clock, *, enabled: bool) -> None:
        self._clock = clock
        # The demo switches them off while it makes its organisation.
        self.enabled = enabled
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, limit: str, subject: str) -> None:
        """Count one request of class `limit` by `subject`. Raises `LimitExceeded`."""
        if not self.enabled:
            return
        rate, key, now = RATES[limit], (limit, subject), self._clock.monotonic()
        tokens, then = self._buckets.get(key, (float(rate.burst), now))
        tokens = min(float(rate.burst), tokens + (now - then) * rate.per_second)
        if tokens < 1:
            raise LimitExceeded(retry_after_ms=int((1 - tokens) / rate.per_second * 1000) + 1)
        self._buckets[key] = (tokens - 1, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)

    def give_back(self, limit: str, subject: str) -> None:
        """Undo one `take`: that request turned out not to count."""
        found = self._buckets.get((limit, subject))
        if found is not None:
            tokens, then = found
            self._buckets[limit, subject] = (min(float(RATES[limit].burst), tokens + 1), then)
