"""Uploading: at once and to an id; digests, limits, interrupted streams, equal files."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from roomkeeper.platform.clock import FixedClock
from tests import samples
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.media.uploading import NEW, OLD, create, download, fill, send, upload


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def stored(server: Server) -> list[Path]:
    """Everything below the folder of blobs."""
    return [path for path in (server.data_dir / "blobs").rglob("*") if path.is_file()]


async def test_config(server: Server) -> None:
    alice = await server.register("alice")
    assert await alice.get(f"{NEW}/config") == {"m.upload.size": 100 * 1024 * 1024}
    assert (await server.request("GET", f"{NEW}/config"))[0] == 401


async def test_what_is_uploaded_comes_back(server: Server) -> None:
    alice = await server.register("alice")
    data = samples.png(300, 200)
    media_id = await upload(alice, data, "cat.png")
    answer = await download(alice, media_id)
    assert (answer.status, answer.body) == (200, data)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == 'inline; filename="cat.png"'
    assert answer.headers["content-length"] == str(len(data))


async def test_sizes_from_nothing_to_many_pieces(server: Server) -> None:
    alice = await server.register("alice")
    for size in (0, 1, 65_536, 256 * 1024, 256 * 1024 + 1, 3_000_000):
        data = bytes(range(256)) * (size // 256) + bytes(size % 256)
        answer = await download(alice, await upload(alice, data))
        assert (answer.status, answer.body == data) == (200, True)


async def test_async_upload(server: Server) -> None:
    alice = await server.register("alice")
    made = await alice.post(f"{OLD}/v1/create")
    assert made["unused_expires_at"] == pytest.approx(server.app.clock.now_ms() + 24 * 3600_000, abs=60_000)
    media_id = made["content_uri"].rpartition("/")[2]
    answer = await fill(alice, media_id, b"content", content_type="text/plain", content_digest=digest(b"content"))
    assert (answer.status, answer.json) == (200, {})
    assert (await download(alice, media_id)).body == b"content"
    again = await fill(alice, media_id, b"other")
    assert (again.status, again.errcode) == (409, "M_CANNOT_OVERWRITE_MEDIA")
    assert (await download(alice, media_id)).body == b"content"


async def test_whose_id_it_is(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    media_id = await create(alice)
    answer = await fill(bob, media_id)
    assert (answer.status, answer.errcode) == (403, "M_FORBIDDEN")
    answer = await fill(alice, "nothing")
    assert (answer.status, answer.errcode) == (404, "M_NOT_FOUND")
    answer = await send(alice, "PUT", f"{OLD}/v3/upload/elsewhere.org/{media_id}", b"x")
    assert (answer.status, answer.errcode) == (404, "M_NOT_FOUND")
    assert (await fill(alice, media_id)).status == 200


async def test_ids_expire(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_MEDIA_PENDING_HOURS="1")
    alice = await server.register("alice")
    media_id = await create(alice)
    clock.advance(3600_000)
    answer = await fill(alice, media_id)
    assert (answer.status, answer.errcode) == (404, "M_NOT_FOUND")
    answer = await download(alice, media_id)
    assert (answer.status, answer.errcode) == (404, "M_NOT_FOUND")


async def test_ids_that_wait_are_limited(make_server: MakeServer) -> None:
    clock = FixedClock()
    server = await make_server(clock, ROOMKEEPER_MEDIA_MAX_PENDING="3")
    alice, bob = await server.register("alice"), await server.register("bob")
    answers = await asyncio.gather(*(alice.attempt("POST", f"{OLD}/v1/create", {}) for _ in range(6)))
    assert sorted(status for status, _ in answers) == [200, 200, 200, 429, 429, 429]
    refused = next(body for status, body in answers if status == 429)
    assert refused["errcode"] == "M_LIMIT_EXCEEDED"
    assert refused["retry_after_ms"] == 24 * 3600_000
    made = next(body["content_uri"].rpartition("/")[2] for status, body in answers if status == 200)
    await create(bob)
    assert (await fill(alice, made)).status == 200
    await create(alice)
    clock.advance(24 * 3600_000)
    await create(alice)


async def test_the_quota(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_MEDIA_USER_QUOTA="1000")
    alice, bob = await server.register("alice"), await server.register("bob")
    await upload(alice, bytes(600))
    answer = await send(alice, "POST", f"{OLD}/v3/upload", bytes(600))
    assert (answer.status, answer.errcode) == (403, "M_FORBIDDEN")
    media_id = await create(alice)
    assert (await fill(alice, media_id, bytes(401))).status == 403
    assert (await fill(alice, media_id, bytes(400))).status == 200
    await upload(bob, bytes(600))
    both = await asyncio.gather(*(send(bob, "POST", f"{OLD}/v3/upload", bytes([number]) * 300) for number in range(3)))
    assert sorted(answer.status for answer in both) == [200, 403, 403]


async def test_the_quota_of_all(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_MEDIA_TOTAL_QUOTA="1000")
    alice, bob = await server.register("alice"), await server.register("bob")
    await upload(alice, bytes(600))
    answer = await send(bob, "POST", f"{OLD}/v3/upload", bytes(401))
    assert (answer.status, answer.errcode) == (403, "M_FORBIDDEN")
    assert "administrator" in answer.json["error"]
    answers = await asyncio.gather(
        *(send(client, "POST", f"{OLD}/v3/upload", bytes([1]) * 150) for client in (alice, bob, alice, bob))
    )
    assert sorted(answer.status for answer in answers) == [200, 200, 403, 403]
    await server.restart()
    assert (await send(alice, "POST", f"{OLD}/v3/upload", bytes(101))).status == 403
    assert await pieces(alice, [bytes(60), bytes(60)], length=None) == 403
    assert (await send(alice, "POST", f"{OLD}/v3/upload", bytes(100))).status == 200


@pytest.mark.parametrize("setting", ["USER_QUOTA", "TOTAL_QUOTA"])
@pytest.mark.parametrize("declared", [True, False])
async def test_uploads_at_the_same_time_stay_within_the_quota(
    make_server: MakeServer, setting: str, declared: bool
) -> None:
    """Also where nobody says beforehand how long a file is: then its place is taken before it is stored."""
    server = await make_server(**{f"ROOMKEEPER_MEDIA_{setting}": "1000"})
    alice = await server.register("alice")
    for _ in range(3):
        answers = await asyncio.gather(
            *(
                pieces(alice, [bytes([number]) * 100, bytes([number]) * 80], length=180 if declared else None)
                for number in range(8)
            )
        )
        assert set(answers) <= {200, 403}
    rows = await server.app.driver.query("SELECT COALESCE(SUM(size), 0) FROM media")
    assert rows == [(900,)]
    assert len(stored(server)) == len({path.name for path in stored(server)}) <= 5


async def test_the_size_limit(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_MEDIA_MAX_UPLOAD_SIZE="1000")
    alice = await server.register("alice")
    assert (await alice.get(f"{NEW}/config")) == {"m.upload.size": 1000}
    await upload(alice, bytes(1000))
    answer = await send(alice, "POST", f"{OLD}/v3/upload", bytes(1001))
    assert (answer.status, answer.errcode, answer.headers["connection"]) == (413, "M_TOO_LARGE", "close")
    before = stored(server)
    # Who does not say how much there will be is stopped on the way.
    status = await pieces(alice, [bytes(600)] * 10, length=None)
    assert status == 413
    assert stored(server) == before


@pytest.mark.parametrize("how", ["at once", "to an id"])
async def test_wrong_digests_store_nothing(server: Server, how: str) -> None:
    alice = await server.register("alice")
    media_id = await create(alice)
    path = f"{OLD}/v3/upload" + ("" if how == "at once" else f"/example.org/{media_id}")
    method = "POST" if how == "at once" else "PUT"
    for header in (digest(b"other"), "sha-256=:AAAA:", "sha-256=::", "sha-256=xyz", f"sha-256={digest(b'x')}"):
        answer = await send(alice, method, path, b"content", content_digest=header)
        assert (answer.status, answer.errcode) == (400, "M_INVALID_PARAM"), header
    assert "Content-Digest" in (await send(alice, method, path, b"content", content_digest=digest(b"x"))).json["error"]
    assert stored(server) == []
    assert (await send(alice, method, path, b"content", content_digest="unknown=:AAAA:")).status == 200


# ------------------------------------------------------------------ streams


async def pieces(
    client: Client, chunks: Sequence[bytes], *, length: int | None, disconnect: bool = False, path: str = ""
) -> int:
    """Upload piece by piece, and perhaps hang up instead of the last one; the status."""
    headers = [(b"authorization", f"Bearer {client.token}".encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    path = path or f"{OLD}/v3/upload"
    scope = {
        "type": "http",
        "method": "PUT" if path.count("/") > 5 else "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    last = len(chunks) - 1
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": disconnect or number < last}
        for number, chunk in enumerate(chunks)
    ]
    if disconnect:
        messages.append({"type": "http.disconnect"})
    waiting = iter(messages)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return next(waiting)

    async def answer(message: Any) -> None:
        sent.append(message)

    await client.server.app.http(scope, receive, answer)
    return int(sent[0]["status"])


async def test_many_small_pieces(server: Server) -> None:
    alice = await server.register("alice")
    assert await pieces(alice, [b"a"] * 5000, length=None) == 200
    assert await pieces(alice, [b"a"] * 5000, length=5000) == 200
    (blob,) = stored(server)
    assert blob.name == hashlib.sha256(b"a" * 5000).hexdigest()


async def test_interrupted_uploads_leave_nothing(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await create(alice)
    path = f"{OLD}/v3/upload/example.org/{media_id}"
    for chunks in ([], [b"half"], [bytes(400_000)] * 3):
        assert await pieces(alice, chunks, length=2_000_000, disconnect=True) == 400
        assert await pieces(alice, chunks, length=None, disconnect=True, path=path) == 400
    assert await pieces(alice, [b"short"], length=1000) == 400
    assert stored(server) == []
    # The id can still be used.
    assert await pieces(alice, [b"whole"], length=5, path=path) == 200
    assert (await download(alice, media_id)).body == b"whole"


async def test_who_falls_silent_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.platform.http.request.IDLE_SECONDS", 0.05)
    alice = await server.register("alice")
    never = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await never.wait()
        return {}

    sent: list[Any] = []

    async def answer(message: Any) -> None:
        sent.append(message)

    path = f"{OLD}/v3/upload"
    headers = [(b"authorization", f"Bearer {alice.token}".encode())]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    await server.app.http({**scope, "headers": headers, "client": None}, receive, answer)
    assert sent[0]["status"] == 400
    assert stored(server) == []


async def test_who_drips_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps a connection, and the space for the file, only for so long."""
    monkeypatch.setattr("roomkeeper.platform.http.request.IDLE_SECONDS", 0.2)
    alice = await server.register("alice")
    pieces_sent = itertools.count()

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        assert next(pieces_sent) < 10_000, "it is waited for"
        return {"type": "http.request", "body": b"x", "more_body": True}

    sent: list[Any] = []

    async def answer(message: Any) -> None:
        sent.append(message)

    path = f"{OLD}/v3/upload"
    headers = [(b"authorization", f"Bearer {alice.token}".encode())]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    await server.app.http({**scope, "headers": headers, "client": None}, receive, answer)
    assert sent[0]["status"] == 400
    assert stored(server) == []


