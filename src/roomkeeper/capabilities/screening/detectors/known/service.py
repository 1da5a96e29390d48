"""The lists of what is known: kept in the database, looked up in memory, changed through the API.

1. At the start, and after each change, PDQ hashes, features and sounds are loaded into indices.
2. Each change counts `generation` up in the same write; detectors have it in their version, so that what was seen with
   the lists as they were is looked at anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from roomkeeper.capabilities.screening.detectors.known import store
from roomkeeper.capabilities.screening.detectors.known.models import Hit, KnownItem, NewItem
from roomkeeper.capabilities.screening.detectors.known.rules import FeatureIndex, HashIndex, pdq_score
from roomkeeper.capabilities.screening.detectors.known.sounds import SoundIndex
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound

MOST_ITEMS = 1_000_000
MOST_FEATURES = 5_000
"""Pictures whose features are in memory (18 KB each), the newest; the others are known by their hashes alone."""
MOST_SOUNDS = 5_000
PAGE = 5_000
AT_ONCE = 500
"""Items of one write."""
IN_THE_LOOP = 20_000
"""Comparisons of hashes that are made at once; more are made on a thread."""
MOST_HITS = 20
MAX_ID = 2**53 - 1


class KnownMedia:
    """What is known."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.generation = 0
        self.hashes = HashIndex()
        self.features = FeatureIndex(())
        self.sounds: SoundIndex | None = None
        self._loading = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the lists have changed, and the new ones are in use."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Take everything into memory."""
        async with self._loading:
            generation, hashes, last = await store.generation(self._app.driver), HashIndex(), 0
            while rows := await store.hashes_after(self._app.driver, last, PAGE):
                for item_id, pdq in rows:
                    if pdq is not None:
                        hashes.add(item_id, pdq)
                last = rows[-1][0]
                await asyncio.sleep(0)
            features = await self._data("features", MOST_FEATURES)
            sounds = await self._data("sounds", MOST_SOUNDS)
            self.features = await asyncio.to_thread(FeatureIndex, features)
            self.sounds = await asyncio.to_thread(SoundIndex, sounds) if sounds else None
            self.hashes, self.generation = hashes, generation

    async def _data(self, data: store.Data, most: int) -> list[tuple[int, bytes]]:
        found: list[tuple[int, bytes]] = []
        while len(found) < most:
            before = found[-1][0] if found else MAX_ID
            rows = await store.data_before(self._app.driver, data, before, min(100, most - len(found)))
            if not rows:
                break
            found += rows
        return found

    # ------------------------------------------------------------ looking up

    async def exact(self, hashes: Sequence[str]) -> Mapping[str, KnownItem]:
        """The items with these SHA-256."""
        return {item.sha256: item for item in await store.find_exact(self._app.driver, hashes) if item.sha256}

    async def similar(self, hashes: Sequence[str]) -> list[Hit]:
        """The items that look like one of these PDQ hashes, the most similar first."""
        index = self.hashes
        if len(index) * len(hashes) > IN_THE_LOOP:
            near = await asyncio.to_thread(index.near, hashes)
        else:
            near = index.near(hashes)
        return await self.hits(
            [(item_id, f"PDQ hashes differ in {bits} of 256 bits", pdq_score(bits)) for item_id, bits in near]
        )

    async def hits(self, found: Sequence[tuple[int, str, float]]) -> list[Hit]:
        """(item, how it was found, how sure that is) with the items themselves, but for those that were removed."""
        hits = []
        for item_id, how, score in found[:MOST_HITS]:
            item = await store.find(self._app.driver, item_id)
            if item is not None:
                hits.append(Hit(item, how, score))
        return hits

    # ------------------------------------------------------------ lists

    async def page(self, before: int | None, limit: int) -> list[KnownItem]:
        """Items, the newest first."""
        return await store.page(self._app.driver, before or MAX_ID, limit)

    async def add(self, item: NewItem, actor: str) -> KnownItem:
        """Add one, or change the one that has the same hash. Raises `InvalidParameter` where there is no room."""
        await self.add_all([item], actor)
        added = await store.find_by_key(self._app.driver, item.key)
        if added is None:
            raise NotFound("It was removed at the same moment.")
        return added

    async def add_all(self, items: Sequence[NewItem], actor: str) -> None:
        """Add some. Raises `InvalidParameter` where there is no room; then none were added."""
        if await store.count(self._app.driver) + len(items) > MOST_ITEMS:
            raise InvalidParameter(f"There can be {MOST_ITEMS} known files. Remove some first.")
        now = self._app.clock.now_ms()
        for start in range(0, len(items), AT_ONCE):
            write = Write()
            for item in items[start : start + AT_ONCE]:
                store.upsert(write, item, now, actor)
            store.count_change(write)
            target = items[start].key if len(items) == 1 else f"{len(items)} items"
            self._app.audit.record(write, permission="known_media.write", target=target)
            await self._app.committer.submit(write)
        await self._changed()

    async def remove(self, item_id: int) -> None:
        """Remove one. Raises `NotFound`."""
        item = await store.find(self._app.driver, item_id)
        if item is None:
            raise NotFound("There is no such item.")
        write = Write()
        store.delete(write, item_id)
        store.count_change(write)
        self._app.audit.record(write, permission="known_media.write", target=f"remove {item.sha256 or item.pdq}")
        await self._app.committer.submit(write)
        await self._changed()

    async def _changed(self) -> None:
        await self.load()
        for listener in self._listeners:
            listener()
