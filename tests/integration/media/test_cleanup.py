"""What nobody needs is removed, and only that."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.core.media import cleanup
from roomkeeper.platform.clock import FixedClock
from roomkeeper.platform.jobs import service
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.media.uploading import create, download, mxc, send_image, thumbnail, together, upload
from tests.integration.retention.operator import Operator

HOUR = 3600_000


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "START_DELAY_S", 0.0)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def server(make_server: MakeServer, clock: FixedClock) -> Server:
    """Files are kept for two hours, ids for one."""
    return await make_server(clock, ROOMKEEPER_MEDIA_UNREFERENCED_HOURS="2", ROOMKEEPER_MEDIA_PENDING_HOURS="1")


async def clean(server: Server) -> dict[str, Any]:
    """Do what the operator can: start the job, and wait for its end; it."""
    operator = Operator(server)
    return await operator.done(await operator.ask("POST", "/media/cleanup"))


def blobs(server: Server) -> set[str]:
    """The hashes of all blobs."""
    return {path.name for path in (server.data_dir / "blobs").rglob("*") if path.is_file()}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def exists(client: Client, media_id: str) -> bool:
    return (await download(client, media_id, "?timeout_ms=0")).status != 404


async def test_what_nothing_refers_to(server: Server, clock: FixedClock) -> None:
    alice = await server.register("alice")
    room_id = await together(alice)
    lonely, sent, avatar = [await upload(alice, samples.png(200, height)) for height in (100, 101, 102)]
    await send_image(alice, room_id, sent)
    await alice.put(f"/profile/{quote(alice.user_id)}/avatar_url", {"avatar_url": mxc(avatar)})
    assert (await thumbnail(alice, lonely, width=32, height=32)).status == 200
    assert len(blobs(server)) == 4
    clock.advance(2 * HOUR - 1)
    await clean(server)
    assert await exists(alice, lonely)
    clock.advance(1)
    await clean(server)
    assert [await exists(alice, media_id) for media_id in (lonely, sent, avatar)] == [False, True, True]
    assert blobs(server) == {sha256(samples.png(200, 101)), sha256(samples.png(200, 102))}


async def test_equal_files_stay_while_one_is_needed(server: Server, clock: FixedClock) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(bob)
    first, second = await upload(alice), await upload(bob)
    event_id = await send_image(bob, room_id, second)
    clock.advance(3 * HOUR)
    await clean(server)
    assert not await exists(alice, first)
    assert (await download(bob, second)).body == samples.png()
    await bob.put(f"/rooms/{quote(room_id)}/redact/{quote(event_id)}/1", {})
    await clean(server)
    assert not await exists(bob, second)
    assert blobs(server) == set()


async def test_ids_without_files(server: Server, clock: FixedClock) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice, bob)
    media_id = await create(alice)
    await send_image(alice, room_id, media_id)
    clock.advance(HOUR - 1)
    await clean(server)
    assert await exists(alice, media_id)
    clock.advance(1)
    await clean(server)
    assert not await exists(alice, media_id)
    rows = await server.app.driver.query("SELECT media_id FROM media UNION SELECT media_id FROM media_references")
    assert rows == []


async def test_a_thumbnail_that_somebody_has_uploaded_stays(server: Server, clock: FixedClock) -> None:
    alice = await server.register("alice")
    room_id = await together(alice)
    original = await upload(alice, samples.png(200, 100))
    small = (await thumbnail(alice, original, width=32, height=32)).body
    kept = await upload(alice, small)
    await send_image(alice, room_id, kept)
    clock.advance(3 * HOUR)
    await clean(server)
    assert blobs(server) == {sha256(small)}
    assert (await download(alice, kept)).body == small


async def test_uploading_again_while_it_is_removed(server: Server, clock: FixedClock) -> None:
    alice = await server.register("alice")
    for number in range(20):
        data = bytes([number]) * 1000
        await upload(alice, data)
        clock.advance(3 * HOUR)
        _, again = await asyncio.gather(clean(server), upload(alice, data))
        assert (await download(alice, again)).body == data


async def test_never(make_server: MakeServer, clock: FixedClock) -> None:
    server = await make_server(clock, ROOMKEEPER_MEDIA_UNREFERENCED_HOURS="0")
    alice = await server.register("alice")
    media_id = await upload(alice)
    clock.advance(10**12)
    await clean(server)
    assert await exists(alice, media_id)


async def test_many_are_looked_at_page_by_page(server: Server, clock: FixedClock) -> None:
    alice = await server.register("alice")
    for number in range(230):
        await upload(alice, str(number).encode())
    clock.advance(3 * HOUR)
    job = await clean(server)
    assert blobs(server) == set()
    assert job["progress"] == {"done": 230, "total": 230, "unit": "media"}
    size = sum(len(str(number)) for number in range(230))
    assert job["message"] == f"230 media removed ({size} bytes), 230 files"
    assert (await clean(server))["message"] == "0 media removed (0 bytes), 0 files"


async def test_what_only_account_data_refers_to(server: Server, clock: FixedClock) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await together(alice)
    sticker, wallpaper, other = [await upload(alice, bytes([number]) * 50) for number in range(3)]
    pack = {"images": {"wave": {"url": mxc(sticker)}}}
    await alice.put(f"/user/{quote(alice.user_id)}/account_data/org.example.stickers", pack)
    for number in range(25):
        await alice.put(f"/user/{quote(alice.user_id)}/account_data/org.example.{number}", {"number": number})
    path = f"/user/{quote(alice.user_id)}/rooms/{quote(room_id)}/account_data/org.example.look"
    await alice.put(path, {"wallpaper": mxc(wallpaper)})
    # Somebody else's wish holds nothing.
    await bob.put(f"/user/{quote(bob.user_id)}/account_data/org.example.stickers", {"url": mxc(other)})
    clock.advance(3 * HOUR)
    await clean(server)
    assert [await exists(alice, media_id) for media_id in (sticker, wallpaper, other)] == [True, True, False]
    await alice.put(path, {})
    await clean(server)
    assert [await exists(alice, media_id) for media_id in (sticker, wallpaper)] == [True, False]


async def test_files_that_belong_to_nothing(server: Server, clock: FixedClock) -> None:
    """A crash between storing a file and noting it leaves one: it goes when it is old, and nothing else does."""
    alice = await server.register("alice")
    room_id = await together(alice)
    kept = await upload(alice, samples.png(200, 100))
    await send_image(alice, room_id, kept)
    assert (await thumbnail(alice, kept, width=32, height=32)).status == 200
    belong = blobs(server)
    orphans = [await server.app.blobs.put(once(bytes([number]) * 10)) for number in range(40)]
    for path in (server.data_dir / "blobs").rglob("*"):
        await asyncio.to_thread(os.utime, path, (0, 0))
    fresh = await server.app.blobs.put(once(b"fresh"))
    assert len(blobs(server)) == len(belong) + 41
    job = await clean(server)
    assert job["message"].endswith(f"{len(orphans)} files")
    assert blobs(server) == belong | {fresh.sha256}


async def once(data: bytes) -> AsyncIterator[bytes]:
    """One piece."""
    yield data


async def test_an_upload_of_what_is_just_being_removed_as_an_orphan(server: Server) -> None:
    alice = await server.register("alice")
    for number in range(10):
        data = bytes([number]) * 100
        stored = await server.app.blobs.put(once(data))
        await asyncio.to_thread(os.utime, server.app.blobs.path(stored.sha256), (0, 0))
        _, media_id = await asyncio.gather(clean(server), upload(alice, data))
        assert (await download(alice, media_id)).body == data


async def test_the_operator_can_follow_it(server: Server) -> None:
    alice, operator = await server.register("alice"), Operator(server)
    await upload(alice)
    job = await clean(server)
    assert (job["name"], job["started_by"], job["progress"]["unit"]) == ("media_cleanup", "operator", "media")
    assert [one["job_id"] for one in (await operator.ask("GET", "/jobs"))["jobs"]] == [job["job_id"]]
    status, answer = await alice.attempt("POST", "/_roomkeeper/v1/media/cleanup")
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    permissions = [row[0] for row in await server.app.driver.query("SELECT permission FROM audit_log")]
    assert "media.cleanup" in permissions


async def test_it_begins_by_itself(make_server: MakeServer, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "FIRST_LOOK_S", 0.0)
    monkeypatch.setattr(cleanup, "LOOK_S", 0.01)
    server = await make_server(clock, ROOMKEEPER_MEDIA_CLEANUP_INTERVAL_HOURS="5")
    alice, operator = await server.register("alice"), Operator(server)
    assert (await operator.ask("GET", "/jobs"))["jobs"] == [], "nothing was uploaded: there is nothing to do"
    await upload(alice)
    for count in (1, 2):
        async with asyncio.timeout(30):
            while len(jobs := (await operator.ask("GET", "/jobs"))["jobs"]) < count:  # noqa: ASYNC110 - by itself
                await asyncio.sleep(0.01)
        assert len(jobs) == count
        await operator.done(jobs[0])
        clock.advance(5 * HOUR)