async def test_uploads_at_the_same_time_are_limited(server: Server) -> None:
    alice = await server.register("alice")
    gate = asyncio.Event()

    async def slow() -> Any:
        yield b"x"
        await gate.wait()

    media = server.app.routes.find("POST", f"{OLD}/v3/upload".encode())[0].endpoint.__self__._media  # type: ignore[attr-defined]
    from roomkeeper.core.media.service import Upload
    from roomkeeper.platform.http import Requester

    requester = Requester(alice.user_id, alice.device_id)
    running = [asyncio.ensure_future(media.upload(requester, Upload(None, None, None, None), slow())) for _ in range(8)]
    await asyncio.sleep(0.05)
    answer = await send(alice, "POST", f"{OLD}/v3/upload", b"x")
    assert (answer.status, answer.errcode) == (429, "M_LIMIT_EXCEEDED")
    gate.set()
    await asyncio.gather(*running)
    assert (await send(alice, "POST", f"{OLD}/v3/upload", b"x")).status == 200


async def test_two_uploads_to_one_id(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await create(alice)
    answers = await asyncio.gather(*(fill(alice, media_id, bytes([number]) * 1000) for number in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]


async def test_equal_files_are_stored_once(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    ids = [await upload(client, samples.png(), name) for client, name in ((alice, "a.png"), (bob, "b.png"))]
    assert len(set(ids)) == 2
    assert len(stored(server)) == 1
    assert (await download(bob, ids[0])).status == 404
    assert (await download(bob, ids[1])).headers["content-disposition"] == 'inline; filename="b.png"'


async def test_leftovers_of_a_crash_are_removed(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice)
    leftover = server.data_dir / "blobs" / "incoming-abc"
    await asyncio.to_thread(leftover.write_bytes, b"half")
    await server.restart()
    assert len(stored(server)) == 1
    assert (await download(alice, media_id)).status == 200


async def test_media_survive_a_restart(server: Server) -> None:
    alice = await server.register("alice")
    media_id, waiting = await upload(alice), await create(alice)
    await server.restart()
    assert (await download(alice, media_id)).body == samples.png()
    assert (await fill(alice, waiting)).status == 200
