"""Verifying chains: whether entries are as they were recorded, for who looks at them and for all records at once.

1.  `states` says of each entry of a page whether it follows from the one before, and says what its digest stands for.
2.  `verify` does so for a whole record, in parts, and compares it with its head and with the checkpoints it is in.
3.  A job does so for all records. What it has found stands in its message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.records import chain
from roomkeeper.capabilities.records.access import View
from roomkeeper.capabilities.records.models import ERASED, ChainState, Entry, Record, Shown
from roomkeeper.capabilities.records.store import checkpoints as checkpoints_store
from roomkeeper.capabilities.records.store import entries as store
from roomkeeper.capabilities.records.store import queries
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.jobs import Chunk, JobRecord, Jobs

VERIFY: Final = "records_verify"
ENTRIES: Final = 1_000
"""Entries that are checked at once."""
RECORDS: Final = 50
MOST_BROKEN: Final = 10
"""Places in records that are named."""
MOST_CHECKPOINTS: Final = 10_000
_PLACE: Final = re.compile(r"([^\s:,]+):(\d+)")


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which entry a record was checked, how many of these are erased, and which are broken (100 at most).

    `next_from`: where to go on; `None`: that was all. `checkpoint` is the last one that has proved right, made at
    `checkpoint_ts` (milliseconds).
    """

    checked: int
    erased: int
    broken: list[int]
    next_from: int | None
    checkpoint: int | None = None
    checkpoint_ts: int | None = None


class Place(msgspec.Struct, frozen=True):
    """Where a chain is broken."""

    record_id: str
    seq: int


class VerifyAll(msgspec.Struct, frozen=True):
    """All records."""


class Cursor(msgspec.Struct, kw_only=True):
    """How far it is: in the record after `record`, behind `seq`."""

    record: str = ""
    seq: int = 0
    done: int = 0
    broken: list[str] = []


def states_of(entries: Sequence[Entry], prev: bytes, before: int) -> list[ChainState]:
    """How it stands with entries that follow one another; `prev` is the hash of that with the seq `before`."""
    found: list[ChainState] = []
    for entry in entries:
        link = chain.Link(entry.record_id, entry.seq, prev, entry.kind, entry.ts, entry.digest)
        is_right = entry.seq == before + 1 and link.hash == entry.hash
        if entry.content is not None and entry.salt is not None:
            is_right = is_right and chain.digest_of(entry.salt, entry.content) == entry.digest
        found.append("broken" if not is_right else "erased" if entry.state == ERASED else "verified")
        prev, before = entry.hash, entry.seq
    return found


class Verifying:
    """Checks chains."""

    def __init__(self, app: Application, jobs: Jobs) -> None:
        self._app = app
        self._jobs = jobs

    async def mark(self, entries: Sequence[Entry], shown: list[Shown]) -> list[Shown]:
        """Entries of one record as they are shown, each with how it stands with its chain."""
        if not entries:
            return shown
        before = entries[0].seq - 1
        prev = await store.hash_at(self._app.driver, entries[0].record_id, before)
        states = states_of(entries, prev, before)
        return [msgspec.structs.replace(one, chain=state) for one, state in zip(shown, states, strict=True)]

    async def verify(self, view: View, after: int) -> Verified:
        """Check the next entries of what somebody may see of a record."""
        after = max(after, view.first - 1)
        found = await store.between(self._app.driver, view.record.record_id, after, view.end, ENTRIES)
        broken, last, number = await self._check(view.record, found, after)
        is_end = len(found) < ENTRIES
        if is_end and view.last is None and last < view.record.entries:
            broken.append(last + 1)
        ts = None if number is None else await self._made(number)
        return Verified(
            checked=last,
            erased=sum(entry.state == ERASED for entry in found),
            broken=broken[:100],
            next_from=None if is_end else last,
            checkpoint=number,
            checkpoint_ts=ts,
        )

    async def _made(self, number: int) -> int | None:
        found = await checkpoints_store.after(self._app.driver, number - 1, 1)
        return int(msgspec.json.decode(found[0].checkpoint)["ts"]) if found else None

    async def _check(self, record: Record, found: Sequence[Entry], after: int) -> tuple[list[int], int, int | None]:
        """(broken seqs, the last seq that was looked at, the last checkpoint that is right)."""
        prev = await store.hash_at(self._app.driver, record.record_id, after)
        states = states_of(found, prev, after)
        broken = [entry.seq for entry, state in zip(found, states, strict=True) if state == "broken"]
        last = found[-1].seq if found else after
        if found and last == record.entries and found[-1].hash.hex() != record.head:
            broken.append(last)
        hashes = {entry.seq: entry.hash for entry in found}
        number = None
        driver = self._app.driver
        for each, head in await checkpoints_store.of_record(driver, record.record_id, 0, MOST_CHECKPOINTS):
            if head.seq in hashes:
                if hashes[head.seq] == head.head:
                    number = each
                else:
                    broken.append(head.seq)
        return sorted(set(broken)), last, number

    # ------------------------------------------------------------ all records

    async def start(self, actor: str) -> JobRecord:
        """Begin to check all records; the job that is under way, where there is one."""
        write = Write()
        self._app.audit.record(write, permission="records.read", target="*", reason="verify all records")
        return await self._jobs.start(VERIFY, VerifyAll(), started_by=actor, write=write)

    async def step(self, _work: VerifyAll, cursor: Any) -> Chunk:
        """See `Job.step`: the next records, or the next entries of a large one."""
        at = Cursor() if cursor is None else msgspec.convert(cursor, Cursor)
        driver, checked = self._app.driver, 0
        records = await queries.page_by_id(driver, queries.RecordsQuery(), at.record, RECORDS)
        for record in records:
            found = await store.between(driver, record.record_id, at.seq, 2**62, ENTRIES)
            broken, last, _ = await self._check(record, found, at.seq)
            if len(found) < ENTRIES and last < record.entries:
                broken.append(last + 1)
            at.broken += [f"{record.record_id}:{seq}" for seq in broken]
            at.done += len(found)
            checked += len(found)
            if len(found) == ENTRIES:
                at.seq = last
                break
            at.record, at.seq = record.record_id, 0
            if checked >= ENTRIES:
                break
        named = ", ".join(at.broken[:MOST_BROKEN])
        message = f"broken: {len(at.broken)} ({named})" if at.broken else ""
        at.broken = at.broken[: MOST_BROKEN * 10]
        return Chunk(cursor=msgspec.to_builtins(at) if records else None, done=at.done, message=message)

    async def newest(self) -> JobRecord | None:
        """The last time that all records were checked."""
        return await self._jobs.newest(VERIFY)


def places_in(message: str) -> list[Place]:
    """What a job has found broken."""
    inside = message.partition("(")[2]
    return [Place(record_id, int(seq)) for record_id, seq in _PLACE.findall(inside)]
