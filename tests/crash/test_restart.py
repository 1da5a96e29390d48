"""Syncs across a restart: a token from before goes on working, and waiting with it costs nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.crash.load import Client
from tests.process import ServerProcess

WATCHED_SECONDS = 2.0
MOST_CPU_SECONDS = 0.5


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "stopped"])
async def test_waiting_with_an_old_token(tmp_path: Path, killed: bool) -> None:
    process = await ServerProcess(tmp_path / "data").start()
    try:
        async with aiohttp.ClientSession() as session:
            alice = await Client(session, process.url).register("alice")
            room_id = (await alice.request("POST", "/createRoom", {}))["room_id"]
            # Typing moves the stream without being stored: the token is ahead of the database's own mark.
            await alice.request("PUT", f"/rooms/{room_id}/typing/{alice.user_id}", {"typing": True})
            token = (await alice.request("GET", "/sync"))["next_batch"]
            await (process.kill() if killed else process.stop())
            await process.start()

            token = await until_quiet(alice, token)
            waiting = asyncio.ensure_future(alice.request("GET", "/sync", since=token, timeout=30_000))
            before = cpu_seconds(process.pid)
            await asyncio.sleep(WATCHED_SECONDS)
            assert cpu_seconds(process.pid) - before < MOST_CPU_SECONDS
            path = f"/rooms/{room_id}/send/m.room.message/t1"
            event_id = (await alice.request("PUT", path, {"body": "hello"}))["event_id"]
            async with asyncio.timeout(5):
                answer = await waiting
            (event,) = answer["rooms"]["join"][room_id]["timeline"]["events"]
            assert event["event_id"] == event_id
        await process.stop()
    finally:
        await process.kill()


async def until_quiet(client: Client, token: str) -> str:
    """Sync until nothing is new (who was typing before a restart is told to have stopped); the token then."""
    for _ in range(10):
        answer = await client.request("GET", "/sync", since=token, timeout=0)
        if answer.keys() == {"next_batch"}:
            return token
        token = answer["next_batch"]
    raise AssertionError("sync never ends to have news")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
