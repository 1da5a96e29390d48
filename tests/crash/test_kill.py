"""`kill -9` under load: what was acknowledged is there, once and in order; what was asked again is not done again.

A killed process loses what it had not written, not what the system holds in its cache: this is about the order of
writes and answers and about what one transaction holds, not about fsync.
"""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import aiohttp
import pytest

from tests.consistency import check_data_dir
from tests.crash.load import Client, Load, Reader
from tests.databases import databases, opened
from tests.process import ServerProcess

SENDERS = 5
ROOMS = 4

Stored = dict[str, list[tuple[str, str, str]]]
"""By room, the events in the order of their positions: id, sender, type."""


@pytest.mark.parametrize(
    ("kills", "seed"),
    [
        pytest.param(2, None, id="2 kills"),
        pytest.param(20, None, id="20 kills", marks=pytest.mark.long),
    ],
)
async def test_kill_under_load(kills: int, seed: int | None, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    data_dir = tmp_path / "data"
    process = ServerProcess(data_dir)
    try:
        await process.start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            load = await prepare(session, process.url, chance)
            earlier = await kill_repeatedly(process, load, kills, chance)
            await check_as_clients_see_it(load, earlier)
        await process.stop()
    finally:
        await process.kill()
    check_data_dir(data_dir)
    check_stored(load, stored_events(data_dir))
    sent = sum(map(len, load.acknowledged.values()))
    print(f"{sent} events acknowledged, {load.retried} requests interrupted")
    assert sent > kills * SENDERS * ROOMS, f"only {sent} events were sent: this was no load"
    assert load.retried > kills, f"only {load.retried} requests were interrupted"


async def prepare(session: aiohttp.ClientSession, url: str, chance: random.Random) -> Load:
    """Users who are all in all rooms, one of whom reads as well."""
    clients = [await Client(session, url).register(f"user{number}") for number in range(SENDERS)]
    room_ids = []
    for number in range(ROOMS):
        body = {"preset": "public_chat", "room_version": "11" if number % 2 else "12"}
        room_ids.append(str((await clients[0].request("POST", "/createRoom", body))["room_id"]))
        for client in clients[1:]:
            await client.request("POST", f"/join/{room_ids[-1]}")
    reader = Reader(clients[1])
    await reader.sync()
    return Load(clients, room_ids, reader, chance)


async def kill_repeatedly(process: ServerProcess, load: Load, kills: int, chance: random.Random) -> list[Reader]:
    """Let the load run, and kill the server now and then. What comes back are readers as they were at each kill."""
    earlier = []
    load.up.set()
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run())
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.05, 1.5))
            load.up.clear()
            await process.kill()
            earlier.append(load.reader.at_this_moment())
            if chance.random() < 0.25:
                await process.spawn()
                await asyncio.sleep(chance.uniform(0, 2))
                await process.kill()
            await process.start()
            load.up.set()
        await asyncio.sleep(0.5)
        load.stop.set()
    return earlier


async def check_as_clients_see_it(load: Load, earlier: list[Reader]) -> None:
    """Whoever reads on from a token from before a crash has, in the end, what a reader has who begins anew."""
    fresh = Reader(load.reader.client)
    for reader in (fresh, load.reader, *earlier):
        while await reader.sync():
            pass
    for room_id in {room_id for _, room_id in load.acknowledged}:
        history = await fresh.client.page_through(room_id, None, None)
        assert fresh.seen[room_id] == history
        for reader in (load.reader, *earlier):
            seen = reader.seen[room_id]
            assert seen == history, f"{room_id}: a reader has {len(seen)} of {len(history)} events"


def stored_events(data_dir: Path) -> Stored:
    """What the database has when the server has ended."""
    stored: Stored = {}
    with opened(databases.url_of(data_dir)) as database:
        for room_id, *event in database.rows("SELECT room_id, event_id, sender, type FROM events ORDER BY position"):
            stored.setdefault(room_id, []).append((event[0], event[1], event[2]))
    return stored


def check_stored(load: Load, stored: Stored) -> None:
    """Exactly what was acknowledged to each sender is in each room, in that order, nothing twice."""
    ids = [event_id for events in stored.values() for event_id, _, _ in events]
    assert len(ids) == len(set(ids))
    for (user_id, room_id), acknowledged in load.acknowledged.items():
        found = [
            event_id
            for event_id, sender, event_type in stored[room_id]
            if sender == user_id and event_type in ("m.room.message", "m.room.redaction")
        ]
        assert found == acknowledged
    for room_id, event_id in load.states:
        assert event_id in {name for name, _, _ in stored[room_id]}
