"""Keeps the index of entries up to date: goes over them in order of their numbers, behind whatever appends them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from roomkeeper.capabilities.records import rules
from roomkeeper.capabilities.records.store import entries as entries_store
from roomkeeper.capabilities.records.store import index as store
from roomkeeper.capabilities.records.store import records as records_store
from roomkeeper.core.search.rules import words_of
from roomkeeper.core.search.segmentation import VERSION
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.models import UnexpectedRowCount

BATCH: Final = 100
PAUSE: Final = 5.0
"""Seconds that entries may gather, unless somebody searches: the index takes many at once for less."""
AGAIN: Final = 0.1


class Indexer:
    """Follows the entries."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.index = store.index_for(getattr(app.driver, "dialect", "sqlite"))
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._moved = asyncio.Event()
        self.reached = 0

    def wake(self) -> None:
        """There are new entries."""
        self._wake.set()

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            self._wake.clear()
            try:
                await self.catch_up()
            except UnexpectedRowCount:  # something was erased meanwhile
                await asyncio.sleep(AGAIN)
                continue
            await self._wake.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._hurry.wait()
            self._hurry.clear()

    async def catch_up(self) -> None:
        """Index all that is there, batch by batch."""
        progress = await records_store.progress(self._app.driver)
        # What was indexed in another way, or before the cursor was set back, is indexed anew.
        anew = await store.newest(self._app.driver)
        reached = progress.indexed if progress.segmentation == VERSION else 0
        before = progress.indexed
        while True:
            # What is erased after this makes the write fail.
            removals = (await records_store.progress(self._app.driver)).removals
            found = await entries_store.numbered(self._app.driver, reached, BATCH)
            if not found:
                break
            write, end = Write(), found[-1].number
            if reached < anew:
                store.remove_between(write, reached, end)
            for entry in found:
                words = words_of(rules.searchable_text(entry))
                if words:
                    row = store.Words(entry.number, entry.record_id, words)
                    self.index.add(write, row, append=reached >= anew)
            store.move(write, before, end, VERSION, removals)
            await self._app.committer.submit(write)
            reached = before = end
            self._move_to(end)
            await self._app.giving_way.turn()
        self._move_to(reached)

    def _move_to(self, number: int) -> None:
        self.reached = number
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def reach(self, number: int, seconds: float) -> bool:
        """Wait until the entries up to that number are indexed, or the time is over."""
        if self.reached >= number:
            return True
        self._hurry.set()
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.reached < number:
                    await self._moved.wait()
        return self.reached >= number
