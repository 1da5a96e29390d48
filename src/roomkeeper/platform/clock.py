"""Time as a service, so that tests can turn it."""

from __future__ import annotations

import time


class Clock:
    """The system's clock."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, as in ``origin_server_ts``."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""
        return time.monotonic()


class FixedClock(Clock):
    """A clock that moves only when told."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """The time it was set to, in milliseconds."""
        return self._now_ms

    def monotonic(self) -> float:
        """The time it was set to, in seconds."""
        return self._now_ms / 1000

    def advance(self, milliseconds: int) -> None:
        """Move the clock forward."""
        self._now_ms += milliseconds
