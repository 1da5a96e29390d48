"""The workers of a running server are killed and stopped while people ask for thumbnails and write to each other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path
from urllib.parse import quote

import aiohttp
import psutil
import pytest

from tests import samples
from tests.crash.test_media import UPLOAD, Uploader
from tests.databases import databases
from tests.process import ServerProcess

WORKER = "roomkeeper.core.analysis.worker"
IMAGES = 40
SIGNALS = 12


def workers(process: ServerProcess) -> list[int]:
    """The process ids of the workers."""
    found = []
    for child in psutil.Process(process.pid).children():
        with contextlib.suppress(psutil.Error):
            if WORKER in child.cmdline():
                found.append(child.pid)
    return found


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(signal.SIGSTOP, id="stopped", marks=pytest.mark.long),
    ],
)
async def test_workers_that_die_during_requests(number: signal.Signals, tmp_path: Path) -> None:
    chance = random.Random()
    process = ServerProcess(tmp_path / "data", **await databases.environment(tmp_path / "data"))
    try:
        await process.start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            clients = [Uploader(session, process.url) for _ in range(3)]
            for index, client in enumerate(clients):
                await client.register(f"user{index}")
            done = asyncio.Event()
            hurting = asyncio.create_task(hurt(process, number, chance, done))
            async with asyncio.TaskGroup() as group:
                work = [group.create_task(thumbnails(client, index)) for index, client in enumerate(clients)]
                group.create_task(messages(clients[0], done))
                group.create_task(set_when_done(work, done))
            hurt_ones = await hurting
            assert hurt_ones, "no worker was there to be hurt"
            # Nothing of it is left: the next picture has its thumbnail, and no more workers run than may.
            media_id = await upload(clients[0], samples.jpeg(777, 555))
            status, body = await thumbnail(clients[0], media_id)
            while status == 429:
                status, body = await thumbnail(clients[0], media_id)
            assert status == 200, body
            assert len(workers(process)) <= 2
            assert not {pid for pid in hurt_ones if psutil.pid_exists(pid)} - set(workers(process))
        await process.stop()
    finally:
        await process.kill()


async def hurt(process: ServerProcess, number: signal.Signals, chance: random.Random, done: asyncio.Event) -> set[int]:
    """Send a signal to a worker now and then; who got one."""
    hurt_ones: set[int] = set()
    while not done.is_set() and len(hurt_ones) < (SIGNALS if number == signal.SIGKILL else 2):
        await asyncio.sleep(chance.uniform(0.05, 0.4))
        found = [pid for pid in workers(process) if pid not in hurt_ones]
        if found:
            pid = chance.choice(found)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            hurt_ones.add(pid)
    return hurt_ones


async def upload(client: Uploader, data: bytes) -> str:
    """Upload; the id."""
    status, answer = await client.json_request("POST", f"{UPLOAD}/v3/upload", data)
    assert status == 200, answer
    return str(answer["content_uri"].rpartition("/")[2])


async def thumbnail(client: Uploader, media_id: str) -> tuple[int, bytes]:
    """Status and body."""
    return await client.bytes_request(
        "GET", f"/_matrix/client/v1/media/thumbnail/example.org/{media_id}?width=96&height=96"
    )


async def thumbnails(client: Uploader, index: int) -> None:
    """Ask for many; each is answered, and nearly all with a thumbnail: a job is tried twice."""
    failed = 0
    for number in range(IMAGES):
        media_id = await upload(client, samples.jpeg(800 + number, 600 + index))
        status, body = await thumbnail(client, media_id)
        assert status in (200, 400), body
        failed += status == 400
    assert failed <= IMAGES // 4


async def messages(client: Uploader, done: asyncio.Event) -> None:
    """Somebody who sends messages meanwhile notices nothing."""
    room_id = str((await client.request("POST", "/createRoom", {}))["room_id"])
    number = 0
    while not done.is_set():
        number += 1
        await client.request("PUT", f"/rooms/{quote(room_id)}/send/m.room.message/{number}", {"body": "x"})
        await asyncio.sleep(0.01)


async def set_when_done(work: list[asyncio.Task[None]], done: asyncio.Event) -> None:
    """Tell that all have finished."""
    try:
        await asyncio.wait(work)
    finally:
        done.set()
