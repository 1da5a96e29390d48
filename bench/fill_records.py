"""Records by the million entries, written straight into a stopped server's database: by the statements with which the
server itself appends entries and indexes them, so that their chains hold and they can be exported.

Conversations overlap: `AT_A_TIME` of them go on at one time, each of `LONG` entries, one entry of each after the other.
"""

import random
from collections.abc import Callable

from bench.fill_messages import text_of
from roomkeeper.capabilities.records.appending import Chains, Item
from roomkeeper.capabilities.records.models import Record
from roomkeeper.capabilities.records.store import index, records
from roomkeeper.core.search.rules import words_of
from roomkeeper.core.search.segmentation import VERSION
from roomkeeper.platform.database import Committer, Driver, Positions, Write, driver_for
from roomkeeper.wire.canonical_json import canonical

PROGRAM = "bench"
LONG = 100
AT_A_TIME = 50
START_MS = 1_600_000_000_000
EVERY_MS = 1_000
"""Between two entries."""


async def fill_records(url: str, count: int, owner: str, department_of: Callable[[int], str]) -> int:
    """Add conversations with `count` entries together or a few more, as if `owner` had uploaded them, and tell how
    many entries that are. The department of each is told by its number."""
    driver = driver_for(url)
    await driver.open()
    try:
        positions = Positions()
        await positions.load(driver)
        committer, chains = Committer(driver, positions), Chains(driver)
        await chains.load()
        filled = 0
        while filled < count:
            write = await _some(driver, chains, filled // LONG, owner, department_of)
            await committer.submit(write)
            filled += LONG * AT_A_TIME
        await committer.drain()
        return filled
    finally:
        await driver.close()


async def _some(driver: Driver, chains: Chains, first: int, owner: str, department_of: Callable[[int], str]) -> Write:
    """The conversations of one time, indexed."""
    chance, write = random.Random(first), Write()
    words = index.index_for(driver.dialect)
    progress = await records.progress(driver)
    number = progress.indexed
    before = [_record(first + at, owner) for at in range(AT_A_TIME)]
    after = list(before)
    for at, record in enumerate(before):
        records.insert(write, record, f"bench {first + at}")
        records.insert_department(write, record.record_id, department_of(first + at))
        records.insert_person(write, record.record_id, owner)
        records.insert_person(write, record.record_id, f"customer {(first + at) % 1_000}")
    for seq in range(LONG):
        for at, record in enumerate(after):
            number += 1
            text, sender = text_of(chance, number), (f"customer {(first + at) % 1_000}", owner)[seq % 2]
            ts = START_MS + number * EVERY_MS
            content = {"v": 1, "id": f"m{seq}", "kind": "message", "ts": ts, "sender": sender, "text": text}
            item = Item("message", ts, sender, f"m{seq}", canonical(content))
            after[at] = chains.append(write, record, [item])
            words.add(write, index.Words(number, record.record_id, words_of(text)), append=True)
    for old, new in zip(before, after, strict=True):
        chains.advance(write, old, new)
    index.move(write, progress.indexed, number, VERSION, progress.removals)
    return write


def _record(number: int, owner: str) -> Record:
    return Record(record_id=f"{PROGRAM}{number:09}", kind="external", program=PROGRAM, owner=owner, created_ts=START_MS)
