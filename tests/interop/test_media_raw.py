"""Requests that no client sends on purpose: lengths that are wrong, bodies in pieces that are broken, hanging up."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import nio  # type: ignore[import-untyped]
import pytest

from tests.interop.conftest import SignUp, ok
from tests.process import ServerProcess

HELLO = b"hello world, this is a file"
SECONDS = 30


@pytest.fixture(scope="module", params=["12"])
def room_version(request: pytest.FixtureRequest) -> str:
    """One version is enough: media do not depend on it."""
    return str(request.param)


async def exchange(process: ServerProcess, data: bytes, *, hang_up: bool = False) -> list[tuple[int, bytes]]:
    """Send these bytes; status and body of each answer until the server closes or says no more for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(process.url.rpartition(":")[2]))
    writer.write(data)
    await writer.drain()
    if hang_up:
        writer.write_eof()
    answers: list[tuple[int, bytes]] = []
    with contextlib.suppress(asyncio.IncompleteReadError, TimeoutError, ConnectionError):
        while True:
            async with asyncio.timeout(1 if answers else SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode("latin-1").lower().split("\r\n")
                length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
                answers.append((int(head[9:12]), await reader.readexactly(length)))
    writer.close()
    return answers


def incoming(process: ServerProcess) -> list[Path]:
    """What is half received."""
    return list((process.data_dir / "blobs").glob("incoming-*"))


def files(process: ServerProcess) -> int:
    """How many files are stored."""
    return sum(path.is_file() for path in (process.data_dir / "blobs").rglob("*"))


async def until_nothing_is_half(process: ServerProcess) -> None:
    """Wait until all that was half received is gone."""
    async with asyncio.timeout(SECONDS):
        while await asyncio.to_thread(incoming, process):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.02)


def upload(token: str, headers: str, body: bytes) -> bytes:
    """An upload with these headers."""
    head = f"POST /_matrix/media/v3/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{headers}\r\n\r\n"
    return head.encode() + body


async def test_chunked(process: ServerProcess, sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    pieces = b"".join(b"%x;ext=1\r\n%s\r\n" % (1, HELLO[n : n + 1]) for n in range(len(HELLO)))
    request = upload(alice.access_token, "Transfer-Encoding: chunked", pieces + b"0\r\nTrailer: x\r\n\r\n")
    ((status, body),) = await exchange(process, request)
    assert status == 200
    assert ok(await alice.download(json.loads(body)["content_uri"]), nio.DownloadResponse).body == HELLO


async def test_content_length_too_small(process: ServerProcess, sign_up: SignUp) -> None:
    """What is behind is no part of the file, and is not taken for a request that works."""
    alice = await sign_up("alice")
    answers = await exchange(process, upload(alice.access_token, "Content-Length: 5", HELLO))
    assert [status for status, _ in answers] in ([400], [200], [200, 400])
    if answers[0][0] == 200:
        uri = json.loads(answers[0][1])["content_uri"]
        assert ok(await alice.download(uri), nio.DownloadResponse).body == HELLO[:5]
    answers = await exchange(process, upload(alice.access_token, "Content-Length: 5", HELLO[:5]))
    assert [status for status, _ in answers] == [200]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 1000", HELLO),
        ("Content-Length: 3000000", bytes(2_000_000)),
        ("Transfer-Encoding: chunked", b"1b\r\n" + HELLO),
        ("Transfer-Encoding: chunked", b"1b\r\n" + HELLO + b"\r\n"),
        ("Transfer-Encoding: chunked", b"ffffffffffffffffff\r\n" + HELLO),
        ("Transfer-Encoding: chunked", b"-5\r\n" + HELLO),
        ("Transfer-Encoding: chunked", b"zz\r\n" + HELLO),
        ("Transfer-Encoding: chunked", b"5\r\n" + HELLO),
        ("Content-Length: -1", HELLO),
        ("Content-Length: 99999999999999999999999999", HELLO),
        ("Content-Length: 5, 6", HELLO),
        ("Content-Length: 5\r\nContent-Length: 6", HELLO),
        ("Content-Length: 0x1b", HELLO),
        ("Content-Length: 999999999999", HELLO),
    ],
)
async def test_what_does_not_arrive_whole_is_not_stored(
    process: ServerProcess, sign_up: SignUp, headers: str, body: bytes
) -> None:
    alice = await sign_up("alice")
    before = await asyncio.to_thread(files, process)
    answers = await exchange(process, upload(alice.access_token, headers, body), hang_up=True)
    assert all(status in (400, 413) for status, _ in answers), answers
    await until_nothing_is_half(process)
    assert await asyncio.to_thread(files, process) == before
    assert ok(await alice.joined_rooms(), nio.JoinedRoomsResponse).rooms == [], "the server is well"


async def test_a_file_that_is_too_large_is_refused_before_it_comes(process: ServerProcess, sign_up: SignUp) -> None:
    alice = await sign_up("alice")
    ((status, body),) = await exchange(process, upload(alice.access_token, "Content-Length: 104857601", b""))
    assert (status, json.loads(body)["errcode"]) == (413, "M_TOO_LARGE")
