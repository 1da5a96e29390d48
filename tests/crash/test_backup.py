"""A backup that is taken while clients send, restored elsewhere, and compared; and what becomes of clients' tokens."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from urllib.parse import quote

import aiohttp

from roomkeeper.platform import backups
from tests.commands import roomkeeper, works
from tests.consistency import check_data_dir
from tests.crash.load import Client, Load, Reader
from tests.crash.test_kill import prepare, stored_events
from tests.databases import ON_POSTGRESQL, databases
from tests.process import ServerProcess

DATABASE = "roomkeeper.dump" if ON_POSTGRESQL else "roomkeeper.db"


async def upload(session: aiohttp.ClientSession, url: str, client: Client, content: bytes) -> str:
    """Upload a file, and show it in no room; its mxc URI."""
    headers = {**client._headers, "Content-Type": "text/plain"}
    async with session.post(f"{url}/_matrix/media/v3/upload", data=content, headers=headers) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["content_uri"])


async def test_restored_elsewhere_it_is_what_was_acknowledged(tmp_path: Path) -> None:
    chance = random.Random()
    old, new, target = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    first, second = ServerProcess(old), ServerProcess(new)
    try:
        await first.start()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            load = await prepare(session, first.url, chance)
            content = os.urandom(100_000)
            uri = await upload(session, first.url, load.reader.client, content)
            load.up.set()
            acknowledged, early = await back_up_under(load, old, target)
            while await load.reader.sync():
                pass
        await first.kill()

        await databases.empty(new)
        await works(new, "restore", target)
        check_data_dir(new)
        stored = stored_events(new)
        for (user_id, room_id), events in acknowledged.items():
            found = [event_id for event_id, sender, _ in stored[room_id] if sender == user_id]
            assert set(events) <= set(found), "an event that was acknowledged before the backup began is not in it"
            after = load.acknowledged[user_id, room_id]
            assert len([event for event in after if event in found]) < len(after), "the load did not go on"

        await second.start()
        async with aiohttp.ClientSession() as session:
            await check_tokens(session, second, load, early)
            path = f"/_matrix/client/v1/media/download/{uri.removeprefix('mxc://')}"
            headers = load.reader.client._headers
            async with session.get(f"{second.url}{path}", headers=headers) as response:
                assert response.status == 200
                assert await response.read() == content
        await second.stop()
        check_data_dir(new)
    finally:
        await first.kill()
        await second.kill()


async def back_up_under(load: Load, data_dir: Path, target: Path) -> tuple[dict[tuple[str, str], list[str]], Reader]:
    """Back up while the load runs: what was acknowledged before that, and a reader as it was then."""
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run())
        await asyncio.sleep(1)
        early = load.reader.at_this_moment()
        acknowledged = {key: list(events) for key, events in load.acknowledged.items()}
        await works(data_dir, "backup", target)
        await asyncio.sleep(1)
        load.stop.set()
    return acknowledged, early


async def check_tokens(session: aiohttp.ClientSession, server: ServerProcess, load: Load, early: Reader) -> None:
    """A token from before the backup goes on; one from after it begins anew; new ones are above both."""
    client = load.reader.client
    client._session, client._url = session, server.url
    late = load.reader.token
    assert late is not None
    fresh = Reader(client)
    while await fresh.sync():
        pass
    answer = await client.request("GET", "/sync", since=late)
    rooms = answer["rooms"]["join"]
    for room_id in {room_id for _, room_id in load.acknowledged}:
        types = {event["type"] for event in rooms[room_id]["state"]["events"]}
        assert "m.room.create" in types, "a client with a token from after the backup was not told everything anew"
    assert position(answer["next_batch"]) > position(late)
    assert (await client.request("GET", "/sync", since=answer["next_batch"])).keys() <= {"next_batch", "presence"}

    assert early.token is not None
    answer = await client.request("GET", "/sync", since=early.token)
    assert all("m.room.create" not in str(room["state"]) for room in answer["rooms"]["join"].values())
    while await early.sync():
        pass
    for room_id in {room_id for _, room_id in load.acknowledged}:
        assert early.seen[room_id] == fresh.seen[room_id]
        path = f"/rooms/{quote(room_id)}/send/m.room.message/after"
        event_id = (await client.request("PUT", path, {"msgtype": "m.text", "body": "after"}))["event_id"]
        for reader in (early, fresh):
            await reader.sync()
            assert reader.seen[room_id][-1] == event_id


def position(token: str) -> int:
    """The position in a stream token."""
    return int(token.rpartition(".")[2])


async def test_a_restore_overwrites_nothing(tmp_path: Path) -> None:
    process = ServerProcess(tmp_path / "data")
    backup = tmp_path / "backup"
    try:
        await process.start()
        async with aiohttp.ClientSession() as session:
            alice = await Client(session, process.url).register("alice")
            await alice.request("POST", "/createRoom", {})
            assert "1 rooms" in await works(tmp_path / "data", "backup", backup)
            code, output = await roomkeeper(tmp_path / "data", "backup", backup)
            assert (code, "is there already" in output) == (1, True), output
            code, output = await roomkeeper(tmp_path / "data", "restore", backup, "--force-empty")
            assert (code, "stop it first" in output) == (1, True), output
        await process.stop()
        code, output = await roomkeeper(tmp_path / "data", "restore", backup)
        assert (code, "is not empty" in output) == (1, True), output
        environment = {"ROOMKEEPER_SERVER_NAME": "other.org"}
        await databases.empty(tmp_path / "new")
        code, output = await roomkeeper(tmp_path / "new", "restore", backup, **environment)
        assert (code, "backup of the server example.org" in output) == (1, True), output
        assert "What was there before" in await works(tmp_path / "data", "restore", backup, "--force-empty")
        assert len(names(tmp_path, "data.replaced-*/signing.key")) == 1
        check_data_dir(tmp_path / "data")
        await process.start()
        await process.stop()
        # A backup of what was restored can be restored.
        await works(tmp_path / "data", "backup", tmp_path / "again")
        await databases.empty(tmp_path / "third")
        await works(tmp_path / "third", "restore", tmp_path / "again")
        check_data_dir(tmp_path / "third")
        assert names(tmp_path, "*partial*") == []
    finally:
        await process.kill()


async def test_a_damaged_backup_is_refused_plainly(tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    await works(tmp_path / "data", "admin", "create-user", "alice", "--generate-password")
    await works(tmp_path / "data", "backup", backup)
    content = bytearray((backup / DATABASE).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (backup / DATABASE).write_bytes(content)
    await databases.empty(tmp_path / "new")
    code, output = await roomkeeper(tmp_path / "new", "restore", backup)
    assert (code, "is damaged" in output, "Traceback" in output) == (1, True, False), output
    assert not await asyncio.to_thread(backups.database_of(databases.url_of(tmp_path / "new")).exists)


async def test_no_server_starts_on_half_a_restore(tmp_path: Path) -> None:
    backup, data_dir = tmp_path / "backup", tmp_path / "data"
    await works(data_dir, "admin", "create-user", "alice", "--generate-password")
    await works(data_dir, "backup", backup)
    (data_dir / "restoring").mkdir()
    code, output = await roomkeeper(data_dir, "serve")
    assert (code, "was broken off" in output) == (1, True), output
    await works(data_dir, "restore", backup, "--force-empty")
    process = ServerProcess(data_dir)
    try:
        await process.start()
        await process.stop()
    finally:
        await process.kill()
    check_data_dir(data_dir)


def names(folder: Path, pattern: str) -> list[str]:
    """What is in a folder under such a name."""
    return [path.name for path in folder.glob(pattern)]
