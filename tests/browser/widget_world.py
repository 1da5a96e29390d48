"""A server with the widget, a web page on another origin that shows it, staff who answer, and a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web
from playwright.async_api import Browser, async_playwright

from roomkeeper.platform.instance import find_running
from tests.browser import chromium
from tests.process import ServerProcess

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = ROOT / "build" / "screenshots"
PASSWORD = "correct horse battery"
SECRET = "a secret of the shop that nobody knows"
V3 = "/_matrix/client/v3"
SECONDS = 30.0
POLICY = "default-src 'none'; style-src 'self'; script-src {0}; connect-src {0}; img-src blob:; base-uri 'none'"
"""The Content-Security-Policy of the page: what the widget needs (`{0}` is the server), and nothing else."""
HOSTILE = """
* { color: red !important; font-size: 40px !important; margin: 30px !important; }
div, button { display: none !important; position: static !important; transform: rotate(10deg) !important; }
body > * { width: 400px !important; }
"""
"""What a page's style sheet must not be able to do to the widget."""


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser, for one test."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=str(chromium.install()), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield started
        finally:
            await started.close()


class Desk:
    """Somebody of the staff, with a client of their own."""

    def __init__(self, http: aiohttp.ClientSession, server: ServerProcess, token: str) -> None:
        self._http = http
        self._server = server
        self._headers = {"Authorization": f"Bearer {token}"}
        self._number = 0

    async def ask(self, method: str, path: str, json: Any = None) -> Any:
        """A request that works; what is answered."""
        async with self._http.request(method, self._server.url + path, json=json, headers=self._headers) as answer:
            body = await answer.json()
            assert answer.status == 200, f"{method} {path}: {answer.status} {body}"
            return body

    async def sessions(self) -> list[dict[str, Any]]:
        """Their sessions, the newest first."""
        return list((await self.ask("GET", "/_roomkeeper/v1/sessions"))["sessions"])

    async def room(self) -> str:
        """The room of the newest session, when there is one."""
        await until(self._has_session)
        return str((await self.sessions())[0]["room_id"])

    async def _has_session(self) -> bool:
        return bool(await self.sessions())

    async def messages(self, room_id: str) -> list[dict[str, Any]]:
        """The contents of the messages, oldest first."""
        found = await self.ask("GET", f"{V3}/rooms/{quote(room_id)}/messages?dir=b&limit=100")
        return [event["content"] for event in reversed(found["chunk"]) if event["type"] == "m.room.message"]

    async def until_told(self, room_id: str, *bodies: str) -> None:
        """Wait until these are the messages."""

        async def is_so() -> bool:
            return tuple(each.get("body") for each in await self.messages(room_id)) == bodies

        await until(is_so)

    async def send(self, room_id: str, body: str, **more: Any) -> None:
        """Write."""
        self._number += 1
        content = {"msgtype": "m.text", "body": body, **more}
        await self.ask("PUT", f"{V3}/rooms/{quote(room_id)}/send/m.room.message/{self._number}", content)

    async def upload(self, data: bytes, kind: str) -> str:
        """Upload a file; its address."""
        url, headers = f"{self._server.url}/_matrix/media/v3/upload", {**self._headers, "Content-Type": kind}
        async with self._http.post(url, data=data, headers=headers) as answer:
            assert answer.status == 200
            return str((await answer.json())["content_uri"])

    async def download(self, uri: str) -> bytes:
        """What somebody sent."""
        url = f"{self._server.url}/_matrix/client/v1/media/download/{uri.removeprefix('mxc://')}"
        async with self._http.get(url, headers=self._headers) as answer:
            assert answer.status == 200
            return await answer.read()


