"""A desk with an agent, and the server that it uploads to: a process of its own, spoken to over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import aiohttp

from roomkeeper_agent import account as accounts
from roomkeeper_agent.paths import Paths
from roomkeeper_agent.server import Server
from roomkeeper_agent.spool import Spool
from tests.process import ServerProcess

ROOT = "/_roomkeeper/v1"
RECORDS = f"{ROOT}/records"
PASSWORD = "correct horse battery"
COMMAND_SECONDS = 120


class Place:
    """A server with an owner, and a desk."""

    def __init__(self, process: ServerProcess, home: Path) -> None:
        self.process = process
        self.home = home
        self.paths = Paths.below(home / "agent")
        self.http = aiohttp.ClientSession()

    async def request(
        self, method: str, path: str, body: Any = None, token: str | None = None, **query: str | int
    ) -> tuple[int, Any]:
        """A request of somebody's, or of the machine's administrator."""
        if token is None:
            token = json.loads((self.process.data_dir / "instance.json").read_text())["token"]
        async with self.http.request(
            method, self.process.url + path, json=body, headers={"Authorization": f"Bearer {token}"}, params=query
        ) as response:
            return response.status, await response.json()

    async def ask(self, method: str, path: str, body: Any = None, token: str | None = None, **query: str | int) -> Any:
        """One that works."""
        status, answer = await self.request(method, path, body, token, **query)
        assert status == 200, answer
        return answer

    async def staff(self, name: str, **more: Any) -> str:
        """Somebody new of the staff; their user id."""
        await self.ask("POST", f"{ROOT}/people", {"localpart": name, "password": PASSWORD, **more})
        return f"@{name}:example.org"

    async def policy(self, **said: Any) -> None:
        """Say what agents record."""
        await self.ask("PUT", f"{RECORDS}/agents/policies", said)

    async def token(self, name: str) -> str:
        """A token of theirs, for the test."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": PASSWORD,
        }
        return str((await self.ask("POST", "/_matrix/client/v3/login", body))["access_token"])

    async def sign_in(self, name: str = "desk", **more: Any) -> accounts.Account:
        """The agent signs in."""
        return await accounts.sign_in(self.paths, self.process.url, user=name, password=PASSWORD, **more)

    def server(self) -> Server:
        """The server as the agent sees it."""
        account = accounts.load(self.paths)
        assert account is not None
        return Server(account.url, accounts.token_of(self.paths, account))

    def spool(self) -> Spool:
        """The agent's spool."""
        return Spool(self.paths.spool)

    async def records(self) -> list[dict[str, Any]]:
        """All records."""
        return list((await self.ask("GET", RECORDS, limit=500))["records"])

    async def entries(self, record_id: str) -> list[dict[str, Any]]:
        """All entries of a record."""
        found: list[dict[str, Any]] = []
        while True:
            place = {"from": found[-1]["seq"]} if found else {}
            path = f"{RECORDS}/{record_id}/entries"
            page = await self.ask("GET", path, None, None, limit=500, **place)
            if not page["entries"]:
                return found
            found += page["entries"]


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


class AgentProcess:
    """`roomkeeper-agent run` for a desk, and its other commands."""

    def __init__(self, place: Place, **environment: str) -> None:
        self.place = place
        self.log = place.home / "agent.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ROOMKEEPER_", "DISPLAY"))},
            "ROOMKEEPER_AGENT_HOME": str(place.home / "agent"),
            "ROOMKEEPER_AGENT_PASSWORD": PASSWORD,
            "HOME": str(place.home),
            "COLUMNS": "200",
            **environment,
        }
        self._process: asyncio.subprocess.Process | None = None

    async def command(self, *arguments: str, code: int = 0) -> str:
        """Run a command; what it prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "roomkeeper_agent", *arguments),
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(COMMAND_SECONDS):
            said, _ = await process.communicate()
        assert process.returncode == code, said.decode()
        return said.decode()

    async def status(self) -> dict[str, Any]:
        """How it says it is."""
        return dict(json.loads(await self.command("status", "--json")))

    async def start(self) -> Self:
        """Start it, and wait until it runs."""
        written = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "roomkeeper_agent", "run", "--verbose"),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(60):
            while b"The agent runs." not in self.log.read_bytes()[written:]:
                assert self._process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.02)
        return self

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, and see that it does so cleanly."""
        assert self._process is not None
        self._process.terminate()
        async with asyncio.timeout(COMMAND_SECONDS):
            assert await self._process.wait() == 0, self.log.read_text()
