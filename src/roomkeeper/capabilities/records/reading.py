"""Reading records: pages of entries, jumping to a time, waiting for what comes, searching."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from roomkeeper.capabilities.records import rules
from roomkeeper.capabilities.records.access import REDACTED, Access, View
from roomkeeper.capabilities.records.appending import Watch
from roomkeeper.capabilities.records.indexer import Indexer
from roomkeeper.capabilities.records.models import REDACTED as REDACTED_STATE
from roomkeeper.capabilities.records.models import Entry, Record, Share, Shown
from roomkeeper.capabilities.records.recorder import Recorder
from roomkeeper.capabilities.records.store import entries as store
from roomkeeper.capabilities.records.store import queries
from roomkeeper.capabilities.records.store import records as records_store
from roomkeeper.capabilities.records.store.index import Scope
from roomkeeper.capabilities.records.verifying import Verifying
from roomkeeper.core.search.rules import highlights, parse
from roomkeeper.platform.application import Application

WAIT: Final = 1.0
"""Seconds that whoever looks waits at most for what was just said to be recorded, or indexed."""
BACKLOG: Final = 1_000
"""Entries that a search waits for to be indexed."""
AT_ONCE: Final = 2
MANY: Final = 50_000
"""Entries that are looked through in windows of their numbers, the first of `FIRST`."""
FIRST: Final = 4_000
WINDOW_S: Final = 0.03
"""Seconds that looking through a window is to take: the next is larger, or smaller, according to the one before."""
GROWTH: Final = 16
LONGEST_S: Final = 0.12
"""Seconds after which a search tells what it has found so far, and where it goes on."""

Direction = Literal["f", "b"]
Visible = Callable[[Sequence[Entry]], Awaitable[list["Hit"]]]
"""Those of some entries that the searcher may see."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Entries in their order; `first` and `last` are the seqs at the ends of what one may see (0: there is nothing)."""

    entries: list[Shown]
    first: int
    last: int


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that was found, and its record."""

    record: Record
    entry: Shown


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was found, the newest first; where there may be more, the number to go on from. A page may have few."""

    results: list[Hit]
    highlights: list[str]
    next_batch: str | None = None


class Area(NamedTuple):
    """Where a search looks: how many entries there are (`MANY`: as many or more), and the highest number of them."""

    scope: Scope
    entries: int
    last: int


