"""What attackers send: files that are two things at once, tricks in names, ids, sizes, ranges and digests."""

from __future__ import annotations

import base64
import hashlib
import io
from email.message import Message
from urllib.parse import quote

import pytest
from PIL import Image

from tests import samples
from tests.harness import Client, Server
from tests.integration.media.test_downloading import DATA, POLICY
from tests.integration.media.uploading import NEW, OLD, create, download, fill, send, thumbnail, upload

ACTIVE = ("text/html", "image/svg+xml", "application/xml", "application/xhtml+xml", "application/pdf")


# ------------------------------------------------------------------ files


@pytest.mark.parametrize("name", samples.polyglots())
async def test_nothing_of_a_polyglot_comes_along_into_a_thumbnail(server: Server, name: str) -> None:
    alice = await server.register("alice")
    data, payload = samples.polyglots()[name]
    assert payload in data
    for claimed in ("image/png", "text/html", "application/java-archive", "application/zip"):
        media_id = await upload(alice, data, content_type=claimed)
        whole = await download(alice, media_id)
        assert whole.body == data
        assert whole.headers["x-content-type-options"] == "nosniff"
        assert whole.headers["content-security-policy"] == POLICY
        assert whole.headers["content-type"].startswith("image/"), "what browsers get is an image, whatever was claimed"
    for animated in ("true", "false"):
        for method in ("scale", "crop"):
            small = await thumbnail(alice, media_id, method=method, animated=animated)
            assert small.status == 200
            assert payload not in small.body
            with Image.open(io.BytesIO(small.body)) as image:
                image.load()
                assert max(image.size) <= 96
                assert not {"comment", "Comment", "exif"} & image.info.keys()


@pytest.mark.parametrize(
    "name",
    ["html", "svg", "svg behind a comment", "svg of a billion laughs", "svg that contains itself",
     "svg that reads a file", "svg deep down", "pdf with script", "html in utf-16", "html behind spaces",
     "jpeg start and html", "php"],
)  # fmt: skip
@pytest.mark.parametrize(
    "claimed", ["image/png", "image/jpeg", "image/svg+xml", "text/html", "text/plain", "application/pdf", "video/mp4"]
)
async def test_what_could_be_run_is_never_shown_inline(server: Server, name: str, claimed: str) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, samples.broken()[name], name="a.html", content_type=claimed)
    answer = await download(alice, media_id)
    content_type = answer.headers["content-type"].partition(";")[0]
    inline = answer.headers["content-disposition"].startswith("inline")
    assert not inline or content_type in ("image/jpeg", "text/plain"), answer.headers
    assert content_type not in ACTIVE or answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"] == POLICY
    assert (await thumbnail(alice, media_id)).status == 400


# ------------------------------------------------------------------ digests


def digest(data: bytes, algorithm: str = "sha256") -> str:
    name = {"sha256": "sha-256", "sha512": "sha-512", "md5": "md5"}[algorithm]
    return f"{name}=:{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}:"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (digest(b"content"), 200),
        (f"{digest(b'content', 'sha512')}, {digest(b'content')}", 200),
        (f"{digest(b'content')}, {digest(b'content')}", 200),
        (f"{digest(b'content')}, {digest(b'other')}", 400),
        (f"{digest(b'other')}, {digest(b'content')}", 400),
        (f"{digest(b'content')}, sha-256=:AAAA:", 400),
        (digest(b"other"), 400),
        (digest(b"other", "md5"), 200),
        ("unknown=:AAAA:", 200),
        ("sha-256", 200),
        ("", 200),
        ("," * 5000, 200),
        ("sha-256=:" + "A" * 5000 + ":", 400),
        (digest(b"content").replace(":", ""), 400),
        (digest(b"content").encode().hex(), 200),
    ],
)
async def test_digests(server: Server, header: str, status: int) -> None:
    alice = await server.register("alice")
    media_id = await create(alice)
    answers = [
        await send(alice, "POST", f"{OLD}/v3/upload", b"content", content_digest=header),
        await fill(alice, media_id, content_digest=header),
    ]
    assert [answer.status for answer in answers] == [status, status]
    if status == 400:
        assert {answer.errcode for answer in answers} == {"M_INVALID_PARAM"}
        assert (await fill(alice, media_id)).status == 200, "the id is as it was"


