"""`kill -9` in the middle of an operation: it goes on where it was, and no step that took effect is done again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.databases import databases
from tests.process import ServerProcess

ROOT = "/_roomkeeper/v1"
PASSWORD = "correct horse battery"
STEPS = 3


class Outside:
    """Another system, of which an operation wants something: it counts what was done, and kills the server then."""

    def __init__(self) -> None:
        self.done: dict[str, int] = {}
        self.asked = 0
        self.kill_at: set[tuple[str, str]] = set()
        """At which calls (path, before or after the effect) the server is killed, once each."""
        self.pid = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split("\r\n")[0].split(" ")
        if method == "GET":
            self.asked += 1
            answer = "200 OK" if self.done.get(path) else "404 Not Found"
        else:
            if self._kills(path, "before"):
                writer.close()
                return
            self.done[path] = self.done.get(path, 0) + 1
            self._kills(path, "after")
            answer = "200 OK"
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        try:
            await writer.drain()
        finally:
            writer.close()

    def _kills(self, path: str, when: str) -> bool:
        if (path, when) not in self.kill_at:
            return False
        self.kill_at.discard((path, when))
        os.kill(self.pid, signal.SIGKILL)
        return True


@pytest.mark.parametrize("is_told", [True, False], ids=["the effect can be asked for", "nobody can tell"])
async def test_an_operation_survives_kill_9(tmp_path: Path, is_told: bool) -> None:
    outside = Outside()
    listening = await asyncio.start_server(outside.serve, "127.0.0.1", 0)
    host = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    server = ServerProcess(tmp_path / "data", ROOMKEEPER_REPAIR_REPORTS_HTTP_HOSTS=host)
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            await _survive(server, session, outside, host, is_told=is_told)
    finally:
        await server.kill()
        listening.close()
        await databases.drop_all()


async def _survive(
    server: ServerProcess, session: aiohttp.ClientSession, outside: Outside, host: str, *, is_told: bool
) -> None:
    tokens: dict[str, str] = {}

    async def ask(who: str, method: str, path: str, body: Any = None) -> Any:
        token = tokens.get(who) or json.loads((server.data_dir / "instance.json").read_text())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with session.request(method, server.url + path, json=body, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    body = {"username": "alice", "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
    tokens["alice"] = (await ask("", "POST", "/_matrix/client/v3/register", body))["access_token"]
    steps: list[dict[str, Any]] = []
    for number in range(STEPS):
        url = f"http://{host}/{number}"
        step: dict[str, Any] = {"do": "http", "call": {"url": url}, "attempts": 1}
        if is_told:
            step["done"] = {"method": "GET", "url": url}
        steps.append(step)
    await ask("", "POST", f"{ROOT}/repair/operations", {"kind": "lamp_dark", "title": "Three steps", "steps": steps})
    outside.pid = server.pid
    outside.kill_at = {("/0", "after"), ("/1", "before"), ("/2", "after")} if is_told else {("/1", "after")}
    deaths = len(outside.kill_at)
    report = await ask("alice", "POST", f"{ROOT}/repair/reports", {"kind": "lamp_dark"})
    path = f"{ROOT}/repair/desk/reports/{report['report_id']}"
    died = 0
    async with asyncio.timeout(240):
        while True:
            try:
                whole = await ask("", "GET", path)
                if whole["runs"] and whole["runs"][0].get("ended_ts"):
                    break
                await asyncio.sleep(0.1)
            except (aiohttp.ClientError, OSError):
                died += 1
                await server.kill()
                await server.start()
                outside.pid = server.pid
    run = whole["runs"][0]
    assert died == deaths
    if is_told:
        assert (run["state"], outside.done) == ("succeeded", {"/0": 1, "/1": 1, "/2": 1})
        assert [each["state"] for each in run["steps"]] == ["skipped", "done", "skipped"]
    else:
        # Whether the second step was done cannot be told: it is not done again, and a person looks at it.
        assert (run["state"], outside.done) == ("uncertain", {"/0": 1, "/1": 1})
