"""Downloading: headers, ranges, what has not changed, waiting for files, paths that are tricks."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from tests import samples
from tests.harness import Server
from tests.integration.media.uploading import NEW, OLD, create, download, fill, send, upload

POLICY = (
    "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline';"
    " object-src 'self';"
)
DATA = bytes(range(256)) * 40


async def test_headers(server: Server) -> None:
    alice = await server.register("alice")
    answer = await download(alice, await upload(alice))
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["etag"] == f'"{hashlib.sha256(samples.png()).hexdigest()}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-disposition"] == "inline"


async def test_names(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, name='../..\\a"b;\r\n你.png')
    disposition = (await download(alice, media_id)).headers["content-disposition"]
    assert disposition == ('inline; filename=".._.._a\\"b;_.png"; filename*=UTF-8\'\'.._.._a%22b%3B%E4%BD%A0.png')
    other = await download(alice, media_id, "/my%20dog.png")
    assert other.headers["content-disposition"] == 'inline; filename="my dog.png"'
    assert (await download(alice, media_id, "/" + "x" * 1001)).status == 400
    path = f"{OLD}/v3/upload?filename={'x' * 1001}"
    answer = await send(alice, "POST", path, b"x")
    assert (answer.status, answer.errcode) == (400, "M_INVALID_PARAM")


@pytest.mark.parametrize(
    ("name", "claimed", "served", "disposition"),
    [
        ("html", "image/png", "application/octet-stream", "attachment"),
        ("html", "text/html", "text/html; charset=utf-8", "attachment"),
        ("html", "text/plain", "text/plain; charset=utf-8", "attachment"),
        ("svg", "image/svg+xml", "image/svg+xml", "attachment"),
        ("svg", "image/png", "application/octet-stream", "attachment"),
        ("text", "text/plain", "text/plain; charset=utf-8", "inline"),
        ("zip", "image/png", "application/octet-stream", "attachment"),
        ("pdf", "application/pdf", "application/pdf", "attachment"),
        ("png and html", "text/html", "image/png", "inline"),
        ("gif and script", "application/javascript", "image/gif", "inline"),
        ("noise", "image/jpeg", "application/octet-stream", "attachment"),
        ("noise", "nonsense\x0b", "application/octet-stream", "attachment"),
    ],
)
async def test_types(server: Server, name: str, claimed: str, served: str, disposition: str) -> None:
    alice = await server.register("alice")
    data = {**samples.good(), **samples.broken()}[name]
    answer = await download(alice, await upload(alice, data, content_type=claimed))
    assert (answer.headers["content-type"], answer.headers["content-disposition"]) == (served, disposition)
    assert answer.body == data
    assert answer.headers["content-security-policy"] == POLICY


async def test_no_type_at_all(server: Server) -> None:
    alice = await server.register("alice")
    made = await send(alice, "POST", f"{OLD}/v3/upload", b"hello")
    answer = await download(alice, made.json["content_uri"].rpartition("/")[2])
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, 10240), ("bytes=-40", 10200, 10240), ("bytes=0-99999", 0, 10240)],
)
async def test_ranges(server: Server, header: str, start: int, end: int) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, DATA)
    answer = await download(alice, media_id, range=header)
    assert (answer.status, answer.body) == (206, DATA[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/10240"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize(
    "header",
    [
        "bytes=0-1,5-9",
        "bytes=" + "0-1," * 5000,
        "bytes=9-5",
        "lines=1-2",
        "bytes=",
        "bytes=a-b",
        "0-5",
        "bytes=" + "9" * 50,
    ],
)
async def test_ranges_that_are_none(server: Server, header: str) -> None:
    alice = await server.register("alice")
    answer = await download(alice, await upload(alice, DATA), range=header)
    assert (answer.status, answer.body == DATA) == (200, True)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("header", ["bytes=10240-", "bytes=99999-100000", "bytes=-0", "bytes=9999999999999999999-"])
async def test_ranges_that_are_not_there(server: Server, header: str) -> None:
    alice = await server.register("alice")
    answer = await download(alice, await upload(alice, DATA), range=header)
    assert (answer.status, answer.errcode) == (416, "M_UNKNOWN")
    assert answer.headers["content-range"] == "bytes */10240"


async def test_ranges_of_another_version(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, DATA)
    etag = (await download(alice, media_id)).headers["etag"]
    assert (await download(alice, media_id, range="bytes=0-1", if_range=etag)).status == 206
    assert (await download(alice, media_id, range="bytes=0-1", if_range='"other"')).status == 200


async def test_not_modified(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    media_id = await upload(alice, DATA)
    etag = (await download(alice, media_id)).headers["etag"]
    for header in (etag, f'"x", W/{etag}', "*"):
        answer = await download(alice, media_id, if_none_match=header)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["etag"] == etag
        assert "content-length" not in answer.headers
    assert (await download(alice, media_id, if_none_match='"x"')).status == 200
    assert (await download(bob, media_id, if_none_match=etag)).status == 404


async def test_head(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, DATA)
    get, head = await download(alice, media_id), await download(alice, media_id, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert {**get.headers, "x-request-id": ""} == {**head.headers, "x-request-id": ""}
    assert (await download(alice, media_id, method="HEAD", range="bytes=0-1")).status == 200
    assert (await download(alice, "nothing", method="HEAD")).status == 404


async def test_waiting_for_the_file(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await create(alice)
    answer = await download(alice, media_id, "?timeout_ms=50")
    assert (answer.status, answer.errcode) == (504, "M_NOT_YET_UPLOADED")
    waiting = [
        asyncio.ensure_future(download(alice, media_id, f"?timeout_ms={wait}")) for wait in (100, 20_000, 20_000)
    ]
    await asyncio.sleep(0.2)
    assert (await fill(alice, media_id, b"content")).status == 200
    answers = await asyncio.gather(*waiting)
    assert [answer.status for answer in answers] == [504, 200, 200]
    assert answers[2].body == b"content"
    for wrong in ("-1", "x", "1e3", "9" * 30):
        assert (await download(alice, media_id, f"?timeout_ms={wrong}")).status == 400


async def test_who_waits_is_sent_home_when_the_server_stops(server: Server) -> None:
    alice = await server.register("alice")
    waiting = asyncio.ensure_future(download(alice, await create(alice), "?timeout_ms=60000"))
    await asyncio.sleep(0.05)
    server.app.begin_stop()
    async with asyncio.timeout(2):
        assert (await waiting).status == 503


TRICKS = [
    "..%2F..%2Fetc%2Fpasswd", "..", ".", "%2e%2e", "a%2Fb", "a%5Cb", "%00", "a%00b", "%E4%BD%A0", "a.b", "a%20b",
    "~root", "x" * 256, "%25%32%65", "a%3Fb", "a;b", "-%0d%0aX:1", "%ff", "C:", "*",
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
async def test_tricks_in_media_ids(server: Server, trick: str) -> None:
    alice = await server.register("alice")
    for method, path in (
        ("GET", f"{NEW}/download/example.org/{trick}"),
        ("GET", f"{NEW}/download/example.org/{trick}/name.png"),
        ("GET", f"{NEW}/thumbnail/example.org/{trick}?width=1&height=1"),
        ("PUT", f"{OLD}/v3/upload/example.org/{trick}"),
    ):
        answer = await send(alice, method, path)
        assert (answer.status, answer.errcode) in ((400, "M_INVALID_PARAM"), (404, "M_NOT_FOUND")), (path, answer)


@pytest.mark.parametrize("name", ["..", "example.org%2F..", "[::1", "", "a b", "127.0.0.1%2F..%2Fx", "elsewhere.org"])
async def test_tricks_in_server_names(server: Server, name: str) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice)
    answer = await send(alice, "GET", f"{NEW}/download/{name}/{media_id}")
    assert answer.status in (400, 404)
    assert answer.errcode in ("M_INVALID_PARAM", "M_NOT_FOUND", "M_UNRECOGNIZED")


@pytest.mark.parametrize("version", ["r0", "v1", "v3"])
async def test_without_a_token_there_is_nothing(server: Server, version: str) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice)
    for path in (
        f"download/example.org/{media_id}",
        f"download/example.org/{media_id}/x",
        f"thumbnail/example.org/{media_id}",
    ):
        status, answer = await server.request("GET", f"{OLD}/{version}/{path}")
        assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")
    status, answer = await server.request("GET", f"{NEW}/download/example.org/{media_id}")
    assert (status, answer["errcode"]) == (401, "M_MISSING_TOKEN")


async def test_a_blob_that_is_gone(server: Server) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, DATA)
    await server.app.blobs.delete(hashlib.sha256(DATA).hexdigest())
    answer = await download(alice, media_id)
    assert (answer.status, answer.errcode) == (500, "M_UNKNOWN")
    await upload(alice, DATA)
    assert (await download(alice, media_id)).status == 200
