"""`kill -9` at random moments while people are asked into a group: each is asked once, and a withdrawal holds."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.consistency import check_data_dir
from tests.databases import databases, opened
from tests.process import ServerProcess

ROOT = "/_roomkeeper/v1/safety"
PLACE = {"circles": [{"latitude": 52.52, "longitude": 13.405, "radius": 500}]}
SECONDS = 300
QUICK = {
    "ROOMKEEPER_SAFETY_COUNTDOWN_SECONDS": "0",
    "ROOMKEEPER_SAFETY_FIRST_STAGE": "5",
    "ROOMKEEPER_SAFETY_STAGE_SECONDS": "0.2",
    "ROOMKEEPER_SAFETY_LOOK_SECONDS": "0.2",
}


class Person:
    """Somebody who repeats what was not answered."""

    def __init__(self, http: aiohttp.ClientSession, process: ServerProcess) -> None:
        self._http = http
        self._process = process
        self.user_id = ""
        self._token = ""

    async def register(self, name: str) -> Person:
        """Make the account."""
        body = {"username": name, "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
        answer = await self.call("POST", "/_matrix/client/v3/register", body)
        self.user_id, self._token = answer["user_id"], answer["access_token"]
        return self

    async def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The same request until it is answered."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        while True:
            try:
                async with self._http.request(method, self._process.url + path, json=body, headers=headers) as response:
                    answer = await response.json()
                    assert response.status == 200, answer
                    assert isinstance(answer, dict)
                    return answer
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(0.02)


async def die_now_and_then(process: ServerProcess, chance: random.Random, done: asyncio.Event) -> int:
    """Kill the server and start it again until everybody is asked; how often."""
    kills = 0
    while not done.is_set():
        await asyncio.sleep(chance.uniform(0.1, 0.8))
        await process.kill()
        kills += 1
        await process.start()
    return kills


@pytest.mark.parametrize(
    "count", [pytest.param(40, id="40 people"), pytest.param(300, id="300 people", marks=pytest.mark.long)]
)
async def test_each_is_asked_once(count: int, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    process = ServerProcess(tmp_path / "data", **QUICK)
    try:
        await process.start()
        async with aiohttp.ClientSession() as http, asyncio.timeout(SECONDS):
            reporter = await Person(http, process).register("reporter")
            there = [await _somebody(http, process, number) for number in range(count)]
            await asyncio.sleep(1.5)  # positions are written within a second
            event = await reporter.call("POST", f"{ROOT}/events", {"kind": "fire", "place": PLACE})
            done = asyncio.Event()
            dying = asyncio.create_task(die_now_and_then(process, random.Random(seed), done))
            # Whoever withdraws is forgotten as soon as that is answered, whatever happens then.
            leaver = there.pop()
            await leaver.call("PUT", f"{ROOT}/people/{leaver.user_id}/preferences", {"location": "off"})
            await _until_asked(tmp_path / "data", count - 1)
            done.set()
            kills = await dying
            assert (await leaver.call("GET", f"{ROOT}/location"))["position"] is None
        await process.stop()
    finally:
        await process.kill()
    check_data_dir(tmp_path / "data")
    _check(tmp_path / "data", {each.user_id for each in there}, leaver.user_id, event["event_id"])
    print(f"{kills} kills")
    assert kills > 0


async def _somebody(http: aiohttp.ClientSession, process: ServerProcess, number: int) -> Person:
    person = await Person(http, process).register(f"person{number}")
    await person.call("PUT", f"{ROOT}/people/{person.user_id}/preferences", {"location": "exact"})
    position = {"latitude": 52.52 + number / 1e6, "longitude": 13.405, "accuracy": 5}
    await person.call("PUT", f"{ROOT}/location", position)
    return person


async def _until_asked(data_dir: Path, count: int) -> None:
    """Until so many are asked, by the database: the server may be dead."""
    while True:
        with opened(databases.url_of(data_dir)) as database:
            asked = database.rows("SELECT count(*) FROM safety_asked WHERE state = 'asked'")
        if asked[0][0] >= count:
            return
        await asyncio.sleep(0.1)


def _check(data_dir: Path, there: set[str], leaver: str, event_id: str) -> None:
    """One invitation for each, one group, nothing of whoever withdrew."""
    with opened(databases.url_of(data_dir)) as database:
        asked: dict[str, str] = dict(database.rows("SELECT user_id, state FROM safety_asked WHERE role = 'near'"))
        invited = [row[0] for row in database.rows("SELECT user_id FROM memberships WHERE membership = 'invite'")]
        groups = database.rows("SELECT room_id, state FROM safety_events")
        positions = {row[0] for row in database.rows("SELECT user_id FROM safety_positions")}
    assert {user_id for user_id in there if asked.get(user_id) != "asked"} == set()
    assert sorted(user_id for user_id in invited if user_id in there) == sorted(there), "each has one invitation"
    assert len(groups) == 1, event_id
    assert groups[0][1] == "open"
    assert leaver not in positions
