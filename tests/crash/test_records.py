"""`kill -9` at random moments while a session goes on: everything that happened is in its record, and nothing twice."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from roomkeeper.capabilities.records import chain
from tests.consistency import check_data_dir
from tests.crash.load import Client, Unanswered
from tests.databases import databases, opened
from tests.process import ServerProcess

ROOT = "/_roomkeeper/v1"
SECONDS = 600


class Talk:
    """A customer and somebody of the staff who go on talking, whatever becomes of the server."""

    def __init__(self, process: ServerProcess, http: aiohttp.ClientSession, chance: random.Random) -> None:
        self.process = process
        self.http = http
        self.chance = chance
        self.customer = Client(http, process.url)
        self.desk = Client(http, process.url)
        self.up = asyncio.Event()
        self.sent: list[str] = []
        self.secrets: dict[str, str] = {}
        self.retried = 0

    async def operator(self, method: str, path: str, body: Any = None, **query: str | int) -> Any:
        """A request of the machine's administrator, which works."""
        token = json.loads((self.process.data_dir / "instance.json").read_text())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.request(
            method, f"{self.process.url}{path}", json=body, headers=headers, params=query
        ) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer

    async def begin(self) -> str:
        """The two, and their session; its room."""
        await self.customer.register("customer")
        await self.operator("POST", f"{ROOT}/people", {"localpart": "desk", "password": "correct horse battery"})
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "desk"},
            "password": "correct horse battery",
        }
        self.desk._headers = {
            "Authorization": f"Bearer {(await self.desk.request('POST', '/login', body))['access_token']}"
        }
        room = {"invite": ["@desk:example.org"], "is_direct": True}
        return str((await self.customer.request("POST", "/createRoom", room))["room_id"])

    async def ask(self, client: Client, method: str, path: str, body: Any) -> dict[str, Any]:
        """The same request until it is answered."""
        while True:
            await self.up.wait()
            try:
                return await client.request(method, path, body)
            except Unanswered:
                self.retried += 1
                await asyncio.sleep(0.01)

    async def say(self, room_id: str, messages: int) -> None:
        """Send messages; now and then edit, redact or read one."""
        room = f"/rooms/{quote(room_id)}"
        for number in range(messages):
            client = self.chance.choice((self.customer, self.desk))
            content: dict[str, Any] = {"msgtype": "m.text", "body": f"message {number}"}
            what = self.chance.random()
            if self.sent and what < 0.1:
                new = {"msgtype": "m.text", "body": f"edit {number}"}
                relation = {"rel_type": "m.replace", "event_id": self.sent[-1]}
                content = {**content, "m.new_content": new, "m.relates_to": relation}
            answer = await self.ask(client, "PUT", f"{room}/send/m.room.message/t{number}", content)
            event_id = str(answer["event_id"])
            self.sent.append(event_id)
            if 0.1 <= what < 0.2:
                self.secrets[event_id] = f"message {number}"
                await self.ask(client, "PUT", f"{room}/redact/{quote(event_id)}/x{number}", {})
            elif what < 0.3:
                await self.ask(self.desk, "POST", f"{room}/receipt/m.read/{quote(event_id)}", {})


async def die_now_and_then(talk: Talk, done: asyncio.Event) -> int:
    """Kill the server and start it again until all is said; how often."""
    kills = 0
    while not done.is_set():
        await asyncio.sleep(talk.chance.uniform(0.3, 1.5))
        talk.up.clear()
        await talk.process.kill()
        kills += 1
        await talk.process.start()
        talk.up.set()
    return kills


@pytest.mark.parametrize(
    "messages", [pytest.param(200, id="200 messages"), pytest.param(1000, id="1000 messages", marks=pytest.mark.long)]
)
async def test_entries_are_events(messages: int, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    process = ServerProcess(tmp_path / "data")
    try:
        await process.start()
        async with aiohttp.ClientSession() as http, asyncio.timeout(SECONDS):
            talk = Talk(process, http, random.Random(seed))
            room_id = await talk.begin()
            done = asyncio.Event()
            talk.up.set()
            dying = asyncio.create_task(die_now_and_then(talk, done))
            await talk.say(room_id, messages)
            done.set()
            kills = await dying
            # A list waits until what has happened is recorded.
            found = (await talk.operator("GET", f"{ROOT}/records"))["records"]
            assert len(found) == 1
            await wait_until_recorded(talk, room_id)
        await process.stop()
    finally:
        await process.kill()
    check_data_dir(tmp_path / "data")
    check_record(tmp_path / "data", room_id, talk)
    print(f"{len(talk.sent)} messages, {kills} kills, {talk.retried} requests interrupted")
    assert kills > 0


async def wait_until_recorded(talk: Talk, room_id: str) -> None:
    """Until the last message is an entry."""
    record = (await talk.operator("GET", f"{ROOT}/records"))["records"][0]
    assert record["room_id"] == room_id
    path = f"{ROOT}/records/{record['record_id']}/entries"
    while True:
        entries = (await talk.operator("GET", path, dir="b", limit=20))["entries"]
        if any(entry.get("id") == talk.sent[-1] for entry in entries):
            return
        await asyncio.sleep(0.05)


def check_record(data_dir: Path, room_id: str, talk: Talk) -> None:
    """Entries ÷ events = 1, in their order, chained, with what was redacted."""
    with opened(databases.url_of(data_dir)) as database:
        events = [
            row[0]
            for row in database.rows("SELECT event_id, room_id FROM events ORDER BY position")
            if row[1] == room_id
        ]
        rows = database.rows(
            "SELECT record_id, seq, kind, ts, content, salt, digest, hash, source FROM record_entries ORDER BY seq"
        )
        left = database.rows("SELECT position FROM record_reads UNION ALL SELECT position FROM record_kept")
        receipts = database.rows("SELECT event_id, user_id FROM receipts")
    assert [row[8] for row in rows if row[8] is not None] == events
    assert set(talk.sent) <= set(events)
    assert not left
    prev = chain.START
    by_id = {}
    for number, (record_id, seq, kind, ts, content, salt, digest, found, source) in enumerate(rows, 1):
        assert seq == number
        assert chain.digest_of(bytes(salt), bytes(content)) == bytes(digest)
        prev = chain.Link(record_id, seq, prev, kind, ts, bytes(digest)).hash
        assert prev == bytes(found)
        by_id[source] = json.loads(bytes(content))
    for event_id, body in talk.secrets.items():
        assert by_id[event_id]["content"]["body"] == body
    reads = [json.loads(bytes(row[4])) for row in rows if row[2] == "read"]
    assert len({read["target"] for read in reads}) == len(reads)
    for event_id, user_id in receipts:
        assert {"v": 1, "reader": user_id, "target": event_id} in reads
