"""A small application service, with an HTTP server of its own, that notes what it is sent."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from tests.harness import Answer, Client, Server

SOON = 20.0
"""Seconds that something may take at most that happens by itself."""


class Bridge:
    """The service. `status` is what it answers to transactions; `answers` has JSON bodies by path, for the rest."""

    def __init__(self, directory: Path, name: str = "irc", **registration: Any) -> None:
        self.name = name
        self.as_token, self.hs_token = f"as-{name}", f"hs-{name}"
        self.file = directory / f"{name}.yaml"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.registration: dict[str, Any] = {
            "id": name,
            "url": self.url,
            "as_token": self.as_token,
            "hs_token": self.hs_token,
            "sender_localpart": f"{name}bot",
            "namespaces": {
                "users": [{"exclusive": True, "regex": f"@_{name}_.*"}],
                "aliases": [{"exclusive": True, "regex": f"#_{name}_.*"}],
                "rooms": [],
            },
            "rate_limited": False,
            **registration,
        }
        self.file.write_text(yaml.safe_dump(self.registration))
        self.status = 200
        self.answers: dict[str, Any] = {}
        self.on_query: Callable[[str], Any] | None = None
        self.is_legacy = False
        self.attempts: list[tuple[str, bytes]] = []
        """Every transaction that came, with its id, accepted or not."""
        self.accepted: list[tuple[str, dict[str, Any]]] = []
        self.queries: list[str] = []
        self.tokens: set[str | None] = set()
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self) -> Bridge:
        """Listen."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        return self

    async def stop(self) -> None:
        """Listen no more."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.tokens.add(request.headers.get("Authorization"))
        path = request.raw_path.partition("?")[0]
        root = "" if self.is_legacy else "/_matrix/app/v1"
        if self.is_legacy and path.startswith("/_matrix/app/v1"):
            return web.json_response({"errcode": "M_UNRECOGNIZED"}, status=404)
        path = path.removeprefix(root)
        body = await request.read()
        try:
            if path.startswith("/transactions/") and request.method == "PUT":
                return self._take(path.rpartition("/")[2], body)
            self.queries.append(request.raw_path.removeprefix(root))
            if path == "/ping":
                return web.json_response({}, status=self.status)
            if self.on_query is not None:
                found = await self.on_query(path)
                return web.json_response({}, status=200 if found else 404)
            if path in self.answers:
                return web.json_response(self.answers[path])
            return web.json_response({"errcode": "M_NOT_FOUND"}, status=404)
        finally:
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    def _take(self, transaction_id: str, body: bytes) -> web.Response:
        self.attempts.append((transaction_id, body))
        if self.status == 200:
            self.accepted.append((transaction_id, json.loads(body)))
        return web.json_response({}, status=self.status)

    async def wait(self, condition: Callable[[], Any]) -> Any:
        """Wait until something is true of what was received; what the condition gives."""
        async with asyncio.timeout(SOON):
            while not (found := condition()):
                await self._changed.wait()
        return found

    def events(self) -> list[dict[str, Any]]:
        """All events that were accepted, in order."""
        return [event for _, body in self.accepted for event in body["events"]]

    def bodies(self) -> list[str]:
        """The texts of the messages among them."""
        return [event["content"]["body"] for event in self.events() if event["type"] == "m.room.message"]

    def ephemeral(self, kind: str) -> list[dict[str, Any]]:
        """What passed, of one type."""
        return [event for _, body in self.accepted for event in body.get("ephemeral", ()) if event["type"] == kind]

    def client(self, server: Server, localpart: str | None = None) -> Ghost:
        """The service itself, or one of its users, as a client."""
        user_id = f"@{localpart or self.registration['sender_localpart']}:example.org"
        return Ghost(server, user_id, "", self.as_token, "")

    async def ghost(self, server: Server, localpart: str) -> Ghost:
        """A registered user of the service."""
        body = {"type": "m.login.application_service", "username": localpart, "inhibit_login": True}
        status, answer = await server.request("POST", "/register", body, self.as_token)
        assert status == 200, answer
        return self.client(server, localpart)


class Ghost(Client):
    """A user as whom the service acts."""

    async def attempt(self, method: str, path: str, json: Any = None, **query: Any) -> Answer:
        """See `Client.attempt`."""
        return await super().attempt(method, path, json, user_id=self.user_id, **query)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
