"""What may answer in place of the server: nothing of it is taken for a yes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from roomkeeper_agent.server import Limited, Refused, Server, SignedOut, Unreachable


def said(status: int, errcode: str, **more: Any) -> dict[str, Any]:
    """An answer of a Matrix server."""
    return {"status": status, "body": msgspec.json.encode({"errcode": errcode, "error": errcode, **more})}


ANSWERS: dict[str, dict[str, Any]] = {
    "limited": said(429, "M_LIMIT_EXCEEDED", retry_after_ms=2500),
    "later": {"status": 429, "headers": {"Retry-After": "7"}},
    "portal": {"text": "<html>Sign in to the guests' network</html>", "content_type": "text/html"},
    "moved": {"status": 302, "headers": {"Location": "https://elsewhere.example.org/"}},
    "down": {"status": 502, "text": "bad gateway"},
    "long": {"body": b'{"x":"' + b"x" * (5 * 1024 * 1024) + b'"}'},
    "list": {"body": b"[1]"},
    "ended": said(401, "M_UNKNOWN_TOKEN"),
    "locked": said(401, "M_USER_LOCKED", soft_logout=True),
    "proxy": {"status": 403, "text": "Forbidden by the proxy"},
    "no": said(413, "M_TOO_LARGE"),
}
OTHERWISE = {"body": b'{"upload_id": "another", "done": true, "record_id": "r"}'}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A client of a server that answers as the path says."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(**ANSWERS.get(request.path.removeprefix("/"), OTHERWISE))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as running, Server(str(running.make_url("/")), "token") as made:
        yield made


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("portal", Unreachable),
        ("moved", Unreachable),
        ("down", Unreachable),
        ("long", Unreachable),
        ("list", Unreachable),
        ("proxy", Unreachable),
        ("ended", SignedOut),
        ("locked", SignedOut),
        ("no", Refused),
    ],
)
async def test_what_is_no_yes(server: Server, path: str, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        await server.request("GET", f"/{path}")
    assert type(raised.value) is error
    assert str(raised.value)


@pytest.mark.parametrize(("path", "seconds"), [("limited", 2.5), ("later", 7.0)])
async def test_asked_to_wait(server: Server, path: str, seconds: float) -> None:
    with pytest.raises(Limited) as raised:
        await server.request("GET", f"/{path}")
    assert raised.value.seconds == seconds


async def test_an_answer_about_another_upload(server: Server) -> None:
    calls: list[Any] = [server.begin_upload("one", 1, "0"), server.put_piece("one", 0, b"x"), server.commit("one")]
    for call in calls:
        with pytest.raises(Unreachable, match="no Roomkeeper server"):
            await call


async def test_ended_connections_are_not_used(server: Server) -> None:
    await server.close()
    with pytest.raises(Unreachable, match="ended"):
        await server.keys()
