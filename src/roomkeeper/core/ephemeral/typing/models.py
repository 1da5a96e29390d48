"""Who types in one room."""

from __future__ import annotations

import asyncio

KIND = "typing"
"""The kind of change that a list of typing users is to sync; its data is a tuple of user ids."""


class TypingRoom:
    """The users who type, each with the timer that ends it, and the position of the list's last change."""

    __slots__ = ("position", "timers")

    def __init__(self) -> None:
        self.timers: dict[str, asyncio.TimerHandle] = {}
        self.position = 0

    @property
    def user_ids(self) -> tuple[str, ...]:
        """Who types, in the order in which they started."""
        return tuple(self.timers)
