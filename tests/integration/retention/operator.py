"""The operator of a server in a test."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from tests.harness import Server

V1 = "/_roomkeeper/v1"
MOST_SECONDS = 30


class Operator:
    """Asks the operator's endpoints."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def attempt(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        return await self._server.request(method, V1 + path, body, self._server.app.instance.token, query=query)

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """What works."""
        status, answer = await self.attempt(method, path, body, **query)
        assert status == 200, answer
        return answer

    async def done(self, job: dict[str, Any]) -> dict[str, Any]:
        """A job, once it has succeeded."""
        async with asyncio.timeout(MOST_SECONDS):
            while job["state"] in ("queued", "running"):
                job = await self.ask("GET", f"/jobs/{job['job_id']}", since=job["version"], timeout=5000)
        assert job["state"] == "succeeded", job
        return job

    async def retain(self) -> dict[str, Any]:
        """Remove old messages now."""
        return await self.done(await self.ask("POST", "/retention/run"))

    async def purge(self, room_id: str) -> dict[str, Any]:
        """Remove a room."""
        return await self.done(await self.ask("POST", f"/rooms/{quote(room_id)}/purge", {"reason": "test"}))
