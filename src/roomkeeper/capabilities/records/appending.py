"""Appending to records: the next links of their chains, what else a record knows of them, and who waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import msgspec

from roomkeeper.capabilities.records import chain
from roomkeeper.capabilities.records.models import NORMAL, Record
from roomkeeper.capabilities.records.store import entries as store
from roomkeeper.capabilities.records.store import records as records_store
from roomkeeper.platform.database import Driver, Write

MOST_WAITING = 1_000


class Item(msgspec.Struct, frozen=True):
    """What becomes an entry. `media_ids` are those of this server to which it refers."""

    kind: str
    ts: int
    sender: str | None
    source: str | None
    content: bytes
    media_ids: Sequence[str] = ()


class Chains:
    """Makes entries, in the order of their numbers; there is one in a process."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._last = 0

    async def load(self) -> None:
        """At the start: which number was the last."""
        self._last = await store.newest_number(self._driver)

    def append(self, write: Write, record: Record, items: Iterable[Item]) -> Record:
        """Append to a record, as part of `write`; the record as it is then, which is for the caller to store.

        The write is to be submitted without an await in between: numbers become visible in order.
        """
        seq, head, last = record.entries, bytes.fromhex(record.head) if record.head else chain.START, record.last_ts
        first = record.first_ts
        for item in items:
            seq += 1
            salt = chain.new_salt()
            digest = chain.digest_of(salt, item.content)
            head = chain.Link(record.record_id, seq, head, item.kind, item.ts, digest).hash
            self._last += 1
            # The fields of an `Entry`, in their order: this is done for every message.
            store.insert(
                write,
                self._last,
                record.record_id,
                seq,
                item.kind,
                item.ts,
                item.sender,
                item.source,
                item.content,
                salt,
                digest,
                head,
                NORMAL,
            )
            for media_id in item.media_ids:
                store.insert_medium(write, media_id, record.record_id, seq)
            first = item.ts if first is None else min(first, item.ts)
            last = item.ts if last is None else max(last, item.ts)
        return msgspec.structs.replace(
            record, entries=seq, head=head.hex(), first_ts=first, last_ts=last, last_no=self._last
        )

    def advance(self, write: Write, before: Record, after: Record) -> None:
        """Store what appending has changed; the write fails where another has appended meanwhile."""
        records_store.advance(write, before, after)


class Watch:
    """Who waits for something to happen to a record: new entries, or that they may see it no longer."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], str] = {}
        self._closed = False

    async def wait(self, record_id: str, seconds: float, still: Callable[[], bool]) -> None:
        """Until something happens to a record, unless something has (`still` says no), or the time is over."""
        if self._closed or len(self._waiting) >= MOST_WAITING or not still():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = record_id
        try:
            await asyncio.wait([waiter], timeout=seconds)
        finally:
            del self._waiting[waiter]

    @property
    def is_watched(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    def tell(self, record_ids: Iterable[str]) -> None:
        """Something has happened to these records."""
        if not self._waiting:
            return
        changed = set(record_ids)
        for waiter, record_id in self._waiting.items():
            if record_id in changed and not waiter.done():
                waiter.set_result(None)

    def close(self) -> None:
        """Answer everybody: the server stops."""
        self._closed = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
