"""Whether anything of a list has changed: those who look at it wait for that, instead of reading it again and again."""

from __future__ import annotations

import asyncio
import secrets

MOST_WAITING = 1000
"""Beyond that nobody waits: they are answered at once."""


class News:
    """Counts changes. A server that was started anew counts from the beginning, under another name."""

    def __init__(self) -> None:
        self._name = secrets.token_hex(4)
        self._count = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._closed = False

    def tell(self) -> None:
        """Something has changed."""
        self._count += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, since: str, seconds: float) -> str:
        """What stands for now, as soon as it is not `since`, or after some seconds."""
        if since == self._now() and seconds > 0 and not self._closed and len(self._waiting) < MOST_WAITING:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                await asyncio.wait([waiter], timeout=seconds)
            finally:
                self._waiting.discard(waiter)
        return self._now()

    def close(self) -> None:
        """Answer everybody who waits: the server stops."""
        self._closed = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    def _now(self) -> str:
        return f"{self._name}.{self._count}"
