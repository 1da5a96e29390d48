"""`kill -9` while jobs are being done: each goes on at its last finished chunk, and every effect happens once."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.commands import roomkeeper, works
from tests.consistency import DATABASE, check_data_dir
from tests.crash.load import Client
from tests.databases import ON_POSTGRESQL
from tests.process import ServerProcess

pytestmark = pytest.mark.skipif(ON_POSTGRESQL, reason="looks into the SQLite file")

ROOMS = 16
MESSAGES = 120
KILLS = 4
SECONDS = 90


class Operator:
    """The operator of a server process, which has another token after each start."""

    def __init__(self, session: aiohttp.ClientSession, process: ServerProcess) -> None:
        self._session = session
        self._process = process

    async def ask(self, method: str, path: str, **query: str | int) -> Any:
        """What the endpoint answers."""
        token = json.loads((self._process.data_dir / "instance.json").read_text())["token"]
        url, headers = f"{self._process.url}/_roomkeeper/v1{path}", {"Authorization": f"Bearer {token}"}
        async with self._session.request(method, url, params=query, headers=headers) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer


async def test_kill_while_rooms_are_purged(tmp_path: Path) -> None:
    chance = random.Random()
    process = await ServerProcess(tmp_path / "data").start()
    try:
        async with aiohttp.ClientSession() as session:
            operator = Operator(session, process)
            alice = await Client(session, process.url).register("alice")
            bob = await Client(session, process.url).register("bob")
            room_ids = [await fill_room(alice, bob) for _ in range(ROOMS)]
            token = (await bob.request("GET", "/sync"))["next_batch"]
            # What follows the stream (the search index) has time to reach its end.
            await process.stop()
            await process.start()
            await asyncio.sleep(2)
            rows = {room_id: rows_of(process.data_dir, room_id) for room_id in room_ids}
            for room_id in room_ids:
                await operator.ask("POST", f"/rooms/{quote(room_id)}/purge")
            unfinished = 0
            for _ in range(KILLS):
                unfinished += await until_one_runs(operator, chance)
                await process.kill()
                await process.start()
            jobs = await until_all_are_done(operator)
            left = (await bob.request("GET", "/sync", since=token))["rooms"]["leave"]
        await process.stop()
    finally:
        await process.kill()
    check_data_dir(tmp_path / "data")
    assert unfinished >= KILLS, "no job was under way when the server was killed"
    assert left.keys() == set(room_ids)
    for job in jobs:
        # Each of the two has left, which is an event more each. A row is counted in the write that removes it.
        assert job["progress"]["done"] == rows[job["key"]] + 2, job
        assert rows_of(process.data_dir, job["key"]) == 0
    with closing(sqlite3.connect(tmp_path / "data" / DATABASE)) as database:
        sql = "SELECT count(*) FROM audit_log WHERE permission = 'rooms.purge'"
        assert database.execute(sql).fetchone() == (ROOMS,)


async def fill_room(alice: Client, bob: Client) -> str:
    """A room with messages."""
    room_id = str((await alice.request("POST", "/createRoom", {"preset": "public_chat"}))["room_id"])
    await bob.request("POST", f"/join/{quote(room_id)}", {})

    async def send(number: int) -> None:
        path = f"/rooms/{quote(room_id)}/send/m.room.message/{number}"
        await alice.request("PUT", path, {"msgtype": "m.text", "body": f"word{number}"})

    await asyncio.gather(*(send(number) for number in range(MESSAGES)))
    return room_id


def rows_of(data_dir: Path, room_id: str) -> int:
    """How many rows of a room all tables have together, but for the room itself and those who are told."""
    count = 0
    with closing(sqlite3.connect(data_dir / DATABASE)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in set(tables) - {"rooms", "purged_rooms", "room_aliases"}:
            if "room_id" in {row[1] for row in database.execute(f"PRAGMA table_info({table})")}:
                count += database.execute(f"SELECT count(*) FROM {table} WHERE room_id = ?", (room_id,)).fetchone()[0]
    return count


async def until_one_runs(operator: Operator, chance: random.Random) -> int:
    """Wait until a job is under way, and a moment more; how many are not finished."""
    async with asyncio.timeout(SECONDS):
        while not (await operator.ask("GET", "/jobs", state="running"))["jobs"]:  # noqa: ASYNC110 - it is elsewhere
            await asyncio.sleep(0.005)
    await asyncio.sleep(chance.uniform(0, 0.02))
    jobs = (await operator.ask("GET", "/jobs"))["jobs"]
    return sum(job["state"] in ("queued", "running") for job in jobs)


async def until_all_are_done(operator: Operator) -> list[dict[str, Any]]:
    """All jobs, once every one has succeeded."""
    async with asyncio.timeout(SECONDS):
        jobs: list[dict[str, Any]] = (await operator.ask("GET", "/jobs"))["jobs"]
        for job in jobs:
            while job["state"] in ("queued", "running"):
                path = f"/jobs/{job['job_id']}"
                job.update(await operator.ask("GET", path, since=job["version"], timeout=5000))
    assert {job["state"] for job in jobs} == {"succeeded"}, jobs
    assert len(jobs) == ROOMS
    return jobs


async def test_the_commands(tmp_path: Path) -> None:
    """They ask the running server; and where none runs, they do the job themselves."""
    data_dir = tmp_path / "data"
    process = await ServerProcess(data_dir).start()
    try:
        async with aiohttp.ClientSession() as session:
            operator = Operator(session, process)
            alice = await Client(session, process.url).register("alice")
            rooms = [(await alice.request("POST", "/createRoom", {"name": f"{n}"}))["room_id"] for n in range(2)]
            first = await operator.ask("POST", f"/rooms/{quote(rooms[0])}/purge")
            said = await works(data_dir, "jobs", "show", first["job_id"])
            assert "State: succeeded" in said
            assert rooms[0] in said
            second = await operator.ask("POST", f"/rooms/{quote(rooms[1])}/purge")
            await process.kill()
        # No server runs: the command finishes what that one left.
        assert "State: succeeded" in await works(data_dir, "jobs", "show", second["job_id"])
        said = await works(data_dir, "jobs", "list")
        assert said.index(second["job_id"]) < said.index(first["job_id"])
        code, said = await roomkeeper(data_dir, "jobs", "cancel", first["job_id"])
        assert (code, "cannot be cancelled" in said) == (1, True), said
        code, said = await roomkeeper(data_dir, "jobs", "show", "nothing")
        assert (code, "no such job" in said) == (1, True), said
    finally:
        await process.kill()
    check_data_dir(data_dir)