async def test_digests_in_several_headers_are_one_list(server: Server) -> None:
    alice = await server.register("alice")
    for second, status in ((digest(b"content"), 200), (digest(b"other"), 400)):
        assert await _upload_with(alice, [digest(b"content"), second]) == status


async def _upload_with(client: Client, digests: list[str]) -> int:
    path = f"{OLD}/v3/upload"
    headers = [(b"authorization", f"Bearer {client.token}".encode()), (b"content-length", b"7")]
    headers += [(b"content-digest", value.encode()) for value in digests]
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    sent: list[dict[str, int]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"content", "more_body": False}

    async def answer(message: dict[str, int]) -> None:
        sent.append(message)

    await client.server.app.http({**scope, "headers": headers, "client": None}, receive, answer)  # type: ignore[arg-type]
    return sent[0]["status"]


# ------------------------------------------------------------------ ranges


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("bytes=0-10,5-20", 200),
        ("bytes=20-30,0-10", 200),
        ("bytes=" + ",".join(["0-"] * 3000), 200),
        ("bytes=-" + "9" * 19, 206),
        ("bytes=-" + "9" * 400, 200),
        ("bytes=0-" + "9" * 19, 206),
        ("bytes=18446744073709551616-", 200),
        ("bytes=9223372036854775808-", 416),
        ("bytes=10239-10239", 206),
        ("bytes=10239-0", 200),
        ("bytes=10240-10240", 416),
        ("bytes=-0", 416),
        ("bytes=--1", 200),
        ("bytes=-1-", 200),
        ("bytes=0x0-0x9", 200),
        ("bytes=0-9;q=1", 200),
        ("bytes=0 - 9", 200),
        ("bytes=\u00b2-\u00b3", 200),
        ("items=0-9", 200),
        ("bytes", 200),
        ("=", 200),
    ],
)
async def test_ranges(server: Server, header: str, status: int) -> None:
    alice = await server.register("alice")
    answer = await download(alice, await upload(alice, DATA), range=header)
    assert answer.status == status
    if status == 206:
        first, _, rest = answer.headers["content-range"].removeprefix("bytes ").partition("-")
        last, _, total = rest.partition("/")
        assert (answer.body, total) == (DATA[int(first) : int(last) + 1], str(len(DATA)))
    elif status == 200:
        assert answer.body == DATA


# ------------------------------------------------------------------ thumbnails


@pytest.mark.parametrize(
    ("side", "status"),
    [
        ("99999", 200), ("2147483647", 200), ("2147483648", 200), ("999999999999999999", 200), ("1", 200),
        ("9" * 20, 400), ("0", 400), ("-0", 400), ("-1", 400), ("NaN", 400), ("inf", 400), ("1e3", 400), ("0x20", 400),
        ("%2B5", 400), ("%205", 400), ("5%20", 400), ("", 400), ("%D9%A3", 400), ("%C2%B2", 400), ("5%00", 400),
        ("1_000", 400), ("null", 400), ("true", 400), ("[5]", 400),
    ],
)  # fmt: skip
async def test_sides_of_thumbnails(server: Server, side: str, status: int) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, samples.jpeg(1000, 500))
    for name in ("width", "height"):
        answer = await thumbnail(alice, media_id, **{name: side})
        assert answer.status == status, (name, answer)
        if status == 200:
            with Image.open(io.BytesIO(answer.body)) as image:
                assert image.width <= 1000, "never larger than the original"
        else:
            assert answer.errcode == "M_INVALID_PARAM"


# ------------------------------------------------------------------ names and paths

