"""`kill -9` while messages wait for files that are looked at: nothing is lost, nothing unchecked is delivered."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from urllib.parse import quote

import aiohttp

from tests import samples
from tests.crash.load import Unanswered
from tests.crash.test_media import UPLOAD, Uploader
from tests.databases import databases
from tests.process import ServerProcess

ROUNDS = 3
FILES = 12
SECONDS = 90
PROGRAM = b"MZ" + b"\x90" * 500


async def test_kill_while_messages_wait_for_their_files(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    data_dir = tmp_path / "data"
    environment = {**await databases.environment(data_dir), "ROOMKEEPER_SCREENING_DEADLINE_SECONDS": "0"}
    process = ServerProcess(data_dir, **environment)
    try:
        await process.start()
        async with aiohttp.ClientSession() as session:
            sender, receiver = Uploader(session, process.url), Uploader(session, process.url)
            for number, client in enumerate((sender, receiver)):
                await client.register(f"user{number}")
            room_id = str((await sender.request("POST", "/createRoom", {"preset": "public_chat"}))["room_id"])
            await receiver.request("POST", f"/join/{quote(room_id)}", {})
            good: dict[str, str] = {}
            bad: dict[str, str] = {}
            for number in range(ROUNDS):
                waiting = await send_before_the_files(sender, room_id, number)
                upload = asyncio.create_task(upload_all(sender, waiting, chance))
                await asyncio.sleep(chance.uniform(0.0, 0.4))
                await process.kill()
                await upload
                await process.start()
                await upload_all(sender, waiting, chance)
                for index, (media_id, event_id) in enumerate(waiting.items()):
                    (bad if is_bad(index) else good)[media_id] = event_id
            async with asyncio.timeout(SECONDS):
                while not set(good.values()) <= (seen := await seen_by(receiver, room_id)):
                    assert seen.isdisjoint(bad.values())
                    await asyncio.sleep(0.2)
            assert (await seen_by(receiver, room_id)).isdisjoint(bad.values())
            for media_id in good:
                assert (await receiver.download(media_id))[0] == 200
            for media_id in bad:
                assert (await receiver.download(media_id))[0] == 404
    finally:
        await process.kill()


def is_bad(index: int) -> bool:
    """Every third file is a program that says it is a picture."""
    return index % 3 == 0


async def send_before_the_files(sender: Uploader, room_id: str, number: int) -> dict[str, str]:
    """Messages whose files have not come: the event ids by media id."""
    sent = {}
    for index in range(FILES):
        status, answer = await sender.json_request("POST", f"{UPLOAD}/v1/create", b"{}")
        assert status == 200, answer
        media_id = answer["content_uri"].rpartition("/")[2]
        content = {"msgtype": "m.image", "body": "x", "url": f"mxc://example.org/{media_id}"}
        path = f"/rooms/{quote(room_id)}/send/m.room.message/m{number}.{index}"
        sent[media_id] = str((await sender.request("PUT", path, content))["event_id"])
    return sent


async def upload_all(sender: Uploader, waiting: dict[str, str], chance: random.Random) -> None:
    """Upload the files, until the server goes away; those that are there already stay."""
    for index, media_id in enumerate(waiting):
        data = PROGRAM if is_bad(index) else samples.png() + chance.randbytes(8)
        try:
            status, answer = await sender.json_request(
                "PUT", f"{UPLOAD}/v3/upload/example.org/{media_id}?filename=a.png", data
            )
        except Unanswered:
            return
        assert status in (200, 409), answer


async def seen_by(client: Uploader, room_id: str) -> set[str]:
    """The ids of the newest events that somebody sees."""
    answer = await client.request("GET", f"/rooms/{quote(room_id)}/messages", dir="b", limit=200)
    return {event["event_id"] for event in answer["chunk"]}
