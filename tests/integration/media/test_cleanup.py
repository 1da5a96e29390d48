"""What nobody needs is removed, and only that."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from urllib.parse import quote

import pytest

from roomkeeper.core.media.cleanup import Cleanup
from roomkeeper.platform.clock import FixedClock
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.media.uploading import create, download, mxc, send_image, thumbnail, together, upload

HOUR = 3600_000


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def server(make_server: MakeServer, clock: FixedClock) -> Server:
    """Files are kept for two hours, ids for one."""
    return await make_server(clock, ROOMKEEPER_MEDIA_UNREFERENCED_HOURS="2", ROOMKEEPER_MEDIA_PENDING_HOURS="1")


async def clean(server: Server) -> None:
    """One pass."""
    cleanup = server.app.background["media"].__self__  # type: ignore[attr-defined]
    assert isinstance(cleanup, Cleanup)
    while await cleanup.step():
        pass


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


async def test_many_are_looked_at_page_by_page(server: Server, clock: FixedClock, tmp_path: Path) -> None:
    alice = await server.register("alice")
    for number in range(230):
        await upload(alice, str(number).encode())
    clock.advance(3 * HOUR)
    cleanup = server.app.background["media"].__self__  # type: ignore[attr-defined]
    assert await cleanup.step()
    assert 0 < len(blobs(server)) < 230
    assert not await cleanup.step()
    assert blobs(server) == set()
