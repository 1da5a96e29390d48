"""matrix-nio uploads, downloads and makes thumbnails, over real HTTP; with plain aiohttp, what nio cannot do."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import aiohttp
import nio  # type: ignore[import-untyped]
import psutil
import pytest
from nio.api import ResizingMethod  # type: ignore[import-untyped]
from PIL import Image

from tests import samples
from tests.interop.conftest import PASSWORD, SignUp, new_client, ok
from tests.process import ServerProcess

JPEG = samples.jpeg(1000, 500)
LARGE = bytes(range(256)) * 4 * 4096
"""Four MiB: many pieces in both directions."""


@pytest.fixture(scope="module", params=["12"])
def room_version(request: pytest.FixtureRequest) -> str:
    """One version is enough: media do not depend on it."""
    return str(request.param)


async def upload(client: Any, data: bytes = JPEG, content_type: str = "image/jpeg", name: str = "cat.jpg") -> str:
    """Upload; the content URI."""
    answer, _ = await client.upload(io.BytesIO(data), content_type, name, filesize=len(data))
    return str(ok(answer, nio.UploadResponse).content_uri)


async def test_upload_and_download(sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    assert ok(await alice.content_repository_config(), nio.ContentRepositoryConfigResponse).upload_size == 100 * 2**20
    uri = await upload(alice)
    answer = ok(await alice.download(uri), nio.DownloadResponse)
    assert (answer.body, answer.content_type, answer.filename) == (JPEG, "image/jpeg", "cat.jpg")
    named = ok(await alice.download(uri, filename="dog.jpg"), nio.DownloadResponse)
    assert named.filename == "dog.jpg"


async def test_large_files(sign_up: SignUp, tmp_path: Path) -> None:
    alice = await sign_up("alice")
    uri = await upload(alice, LARGE, "application/zip", "a file.zip")
    answer = ok(await alice.download(uri), nio.DownloadResponse)
    assert answer.body == LARGE
    # Straight into a file, the way that clients do.
    target = tmp_path / "target"
    ok(await alice.download(uri, save_to=target), nio.DiskDownloadResponse)
    assert await asyncio.to_thread(target.read_bytes) == LARGE


async def test_thumbnails(sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    server_name, _, media_id = (await upload(alice)).removeprefix("mxc://").partition("/")
    for width, height, method, size in (
        (96, 96, ResizingMethod.crop, (96, 96)),
        (320, 240, ResizingMethod.scale, (320, 160)),
    ):
        answer = await alice.thumbnail(server_name, media_id, width, height, method)
        answer = ok(answer, nio.ThumbnailResponse)
        assert Image.open(io.BytesIO(answer.body)).size == size
        assert answer.content_type == "image/jpeg"
    text = (await upload(alice, b"hello", "text/plain", "hello.txt")).rpartition("/")[2]
    ok(await alice.thumbnail(server_name, text, 32, 32), nio.ThumbnailError)


async def test_showing_somebody_an_image(sign_up: SignUp) -> None:
    alice, bob, carol = await sign_up("alice"), await sign_up("bob"), await sign_up("carol")
    room_id = ok(await alice.room_create(invite=[bob.user_id]), nio.RoomCreateResponse).room_id
    ok(await bob.join(room_id), nio.JoinResponse)
    uri = await upload(alice)
    ok(await bob.download(uri), nio.DownloadError)
    content = {"msgtype": "m.image", "body": "cat.jpg", "url": uri, "info": {"mimetype": "image/jpeg"}}
    ok(await alice.room_send(room_id, "m.room.message", content), nio.RoomSendResponse)
    synced = ok(await bob.sync(full_state=True), nio.SyncResponse)
    (event,) = [
        event for event in synced.rooms.join[room_id].timeline.events if isinstance(event, nio.RoomMessageImage)
    ]
    assert ok(await bob.download(event.url), nio.DownloadResponse).body == JPEG
    ok(await carol.download(uri), nio.DownloadError)
    ok(await bob.room_redact(room_id, event.event_id), nio.RoomRedactError)
    ok(await alice.room_redact(room_id, event.event_id), nio.RoomRedactResponse)
    ok(await bob.download(uri), nio.DownloadError)


async def test_avatars(sign_up: SignUp) -> None:
    alice, carol = await sign_up("alice"), await sign_up("carol")
    uri = await upload(alice)
    ok(await alice.set_avatar(uri), nio.ProfileSetAvatarResponse)
    shown = ok(await carol.get_avatar(alice.user_id), nio.ProfileGetAvatarResponse).avatar_url
    assert ok(await carol.download(shown), nio.DownloadResponse).body == JPEG


async def test_workers_do_not_outlive_a_server_that_is_killed(tmp_path: Path) -> None:
    process = await ServerProcess(tmp_path / "data").start()
    alice = new_client(process, "alice")
    try:
        ok(await alice.register("alice", PASSWORD), nio.RegisterResponse)
        server_name, _, media_id = (await upload(alice)).removeprefix("mxc://").partition("/")
        ok(await alice.thumbnail(server_name, media_id, 32, 32), nio.ThumbnailResponse)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert [worker for worker in workers if "roomkeeper.core.analysis.worker" in worker.cmdline()]
    finally:
        await alice.close()
        await process.kill()
    _, alive = await asyncio.to_thread(psutil.wait_procs, workers, 5)
    assert alive == []


async def test_ranges_over_http(process: ServerProcess, sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    path = (await upload(alice, LARGE, "video/mp4")).removeprefix("mxc://")
    url = f"{process.url}/_matrix/client/v1/media/download/{path}"
    authorization = {"Authorization": f"Bearer {alice.access_token}"}
    async with aiohttp.ClientSession(headers=authorization) as session:
        async with session.get(url, headers={"Range": "bytes=1000000-2999999"}) as answer:
            assert (answer.status, await answer.read()) == (206, LARGE[1_000_000:3_000_000])
        async with session.head(url) as answer:
            assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(LARGE)))
            etag = answer.headers["ETag"]
        async with session.get(url, headers={"If-None-Match": etag}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
        # The connection is still good after all that.
        async with session.get(url, headers={"Range": "bytes=-1"}) as answer:
            assert await answer.read() == LARGE[-1:]


async def test_hanging_up_in_the_middle(process: ServerProcess, sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    port = int(process.url.rpartition(":")[2])
    path = (await upload(alice, LARGE, "video/mp4")).removeprefix("mxc://")
    authorization = f"Authorization: Bearer {alice.access_token}\r\nHost: x\r\n"
    start = f"POST /_matrix/media/v3/upload HTTP/1.1\r\n{authorization}"
    requests = [
        f"{start}Content-Length: 1000000\r\n\r\nhalf".encode(),
        f"{start}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf".encode(),
        f"GET /_matrix/client/v1/media/download/{path} HTTP/1.1\r\n{authorization}\r\n".encode(),
    ]
    for request in requests * 5:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        await writer.drain()
        if request.startswith(b"GET"):
            await reader.readexactly(2000)
        else:
            await asyncio.sleep(0.02)
        writer.transport.abort()
    uri = await upload(alice)
    assert ok(await alice.download(uri), nio.DownloadResponse).body == JPEG
    folder = process.data_dir / "blobs"
    for _ in range(50):
        if not await asyncio.to_thread(lambda: list(folder.glob("incoming-*"))):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("what was interrupted was left behind")
