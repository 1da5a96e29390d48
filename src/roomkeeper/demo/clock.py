"""The demo's clock: while the organisation is made, it shows the time at which each thing is said to have happened."""

from __future__ import annotations

from roomkeeper.platform.clock import Clock


class DemoClock(Clock):
    """The system's clock, unless it is turned back."""

    def __init__(self) -> None:
        self._turned: int | None = None

    def now_ms(self) -> int:
        """The time to which it is turned, or the real one."""
        return super().now_ms() if self._turned is None else self._turned

    def turn(self, to_ms: int) -> None:
        """Stand at a time in the past; never earlier than where it stood."""
        self._turned = max(to_ms, self._turned or 0)

    def release(self) -> None:
        """Show the real time from now on."""
        self._turned = None
