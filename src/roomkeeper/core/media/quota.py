"""How much space files may take: of each user, and all together. Space is taken before a file comes, not after."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from roomkeeper.core.media import store
from roomkeeper.core.media.models import QuotaExceeded, ServerFull
from roomkeeper.core.media.settings import MediaSettings
from roomkeeper.platform.database import Driver


class Quota:
    """What is taken, and what is reserved for files that are on their way in."""

    def __init__(self, driver: Driver, settings: MediaSettings) -> None:
        self._driver = driver
        self._of_user = settings.user_quota
        self._of_all = settings.total_quota
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._reserved: Counter[str] = Counter()
        self._stored = 0

    async def load(self) -> None:
        """Count what there is; done at the start, and after files were removed."""
        if self._of_all:
            self._stored = await store.bytes_of_all(self._driver)

    @asynccontextmanager
    async def reservation(self, user_id: str, size: int) -> AsyncIterator[Reservation]:
        """Space for a file of `size` bytes, which may still grow. Raises `QuotaExceeded`, `ServerFull`."""
        reservation = Reservation(self, user_id)
        try:
            await reservation.grow(size)
            yield reservation
        finally:
            self._give_back(user_id, reservation.size)

    async def take(self, user_id: str, more: int) -> None:
        """Reserve; one after the other for each user, so that of several that fit one by one some get their place."""
        async with self._turns.setdefault(user_id, asyncio.Lock()):
            if self._of_user:
                taken = await store.bytes_of(self._driver, user_id)
                if taken + self._reserved[user_id] + more > self._of_user:
                    raise QuotaExceeded(
                        f"{QuotaExceeded()} ({self._of_user} bytes). Delete messages with files, or ask to get more."
                    )
            if self._of_all and self._stored + self._reserved.total() + more > self._of_all:
                raise ServerFull
            self._reserved[user_id] += more

    def _give_back(self, user_id: str, size: int) -> None:
        self._reserved[user_id] -= size
        if not self._reserved[user_id]:
            del self._reserved[user_id]

    def stored(self, size: int) -> None:
        """A file has become durable."""
        self._stored += size


class Reservation:
    """Space for one file."""

    def __init__(self, quota: Quota, user_id: str) -> None:
        self._quota = quota
        self._user_id = user_id
        self.size = 0

    async def grow(self, size: int) -> None:
        """Make it `size` bytes, where it has fewer. Raises `QuotaExceeded`, `ServerFull`."""
        more = size - self.size
        if more > 0 or self.size == 0:
            await self._quota.take(self._user_id, max(0, more))
            self.size += max(0, more)
