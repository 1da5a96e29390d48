"""Turns: those who read something and write it back do so one after the other, for each thing."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from weakref import WeakValueDictionary


class Turns:
    """A lock for each key, kept only while somebody holds it or waits for it: ``async with turns(user, room): …``"""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def __call__(self, *key: Hashable) -> asyncio.Lock:
        """The lock of `key`."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock
