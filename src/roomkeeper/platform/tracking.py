"""Tracking points of this server: one call where something happens that users may report trouble about.

It costs a look-up where nobody listens, and an append where somebody does; it never waits, and never fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Value = str | int | float | bool


class ServerPoint(NamedTuple):
    """What was done for a user. `ts`: milliseconds since 1970."""

    name: str
    user_id: str
    ts: int
    properties: dict[str, Value]


class Tracking:
    """The call, and who listens."""

    __slots__ = ("_now_ms", "listener")

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self.listener: Callable[[ServerPoint], None] | None = None
        """A plain function that takes a point and returns at once."""

    def track(self, name: str, user_id: str, **properties: Value) -> None:
        """That this happened for that user. Properties hold ids, kinds and counts, never what people wrote."""
        if self.listener is not None:
            self.listener(ServerPoint(name, user_id, self._now_ms(), properties))
