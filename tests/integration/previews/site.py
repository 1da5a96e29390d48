"""Web sites in the test's process, and a resolver that says where their names are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """A web site on 127.0.0.1 and 127.0.0.2, at the same port; `pages` are what it has, by path."""

    def __init__(self) -> None:
        self.port = 0
        self.pages: dict[str, Handler | web.Response] = {}
        self.asked: list[str] = []
        """Hosts and paths of all requests."""
        self.arrived: list[str] = []
        """The addresses at which they arrived."""
        self.agents: set[str] = set()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Where a page is."""
        return f"http://{host}:{self.port}{path}"

    def put(self, path: str, body: str | bytes, content_type: str = "text/html", **headers: str) -> str:
        """Put a page there; its URL."""
        data = body.encode() if isinstance(body, str) else body
        named = {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(body=data, headers=named)

        self.pages[path] = answer
        return self.url(path)

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        """Let a path lead elsewhere; its URL."""

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": location})

        self.pages[path] = answer
        return self.url(path)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.host.partition(':')[0]}{request.path}")
        assert request.transport is not None
        self.arrived.append(request.transport.get_extra_info("sockname")[0])
        self.agents.add(request.headers["User-Agent"])
        page = self.pages.get(request.path)
        if page is None:
            raise web.HTTPNotFound
        assert not isinstance(page, web.Response)
        return await page(request)


@asynccontextmanager
async def running_site(**options: Any) -> AsyncIterator[Site]:
    """A site that is served; `options` are those of `web.TCPSite`."""
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site._answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        site.port = free.getsockname()[1]
    for address in ("127.0.0.1", "127.0.0.2"):
        await web.TCPSite(runner, address, site.port, **options).start()
    yield site
    await runner.cleanup()


class Names(AbstractResolver):
    """Knows addresses by name; each look-up of a name takes the next of its answers, the last for ever."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.looked_up: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.looked_up.append(host)
        if host not in self.answers:
            raise OSError(None, "no such name")
        given = self.answers[host]
        addresses = given.pop(0) if len(given) > 1 else given[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing to let go."""


async def until(happened: Callable[[], object]) -> None:
    """Wait for it."""
    async with asyncio.timeout(30):
        while not happened():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