class Reading:
    """Shows records."""

    def __init__(
        self,
        app: Application,
        access: Access,
        recorder: Recorder,
        indexer: Indexer,
        watch: Watch,
        verifying: Verifying,
    ) -> None:
        self._app = app
        self._verifying = verifying
        self._access = access
        self._recorder = recorder
        self._indexer = indexer
        self._watch = watch
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def fresh(self) -> None:
        """Let what was just said be recorded, if that goes fast."""
        await self._recorder.reach(self._app.positions.committed, WAIT)

    async def page(
        self, view: View, *, start: int | None, direction: Direction, limit: int, with_redacted: bool, raw: bool
    ) -> Page:
        """Entries of a view: those after `start`, or before it; from the first, or the last, where that is `None`."""
        if direction == "f":
            after, before = max(view.first - 1, start or 0), view.end
        else:
            after, before = view.first - 1, min(view.end, view.end if start is None else start)
        found = await store.between(self._app.driver, view.record.record_id, after, before, limit, direction)
        if direction == "b":
            found.reverse()
        shown = [rules.show(entry, with_redacted=with_redacted, raw=raw) for entry in found]
        shown = await self._verifying.mark(found, shown)
        last = min(view.record.entries, view.end - 1)
        return Page(entries=shown, first=view.first if last >= view.first else 0, last=max(last, 0))

    async def seq_at(self, view: View, ts: int) -> int:
        """The first entry at or after a time; the last one, where all are earlier. Entries are taken to be in order."""
        low, high = view.first, min(view.record.entries, view.end - 1)
        while low < high:
            middle = (low + high) // 2
            if await store.ts_at(self._app.driver, view.record.record_id, middle) < ts:
                low = middle + 1
            else:
                high = middle
        return low

    async def wait(self, view: View, after: int, seconds: float) -> None:
        """Until a view has entries after a seq, or something else happens to its record, or the time is over."""
        record = await records_store.find(self._app.driver, view.record.record_id)
        if record is not None and min(record.entries, view.end - 1) <= after:
            await self._watch.wait(record.record_id, seconds, lambda: True)

    # ------------------------------------------------------------ searching

    async def search_inside(
        self, view: View, term: str, start: int | None, limit: int, *, with_redacted: bool
    ) -> Found:
        """Search the entries of a view."""

        async def visible(found: Sequence[Entry]) -> list[Hit]:
            inside = [entry for entry in found if view.includes(entry.seq)]
            return [
                Hit(record=view.record, entry=rules.show(entry, with_redacted=with_redacted))
                for entry in inside
                if with_redacted or entry.state != REDACTED_STATE
            ]

        async def area() -> Area:
            return Area(Scope([view.record.record_id], queries.RecordsQuery()), view.record.entries, 2**62)

        return await self._search(term, area, start, limit, visible)

    async def search(self, actor: str, query: queries.RecordsQuery, term: str, start: int | None, limit: int) -> Found:
        """Search all records that a query lets through; of those that one was shown, what one was shown."""
        spans = {share.record_id: share for share in await self._access.shared_with(actor)}
        own = msgspec.structs.replace(query, shown=())

        async def visible(found: Sequence[Entry]) -> list[Hit]:
            ids = list(dict.fromkeys(entry.record_id for entry in found))
            records = await queries.visible_among(self._app.driver, query, ids)
            whole = await queries.visible_among(self._app.driver, own, [each for each in ids if each in spans])
            return [
                Hit(record=records[entry.record_id], entry=rules.show(entry))
                for entry in found
                if entry.record_id in records
                and entry.state != REDACTED_STATE
                and (entry.record_id in whole or _in_span(entry, spans.get(entry.record_id)))
            ]

        async def area() -> Area:
            few = await queries.few_of(self._app.driver, query)
            if few is None:
                return Area(Scope(None, query), MANY, await queries.last_number(self._app.driver, query))
            ids, last = [record.record_id for record in few], max((record.last_no for record in few), default=0)
            return Area(Scope(ids, query), sum(record.entries for record in few), last)

        return await self._search(term, area, start, limit, visible)

    async def _search(
        self,
        term: str,
        area_of: Callable[[], Awaitable[Area]],
        start: int | None,
        limit: int,
        visible: Visible,
    ) -> Found:
        """Go down window by window until there is a page, or the time for it is over: the searcher can go on then."""
        query = parse(term)
        if not query:
            return Found(results=[], highlights=[])
        await self._be_fresh()
        area = await area_of()
        last = min(area.last, await store.newest_number(self._app.driver))
        end = last + 1 if start is None else min(start, last + 1)
        if not area.entries or end <= 1:
            return Found(results=[], highlights=[])
        # A phrase is looked for everywhere in a window, however few entries of it are looked at.
        is_quick = area.entries < MANY and all(len(clause.tokens) == 1 for clause in query)
        width = end if is_quick else FIRST
        hits: list[Hit] = []
        async with self._turns:
            deadline = time.monotonic() + LONGEST_S
            windows = await self._indexer.index.search(self._app.driver, query, area.scope)
            while True:
                begun = time.monotonic()
                first, wanted = max(end - width, 0), limit - len(hits)
                numbers = await windows.find(first, end, wanted + 1)
                end = first if len(numbers) <= wanted else numbers[wanted - 1]
                hits += await visible(await store.by_numbers(self._app.driver, numbers[:wanted]))
                done = time.monotonic()
                if end <= 1 or len(hits) >= limit or done > deadline:
                    break
                width = _next_width(width, done - begun)
        more = end > 1
        marked = highlights(query, (hit.entry.text for hit in hits))
        return Found(results=hits, highlights=marked, next_batch=str(end) if more else None)

    async def _be_fresh(self) -> None:
        """Wait for what was just said, but not for all that is taken in from elsewhere meanwhile."""
        await self.fresh()
        newest = await store.newest_number(self._app.driver)
        await self._indexer.reach(newest, WAIT if newest - self._indexer.reached <= BACKLOG else 0)

    async def may_see_redacted(self, actor: str, view: View) -> bool:
        """Whether somebody may see what was redacted in a record."""
        return view.by == "permission" and await self._access.is_permitted(actor, view.record, REDACTED)


def _in_span(entry: Entry, share: Share | None) -> bool:
    """Whether an entry is in what was shared, where that is why one sees it."""
    if share is None:
        return True
    return share.first_seq <= entry.seq and (share.last_seq is None or entry.seq <= share.last_seq)


def _next_width(width: int, took: float) -> int:
    """How many numbers the next window has, where one of `width` took so many seconds."""
    return max(int(width * min(max(WINDOW_S / max(took, 1e-6), 1 / GROWTH), GROWTH)), FIRST // GROWTH)
