"""Messages between the parts of a running server that do not need to survive it: wake-ups, invalidations.

One process has them in process; several will share them over a message broker behind this same interface.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Subscriber = Callable[[Any], None]


class Bus:
    """Publish and subscribe by topic, in process and synchronously: a subscriber must be quick and must not raise."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Subscriber]] = defaultdict(list)

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        """Call ``subscriber`` with every message published to ``topic`` from now on."""
        self._subscribers[topic].append(subscriber)

    def publish(self, topic: str, message: object) -> None:
        """Hand ``message`` to the subscribers of ``topic``, in the order in which they subscribed."""
        for subscriber in self._subscribers[topic]:
            subscriber(message)
