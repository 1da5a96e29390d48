"""A server that screens, with a detector of ours outside of it; those who review; files that are as bad as they say."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

from roomkeeper.platform.instance import find_running
from tests import samples
from tests.process import ServerProcess

V1 = "/_roomkeeper/v1"
SECONDS = 40.0
DETECTOR = """
name = "marks"
url = "{url}"
secret = "a secret of both sides"
kinds = ["image", "video", "audio", "document", "archive", "other"]
seconds = 120
required = true
[labels.faces]
description = "Marked as bad."
review = 0.5
block = 0.9
"""


def marked(score: float, size: int = 300) -> bytes:
    """A picture that is as bad as that."""
    return samples.png(size, 200) + f" bad={score:.2f}".encode()


class Marks:
    """The detector, a service over HTTP: the score is what the file says of itself. Answers when `gate` is set."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = 0

    async def start(self, folder: Path) -> str:
        """Serve; the file that describes the service."""
        application = web.Application(client_max_size=50_000_000)
        application.router.add_post("/look", self._look)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        file = folder / "marks.toml"
        file.write_text(DETECTOR.format(url=f"http://127.0.0.1:{self._runner.addresses[0][1]}/look"))
        return str(file)

    async def _look(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked += 1
        await self.gate.wait()
        _, found, rest = body.rpartition(b" bad=")
        return web.json_response({"labels": {"faces": float(rest[:4]) if found else 0.0}})

    async def stop(self) -> None:
        """End."""
        self.gate.set()
        await self._runner.cleanup()


class Reviewer:
    """The operator's endpoints of a server."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A request that works."""
        running = find_running(self._server.data_dir)
        assert running is not None
        headers = {"Authorization": f"Bearer {running.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{self._server.url}{V1}{path}", json=body) as answer,
        ):
            content = await answer.json()
            assert answer.status == 200, (path, content)
            return content

    async def waiting(self, state: str = "waiting") -> dict[str, Any]:
        """The oldest case in a state, when there is one."""
        async with asyncio.timeout(SECONDS):
            while not (cases := (await self.ask("GET", f"/screening/cases?state={state}"))["cases"]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        found: dict[str, Any] = cases[0]
        return found

    async def approve(self) -> None:
        """Let pass what waits."""
        await self.ask("POST", f"/screening/cases/{(await self.waiting())['case_id']}/approve", {})

    async def refuse(self, told: str) -> None:
        """Refuse what waits."""
        await self.ask("POST", f"/screening/cases/{(await self.waiting())['case_id']}/refuse", {"told": told})

    async def list_words(self, action: str, *patterns: str) -> None:
        """Words that are not allowed."""
        body = {"name": f"to {action}", "action": action, "patterns": list(patterns)}
        await self.ask("POST", "/screening/lists", body)

    async def policy(self, **thresholds: float) -> None:
        """Other thresholds than the detector's own."""
        version = (await self.ask("GET", "/screening/policies"))["version"]
        rule = {"marks": {"thresholds": {"faces": thresholds}}}
        policies = [{"name": "strict", "detectors": rule}]
        await self.ask("PUT", "/screening/policies", {"version": version, "policies": policies})


async def exists(server: ServerProcess, token: str, uri: str) -> bool:
    """Whether the server has a file, as its uploader sees it."""
    path = quote(uri.removeprefix("mxc://"), safe="/")
    url = f"{server.url}/_matrix/client/v1/media/download/{path}?timeout_ms=0"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.get(url) as answer,
    ):
        return answer.status == 200
