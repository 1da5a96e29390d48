"""`kill -9` while files come in, and while they are removed.

What was acknowledged is there, byte for byte; what was not is whole or not there at all; nothing is left over for ever;
equal files of several users stay as long as one of them is needed.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.consistency import check_data_dir
from tests.crash.load import PATIENCE, Client, Unanswered
from tests.crash.test_jobs import Operator
from tests.databases import databases, executed, opened
from tests.process import ServerProcess

CLIENTS = 4
TASKS = 3
SHARED = 12
SECONDS = 120
UPLOAD = "/_matrix/media"
LARGEST = 700_000


class Uploader(Client):
    """A client that uploads."""

    async def bytes_request(self, method: str, path: str, data: bytes | None = None) -> tuple[int, bytes]:
        """Status and body. Raises `Unanswered`."""
        try:
            async with self._session.request(
                method, self._url + path, data=data, headers=self._headers, timeout=PATIENCE
            ) as response:
                return response.status, await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered from error

    async def json_request(self, method: str, path: str, data: bytes | None = None) -> tuple[int, Any]:
        """Status and JSON."""
        status, body = await self.bytes_request(method, path, data)
        return status, json.loads(body)

    async def download(self, media_id: str) -> tuple[int, bytes]:
        """Status and bytes."""
        return await self.bytes_request("GET", f"/_matrix/client/v1/media/download/example.org/{media_id}?timeout_ms=0")


@dataclass
class Files:
    """What was uploaded. Contents by media id; `open` are ids whose upload was not answered."""

    acknowledged: dict[str, bytes] = field(default_factory=dict)
    open: dict[str, bytes] = field(default_factory=dict)
    interrupted: int = 0
    owner: dict[str, Uploader] = field(default_factory=dict)


class Uploading:
    """Clients that upload at once and to ids, files of their own and such as others have too."""

    def __init__(self, clients: list[Uploader], chance: random.Random) -> None:
        self.files = Files()
        self.up = asyncio.Event()
        self.stop = asyncio.Event()
        self._clients = clients
        self._chance = chance
        self._shared = [chance.randbytes(chance.randrange(1, LARGEST)) for _ in range(SHARED)]

    async def run(self) -> None:
        """Until `stop` is set."""
        async with asyncio.TaskGroup() as group:
            for client in self._clients:
                for _ in range(TASKS):
                    group.create_task(self._upload(client))

    async def _upload(self, client: Uploader) -> None:
        while not self.stop.is_set():
            await self.up.wait()
            own = self._chance.randbytes(int(self._chance.paretovariate(0.4)) % LARGEST + 1)
            data = self._chance.choice(self._shared) if self._chance.random() < 0.3 else own
            try:
                await (self._at_once if self._chance.random() < 0.5 else self._to_an_id)(client, data)
            except Unanswered:
                self.files.interrupted += 1
                await asyncio.sleep(0.01)

    async def _at_once(self, client: Uploader, data: bytes) -> None:
        status, answer = await client.json_request("POST", f"{UPLOAD}/v3/upload", data)
        assert status == 200, answer
        self._done(client, answer["content_uri"].rpartition("/")[2], data)

    async def _to_an_id(self, client: Uploader, data: bytes) -> None:
        status, answer = await client.json_request("POST", f"{UPLOAD}/v1/create", b"{}")
        if status == 429:
            return await self._at_once(client, data)
        assert status == 200, answer
        media_id = answer["content_uri"].rpartition("/")[2]
        self.files.open[media_id], self.files.owner[media_id] = data, client
        status, answer = await client.json_request("PUT", f"{UPLOAD}/v3/upload/example.org/{media_id}", data)
        assert status == 200, answer
        del self.files.open[media_id]
        return self._done(client, media_id, data)

    def _done(self, client: Uploader, media_id: str, data: bytes) -> None:
        assert media_id not in self.files.acknowledged
        self.files.acknowledged[media_id], self.files.owner[media_id] = data, client


@pytest.mark.parametrize(
    ("kills", "seed"),
    [
        pytest.param(2, None, id="2 kills"),
        pytest.param(15, None, id="15 kills", marks=pytest.mark.long),
    ],
)
async def test_kill_while_files_come_in(kills: int, seed: int | None, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    data_dir = tmp_path / "data"
    process = ServerProcess(data_dir, **await databases.environment(data_dir))
    try:
        await process.start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            clients = [Uploader(session, process.url) for _ in range(CLIENTS)]
            for number, client in enumerate(clients):
                await client.register(f"user{number}")
            uploading = Uploading(clients, chance)
            await kill_repeatedly(process, uploading, kills, chance)
            await check_downloads(uploading.files)
            assert not list((data_dir / "blobs").glob("incoming-*"))
            room_id = str((await clients[0].request("POST", "/createRoom", {"preset": "public_chat"}))["room_id"])
            for client in clients[1:]:
                await client.request("POST", f"/join/{quote(room_id)}", {})
            kept = await send_every_second(uploading.files, room_id)
            await process.stop()
            check_data_dir(data_dir)
            make_old(data_dir)
            await process.start()
            await clean(Operator(session, process))
            await check_what_is_left(data_dir, uploading.files, kept)
        await process.stop()
    finally:
        await process.kill()
    check_data_dir(data_dir)
    files = uploading.files
    print(f"{len(files.acknowledged)} files acknowledged, {files.interrupted} requests interrupted")
    assert len(files.acknowledged) > kills * CLIENTS * TASKS
    assert files.interrupted > kills


async def kill_repeatedly(process: ServerProcess, uploading: Uploading, kills: int, chance: random.Random) -> None:
    """Let the uploads run, and kill the server now and then."""
    uploading.up.set()
    async with asyncio.TaskGroup() as group:
        group.create_task(uploading.run())
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.1, 1.5))
            uploading.up.clear()
            await process.kill()
            await process.start()
            uploading.up.set()
        await asyncio.sleep(0.5)
        uploading.stop.set()


async def check_downloads(files: Files) -> None:
    """What was acknowledged comes back; what was not is whole, or can be uploaded again."""
    for media_id, data in files.acknowledged.items():
        assert await files.owner[media_id].download(media_id) == (200, data)
    for media_id, data in files.open.items():
        status, body = await files.owner[media_id].download(media_id)
        again, answer = await files.owner[media_id].json_request(
            "PUT", f"{UPLOAD}/v3/upload/example.org/{media_id}", data
        )
        if status == 200:
            assert (body, again, answer["errcode"]) == (data, 409, "M_CANNOT_OVERWRITE_MEDIA")
        else:
            assert (status, again) == (504, 200), (body, answer)
        assert await files.owner[media_id].download(media_id) == (200, data)


async def send_every_second(files: Files, room_id: str) -> set[str]:
    """Show half of the files to others; their ids."""
    numbers = itertools.count()
    kept = set()
    for media_id in itertools.islice(files.acknowledged, 0, None, 2):
        path = f"/rooms/{quote(room_id)}/send/m.room.message/m{next(numbers)}"
        content = {"msgtype": "m.image", "body": "x", "url": f"mxc://example.org/{media_id}"}
        await files.owner[media_id].request("PUT", path, content)
        kept.add(media_id)
    return kept


def make_old(data_dir: Path) -> None:
    """As if all files had been uploaded long ago."""
    executed(databases.url_of(data_dir), "UPDATE media SET uploaded_ts = 1, created_ts = 1 WHERE sha256 IS NOT NULL")
    executed(databases.url_of(data_dir), "UPDATE media SET expires_ts = 1 WHERE sha256 IS NULL")
    for path in (data_dir / "blobs").rglob("*"):
        os.utime(path, (0, 0))


async def clean(operator: Operator) -> dict[str, Any]:
    """Let the operator remove what nobody needs; the job that has done so."""
    job: dict[str, Any] = await operator.ask("POST", "/media/cleanup")
    async with asyncio.timeout(SECONDS):
        while job["state"] in ("queued", "running"):
            job = await operator.ask("GET", f"/jobs/{job['job_id']}", since=job["version"], timeout=5000)
    assert job["state"] == "succeeded", job
    return job


async def check_what_is_left(data_dir: Path, files: Files, kept: set[str]) -> None:
    """What was shown to others, also where equal files of others are gone, and nothing else on the disk."""
    for media_id, data in files.acknowledged.items():
        expected = (200, data) if media_id in kept else (404, None)
        status, body = await files.owner[media_id].download(media_id)
        assert (status, body if status == 200 else None) == expected
    assert blobs(data_dir) == {hashlib.sha256(files.acknowledged[media_id]).hexdigest() for media_id in kept}
    with opened(databases.url_of(data_dir)) as database:
        assert {row[0] for row in database.rows("SELECT media_id FROM media")} == kept


def blobs(data_dir: Path) -> set[str]:
    """The names of all files below the folder of blobs."""
    return {path.name for path in (data_dir / "blobs").rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "kills", [pytest.param(2, id="2 kills"), pytest.param(8, id="8 kills", marks=pytest.mark.long)]
)
async def test_kill_while_files_are_removed(kills: int, tmp_path: Path) -> None:
    chance = random.Random()
    data_dir = tmp_path / "data"
    process = ServerProcess(data_dir, **await databases.environment(data_dir))
    count = 300 * kills
    try:
        await process.start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            alice = Uploader(session, process.url)
            await alice.register("alice")
            files = Files()
            gate = asyncio.Semaphore(8)

            async def upload(data: bytes) -> None:
                async with gate:
                    status, answer = await alice.json_request("POST", f"{UPLOAD}/v3/upload", data)
                assert status == 200, answer
                media_id = answer["content_uri"].rpartition("/")[2]
                files.acknowledged[media_id], files.owner[media_id] = data, alice

            # Each content belongs to three.
            await asyncio.gather(*(upload(b"%d" % (number // 3)) for number in range(count)))
            room_id = str((await alice.request("POST", "/createRoom", {}))["room_id"])
            files.acknowledged = dict(sorted(files.acknowledged.items(), key=lambda item: (item[1], item[0])))
            kept = await send_every_second(files, room_id)
            await process.stop()
            make_old(data_dir)
            await process.start()
            operator = Operator(session, process)
            job = await operator.ask("POST", "/media/cleanup")
            unfinished = 0
            for _ in range(kills):
                unfinished += await until_it_moves(operator, job["job_id"], chance)
                await process.kill()
                await process.start()
            done = await clean(operator)
            assert (done["job_id"] == job["job_id"]) or not unfinished
            await check_what_is_left(data_dir, files, kept)
        await process.stop()
    finally:
        await process.kill()
    check_data_dir(data_dir)
    assert unfinished, "the job was never under way when the server was killed"


async def until_it_moves(operator: Operator, job_id: str, chance: random.Random) -> bool:
    """Wait until the job has done something more; whether it still has something to do."""
    job = await operator.ask("GET", f"/jobs/{job_id}")
    async with asyncio.timeout(SECONDS):
        job = await operator.ask("GET", f"/jobs/{job_id}", since=job["version"], timeout=20_000)
    await asyncio.sleep(chance.uniform(0, 0.03))
    return job["state"] in ("queued", "running")