class World:
    """All of it. `html` is what the page has in its body; `style` its style sheet."""

    def __init__(
        self, http: aiohttp.ClientSession, server: ServerProcess, desk: Desk, url: str, other_url: str
    ) -> None:
        self._http = http
        self.server = server
        self.desk = desk
        self.url = url
        self.other_url = other_url
        self.attributes = ""
        self.language = "en"
        self.style = "body { font-family: sans-serif; margin: 40px }"

    def operator(self) -> Desk:
        """Who may do everything."""
        running = find_running(self.server.data_dir)
        assert running is not None
        return Desk(self._http, self.server, running.token)

    async def staff(self, user: str, display_name: str, department_id: str) -> Desk:
        """Somebody new."""
        return await _staff(self._http, self.server, self.operator(), user, display_name, department_id)

    def page(self) -> str:
        """The page's HTML."""
        return (
            f'<!doctype html><html lang="{self.language}"><meta charset="utf-8"><title>Shop</title>'
            '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">'
            "<main><h1>Shop</h1><p>A page of somebody else.</p></main>"
            f'<script src="{self.server.url}/widget.js" data-site="shop" {self.attributes} async></script></html>'
        )


def site_file(origin: str) -> str:
    """What the site's file says."""
    return f"""
key = "shop"
origins = ["{origin}"]
department = "Sales"
identity = "optional"
identity_secret = "{SECRET}"
[title]
en = "Sales desk"
zh = "销售部"
[greeting]
en = "Hello! How can we help you with your order?"
zh = "您好！请问关于您的订单有什么可以帮您？"
[notice]
en = "This conversation is recorded."
zh = "此对话会被记录。"
"""


@asynccontextmanager
async def world(folder: Path, **environment: str) -> AsyncIterator[World]:
    """Start everything but the browser; `environment`: further settings of the server."""
    made: World | None = None

    async def page(_request: web.Request) -> web.Response:
        assert made is not None
        policy = {"Content-Security-Policy": POLICY.format(made.server.url)}
        return web.Response(text=made.page(), content_type="text/html", headers=policy)

    async def style(_request: web.Request) -> web.Response:
        assert made is not None
        return web.Response(text=made.style, content_type="text/css")

    pages = web.Application()
    pages.add_routes([web.get("/", page), web.get("/style.css", style)])
    runner = web.AppRunner(pages)
    await runner.setup()
    urls = []
    for _ in range(2):
        at = web.TCPSite(runner, "127.0.0.1", 0)
        await at.start()
        address = at._server.sockets[0].getsockname()  # type: ignore[union-attr]
        urls.append(f"http://127.0.0.1:{address[1]}")
    file = folder / "shop.toml"
    file.write_text(site_file(urls[0]), encoding="utf-8")
    server = await ServerProcess(folder / "data", ROOMKEEPER_WIDGET_SITES=str(file), **environment).start()
    async with aiohttp.ClientSession() as http:
        try:
            made = World(http, server, await _desk(http, server), *urls)
            yield made
        finally:
            await server.stop()
            await runner.cleanup()


async def _desk(http: aiohttp.ClientSession, server: ServerProcess) -> Desk:
    running = find_running(server.data_dir)
    assert running is not None
    operator = Desk(http, server, running.token)
    department = await operator.ask("POST", "/_roomkeeper/v1/departments", {"name": "Sales"})
    return await _staff(http, server, operator, "desk3", "Sales desk 3", department["department_id"])


async def _staff(
    http: aiohttp.ClientSession, server: ServerProcess, operator: Desk, user: str, display_name: str, department_id: str
) -> Desk:
    body = {"localpart": user, "password": PASSWORD, "display_name": display_name, "departments": [department_id]}
    await operator.ask("POST", "/_roomkeeper/v1/people", body)
    return await sign_in(http, server, user)


async def sign_in(http: aiohttp.ClientSession, server: ServerProcess, user: str) -> Desk:
    """Somebody of the staff."""
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": PASSWORD}
    async with http.post(f"{server.url}{V3}/login", json=login) as answer:
        return Desk(http, server, (await answer.json())["access_token"])


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(SECONDS):
        while not await what():  # noqa: ASYNC110 - it is asked of a server
            await asyncio.sleep(0.05)
