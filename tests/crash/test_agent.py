"""`kill -9` of the agent and of the server at random moments while messages come: all are in the record, none twice."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path

import pytest

from roomkeeper_agent.spool import Spool
from tests.consistency import check_data_dir
from tests.databases import databases
from tests.integration.agent.desk import AgentProcess, Place, until
from tests.process import ServerProcess

SECONDS = 600
PNG = b"\x89PNG\r\n\x1a\n"


class Talk:
    """A program that writes lines, now and then with a file."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.chance = chance
        self.said: list[str] = []
        self.files = 0

    async def say(self, messages: int) -> None:
        """Say so many things, in a few conversations."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for number in range(messages):
            conversation = self.chance.choice(("green", "blue", "red"))
            line = {"conversation": conversation, "ts": time.time_ns() // 1_000_000, "text": f"message {number}"}
            if self.chance.random() < 0.05:
                path = self.folder / f"file {number}.png"
                path.write_bytes(PNG + str(number % 7).encode())
                line["files"] = [{"path": str(path)}]
                self.files += 1
            whole = json.dumps(line).encode() + b"\n"
            with (self.folder / f"{conversation}.jsonl").open("ab", buffering=0) as file:
                cut = self.chance.randrange(len(whole))
                file.write(whole[:cut])
                await asyncio.sleep(self.chance.uniform(0, 0.04))
                file.write(whole[cut:])
            self.said.append(f"message {number}")


async def die_now_and_then(place: Place, agent: AgentProcess, chance: random.Random, done: asyncio.Event) -> list[str]:
    """Kill one of the two, or both, and start them again until all is said; what was killed."""
    killed: list[str] = []
    while not done.is_set() or len(killed) < 3:
        await asyncio.sleep(chance.uniform(0.1, 1.2))
        what = (
            ("agent", "server", "both")[len(killed)] if len(killed) < 3 else chance.choice(("agent", "server", "both"))
        )
        if what != "server":
            await agent.kill()
        if what != "agent":
            await place.process.kill()
            await place.process.start()
        if what != "server":
            await agent.start()
        killed.append(what)
    return killed


def is_empty(place: Place) -> bool:
    """Whether nothing is in the spool."""
    spool = Spool(place.paths.spool)
    try:
        return spool.is_empty()
    finally:
        spool.close()


@pytest.mark.parametrize(
    "messages", [pytest.param(150, id="150 messages"), pytest.param(1000, id="1000 messages", marks=pytest.mark.long)]
)
async def test_all_that_was_said_is_recorded_once(messages: int, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    place = Place(ServerProcess(tmp_path / "data"), tmp_path)
    agent = AgentProcess(place)
    talk = Talk(tmp_path / "lines", chance)
    try:
        await place.process.start()
        await place.staff("desk")
        await place.policy(others="all")
        await agent.command("sign-in", place.process.url, "--user", "desk")
        await agent.command("sources", "add", "lines", "--set", f"folder={talk.folder}")
        await agent.start()
        async with asyncio.timeout(SECONDS):
            done = asyncio.Event()
            killing = asyncio.create_task(die_now_and_then(place, agent, chance, done))
            await talk.say(messages)
            done.set()
            killed = await killing
            print(f"killed: {killed}")
            while (found := await recorded(place))[0] != sorted(talk.said):
                assert len(found[0]) <= len(talk.said), "something is there twice"
                await asyncio.sleep(0.1)
            await until(lambda: is_empty(place))
            assert (await recorded(place)) == (sorted(talk.said), talk.files)
        assert len(await place.records()) == 3
    finally:
        await agent.kill()
        await place.http.close()
        await place.process.kill()
    check_data_dir(tmp_path / "data")
    await databases.drop_all()


async def recorded(place: Place) -> tuple[list[str], int]:
    """What is in the records, and how many files."""
    found, files = [], 0
    for record in await place.records():
        for entry in await place.entries(record["record_id"]):
            found.append(entry["text"])
            files += len(entry.get("attachments", ()))
    return sorted(found), files