NAMES = [
    '"; filename="evil.exe', "a\r\nSet-Cookie: x=1\r\n\r\n<html>", "a\nb", "../../../../etc/passwd",
    "..\\..\\windows\\system32", "/etc/passwd", "C:\\autoexec.bat", "\u202egnp.exe", "\u2066a\u2069", "a\u2028b",
    "\x00", "a\x00.png", "\x1b[31m", "\x7f", "\u0085", "%0d%0aX: 1", "你好; 世界.png", "🙈.png", "a" * 1000,
    "😀" * 1000, "'';!--\"<XSS>=&{()}", "filename*=UTF-8''x", "~", ".", "..", " ", "con", "a;b=c", "a,b",
    "\ufeffx", "e\u0301",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
@pytest.mark.parametrize("how", ["upload", "download"])
async def test_tricks_in_file_names(server: Server, name: str, how: str) -> None:
    alice = await server.register("alice")
    if how == "upload":
        answer = await download(alice, await upload(alice, name=name))
    else:
        answer = await download(alice, await upload(alice), f"/{quote(name, safe='')}")
    assert answer.status == 200
    value = answer.headers["content-disposition"]
    assert value.isascii()
    assert value.isprintable()
    assert value.startswith("inline")
    assert not {"set-cookie", "x"} & answer.headers.keys()
    message = Message()
    message["content-disposition"] = value
    names = [key for key, _ in message.get_params(header="content-disposition") or []]
    # The second one is `filename*`, for what is not plain.
    assert names == ["inline", "filename", "filename"][: len(names)], "nothing has got out of its quotes"
    assert len(names) < 3 or not name.isascii()
    read = message.get_filename() or ""
    assert not set(read) & set("/\\\r\n\x00\u202e\u2066\u2069\u2028\u0085\x1b\x7f")


@pytest.mark.parametrize("name", ["%FF%FE", "%ED%A0%80", "%C0%AE%C0%AE%C0%AF"])
async def test_names_that_are_no_text(server: Server, name: str) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice)
    answer = await download(alice, media_id, f"/{name}")
    assert (answer.status, answer.errcode) == (400, "M_INVALID_PARAM")
    answer = await send(alice, "POST", f"{OLD}/v3/upload?filename={name}", b"x")
    assert (answer.status, answer.errcode) == (400, "M_INVALID_PARAM")


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd", "example.org/../../../etc/passwd", "example.org//etc/passwd", "example.org/./{id}",
        "example.org/%2e%2e/%2e%2e/signing.key", "example.org/..%2f..%2fsigning.key", "example.org/{id}/../../x",
        "example.org%2f{id}", "%2e/{id}", "example.org/{id}%00", "example.org/{id}%2f", "example.org/{id}/a/b",
        "example.org/{sha256}", "example.org/{folder}", "example.org/incoming-x", "EXAMPLE.ORG/{id}",
        "example.org./{id}", "example.org:8448/{id}", "elsewhere.org/{id}", "[::1]/{id}", "127.0.0.1/{id}",
        "example.org@evil.org/{id}",
        "example.org/{id} ", "example.org/" + "x" * 5000, "x" * 5000 + "/{id}", "\u00ebxample.org/{id}",
    ],
)  # fmt: skip
async def test_tricks_in_paths(server: Server, path: str) -> None:
    alice = await server.register("alice")
    media_id = await upload(alice, DATA)
    sha256 = hashlib.sha256(DATA).hexdigest()
    path = path.format(id=media_id, sha256=sha256, folder=f"{sha256[:2]}%2f{sha256[2:4]}%2f{sha256}")
    path = quote(path, safe="/%[]:@")
    for method, whole in (
        ("GET", f"{NEW}/download/{path}"),
        ("GET", f"{NEW}/thumbnail/{path}?width=1&height=1"),
        ("PUT", f"{OLD}/v3/upload/{path}"),
    ):
        answer = await send(alice, method, whole)
        assert answer.status in (400, 403, 404), (whole, answer)
        assert answer.errcode in ("M_INVALID_PARAM", "M_NOT_FOUND", "M_UNRECOGNIZED", "M_FORBIDDEN"), (whole, answer)
    assert (await download(alice, media_id)).body == DATA
