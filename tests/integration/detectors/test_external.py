"""Detectors outside, asked over HTTP: a real little server that checks what it gets as docs/detectors.md says."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from roomkeeper.capabilities.screening.detectors import Failed, Refused
from roomkeeper.capabilities.screening.detectors import external as contract
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.settings import SettingsError
from tests.conftest import MakeServer
from tests.integration.detectors.world import Asker, detector, media_file, upload

SECRET = "a secret of both sides"
FILE = """
name = "outside"
url = "{url}"
secret = "{secret}"
kinds = ["image", "document"]
version = "2026.1"
seconds = 1
max_mib = 1
{more}
[labels.dogs]
description = "There is a dog in it."
review = 0.5
[labels.cats]
description = "There is a cat in it."
"""
ANSWER = {
    "labels": {"dogs": 0.9},
    "findings": [{"label": "dogs", "score": 0.9, "text": "a dog", "box": {"x": 0, "y": 0, "width": 0.5, "height": 1}}],
    "texts": [{"text": "beware of the dog", "source": "a sign"}],
}
Answering = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


async def usual(_request: web.Request, _body: bytes) -> web.StreamResponse:
    return web.json_response(ANSWER)


class Outside:
    """The service: it refuses what is not signed, and what comes twice."""

    def __init__(self) -> None:
        self.answer: Answering = usual
        self.requests: list[tuple[web.Request, bytes]] = []
        self.nonces: set[str] = set()
        self.url = ""

    async def start(self) -> None:
        application = web.Application(client_max_size=10_000_000)
        application.router.add_post("/look", self._look)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/look"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _look(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append((request, body))
        stamp, nonce = request.headers["X-Roomkeeper-Timestamp"], request.headers["X-Roomkeeper-Nonce"]
        digest = hashlib.sha256(body).hexdigest()
        message = "\n".join(("1", stamp, nonce, self.url, digest)).encode()
        expected = base64.b64encode(hmac.digest(SECRET.encode(), message, "sha256")).decode()
        if not hmac.compare_digest(expected, request.headers["X-Roomkeeper-Signature"]) or nonce in self.nonces:
            return web.json_response({"error": "not signed"}, status=403)
        self.nonces.add(nonce)
        return await self.answer(request, body)


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    service = Outside()
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
def ask(outside: Outside, make_server: MakeServer, tmp_path: Path) -> Callable[..., Awaitable[Asker]]:
    """A server that asks the service."""

    async def make(more: str = "", secret: str = SECRET, clock: Clock | None = None, **environment: str) -> Asker:
        file = tmp_path / "outside.toml"
        file.write_text(FILE.format(url=outside.url, secret=secret, more=more))
        server = await make_server(clock, ROOMKEEPER_EXTERNAL_DETECTORS_FILES=str(file), **environment)
        return Asker(server, tmp_path)

    return make


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "PAUSE_SECONDS", 0.01)


async def test_it_is_asked(outside: Outside, ask: Callable[..., Awaitable[Asker]]) -> None:
    asker = await ask()
    scores = await asker.look("outside", b"some words", "a.txt", "text/plain")
    assert scores.labels == {"dogs": 0.9}
    assert scores.findings[0].box is not None
    assert (scores.texts[0].text, scores.texts[0].source) == ("beware of the dog", "a sign")
    request, body = outside.requests[0]
    assert body == b"some words"
    assert request.headers["X-Roomkeeper-Media-Sha256"] == hashlib.sha256(body).hexdigest()
    assert request.headers["X-Roomkeeper-Media-Kind"] == "document"
    assert "X-Roomkeeper-Media-Name" not in request.headers
    asked = detector(asker.server, "outside")
    assert asked.version == "1.2026.1"
    assert not asked.required
    assert asked.labels["dogs"].review == 0.5


async def test_the_name_is_sent_where_it_is_wanted(outside: Outside, ask: Callable[..., Awaitable[Asker]]) -> None:
    asker = await ask("with_name = true")
    await asker.look("outside", b"words", "名.txt", "text/plain")
    name = base64.b64decode(outside.requests[0][0].headers["X-Roomkeeper-Media-Name"]).decode()
    assert name == "名.txt"
    assert detector(asker.server, "outside").variant(media_file(asker.folder, b"x", "a")) == "a"


async def test_another_secret(outside: Outside, ask: Callable[..., Awaitable[Asker]]) -> None:
    asker = await ask(secret="somebody else's secret")
    with pytest.raises(Failed, match="status 403"):
        await asker.look("outside", b"words", claimed="text/plain")
    assert len(outside.requests) == 1, "asking again would change nothing"


async def test_a_link(outside: Outside, make_server: MakeServer, tmp_path: Path) -> None:
    """Instead of the bytes the service gets a link, which it can follow as long as it is good."""
    file = tmp_path / "outside.toml"
    file.write_text(FILE.format(url=outside.url, secret=SECRET, more='send = "link"'))
    clock = Clock()
    server = await make_server(clock, ROOMKEEPER_EXTERNAL_DETECTORS_FILES=str(file))
    customer = await server.register("customer")
    await upload(customer, b"the words themselves", "text/plain")
    await Asker(server, tmp_path).look("outside", b"the words themselves", claimed="text/plain")
    sent = json.loads(outside.requests[0][1])
    assert sent["size"] == 20
    path = "/" + sent["url"].split("/", 3)[3]
    status, headers, body = await server.raw("GET", path)
    assert (status, body) == (200, b"the words themselves")
    assert headers["content-type"] == "application/octet-stream"
    for wrong in (
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        path.replace(".20.", ".21."),
        "/_roomkeeper/v1/screening/files/x",
    ):
        assert (await server.raw("GET", wrong))[0] == 404, wrong
    await server.restart()
    assert (await server.raw("GET", path))[0] == 404


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "nonsense",
        "{}",
        '{"labels": {"dogs": 2}}',
        '{"labels": {"dogs": "much"}}',
        '{"labels": {"mice": 0.5}}',
        '{"labels": {}, "findings": [{"label": "mice", "score": 1}]}',
        '{"labels": {}, "texts": [{"text": 1}]}',
        "[" * 100_000,
        '{"labels": {"dogs": NaN}}',
        '{"labels": {}, "texts": [{"text": "' + "x" * 5_000_000 + '"}]}',
    ],
)
async def test_what_is_no_answer(outside: Outside, ask: Callable[..., Awaitable[Asker]], answer: str) -> None:
    async def nonsense(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(text=answer, content_type="application/json")

    outside.answer = nonsense
    asker = await ask()
    with pytest.raises(Failed):
        await asker.look("outside", b"words", claimed="text/plain")


async def test_words_with_anything_in_them(outside: Outside, ask: Callable[..., Awaitable[Asker]]) -> None:
    async def odd(_request: web.Request, _body: bytes) -> web.StreamResponse:
        body = (
            b'{"labels": {"dogs": 1}, "findings": [{"label": "dogs", "score": 1, "text": "a\\u202e\\ud800b\\u0000"}]}'
        )
        return web.Response(body=body, content_type="application/json")

    outside.answer = odd
    asker = await ask()
    try:
        scores = await asker.look("outside", b"words", claimed="text/plain")
        scores.findings[0].text.encode()
        assert "\u202e" not in scores.findings[0].text
    except Failed:
        pass  # lone surrogates are no JSON


async def test_it_is_tried_again(outside: Outside, ask: Callable[..., Awaitable[Asker]]) -> None:
    async def at_last(request: web.Request, body: bytes) -> web.StreamResponse:
        return web.Response(status=503) if len(outside.requests) < 3 else await usual(request, body)

    outside.answer = at_last
    asker = await ask()
    assert await asker.seen("outside", b"words", claimed="text/plain") == {"dogs"}
    assert len(outside.requests) == 3


async def test_it_does_not_take_the_file(outside: Outside, ask: Callable[..., Awaitable[Asker]]) -> None:
    async def refuse(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.json_response({"error": "no dogs in documents"}, status=415)

    outside.answer = refuse
    asker = await ask()
    with pytest.raises(Refused, match="no dogs in documents"):
        await asker.look("outside", b"words", claimed="text/plain")
    with pytest.raises(Refused, match="1 MiB"):
        await asker.look("outside", b"words" * 300_000, claimed="text/plain")
    assert len(outside.requests) == 1


async def test_it_is_slow_and_then_left_alone(outside: Outside, ask: Callable[..., Awaitable[Asker]]) -> None:
    class Stopped(Clock):
        ms = 1_000_000

        def now_ms(self) -> int:
            return self.ms

    async def slow(_request: web.Request, _body: bytes) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    outside.answer = slow
    clock = Stopped()
    asker = await ask("connections = 1", clock=clock)
    with pytest.raises(Failed, match="no answer"):
        await asker.look("outside", b"words", claimed="text/plain")
    assert len(outside.requests) == contract.TRIES

    async def broken(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.Response(status=400)

    outside.answer = broken
    for _ in range(contract.FAILURES - 1):
        with pytest.raises(Failed):
            await asker.look("outside", b"words", claimed="text/plain")
    asked = len(outside.requests)
    outside.answer = usual
    with pytest.raises(Failed, match="asked again soon"):
        await asker.look("outside", b"words", claimed="text/plain")
    assert len(outside.requests) == asked
    clock.ms += contract.AWAY_MS
    assert await asker.seen("outside", b"words", claimed="text/plain") == {"dogs"}


async def test_nobody_is_there(outside: Outside, ask: Callable[..., Awaitable[Asker]]) -> None:
    await outside.stop()
    asker = await ask()
    with pytest.raises(Failed, match="outside gave no answer"):
        await asker.look("outside", b"words", claimed="text/plain")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (('secret = "a secret of both sides"', 'secret = "short"'), "secret"),
        (("[labels.dogs]", "[labels.Dogs]"), "labels"),
        (('"image"', '"dog"'), "kinds"),
        (("seconds = 1", "seconds = 0"), "seconds"),
        (("seconds = 1", "minutes = 1"), "minutes"),
        (('name = "outside"', "name = "), "line"),
    ],
)
async def test_wrong_files(make_server: MakeServer, tmp_path: Path, change: tuple[str, str], wrong: str) -> None:
    file = tmp_path / "outside.toml"
    file.write_text(FILE.format(url="http://127.0.0.1:1/", secret=SECRET, more="").replace(*change))
    with pytest.raises(SettingsError, match=wrong):
        await make_server(ROOMKEEPER_EXTERNAL_DETECTORS_FILES=str(file))
    with pytest.raises(SettingsError, match="cannot be read"):
        await make_server(ROOMKEEPER_EXTERNAL_DETECTORS_FILES=str(tmp_path / "absent"))


async def test_the_example_of_the_documentation(outside: Outside) -> None:
    """The reference service in docs/detectors.md is a program that runs, and checks as ours does."""
    text = (Path(__file__).parents[3] / "docs" / "detectors.md").read_text(encoding="utf-8")
    program = text.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(program, "docs/detectors.md", "exec"), names)
    names["SECRET"] = SECRET.encode()
    runner = web.AppRunner(names["application"]())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/look"
    names["URL"] = url
    try:
        async with aiohttp.ClientSession() as session:
            assert (await session.post(url, data=b"a dog")).status == 403
            stamp, body = str(Clock().now_ms()), b"a dog"
            mark = contract.signature(SECRET, stamp, "once", url, hashlib.sha256(body).hexdigest())
            headers = {"X-Roomkeeper-Timestamp": stamp, "X-Roomkeeper-Nonce": "once", "X-Roomkeeper-Signature": mark}
            answer = await session.post(url, data=body, headers=headers)
            assert (answer.status, (await answer.json())["labels"]) == (200, {"dogs": 1.0})
            assert (await session.post(url, data=body, headers=headers)).status == 403
    finally:
        await runner.cleanup()
