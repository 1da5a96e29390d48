"""The program `roomkeeper demo`, as a newcomer starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any, Self

import aiohttp

V3 = "/_matrix/client/v3"
ROOT = "/_roomkeeper/v1"
SECONDS = 300.0
PASSWORD = "demo-example-org"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ROOMKEEPER_")}
ENVIRONMENT["ROOMKEEPER_ANALYSIS_SENSES"] = ","


class DemoProcess:
    """A running demo, and what it has printed."""

    def __init__(self, *arguments: str, port: int = 0) -> None:
        self._arguments = ("--listen", f"127.0.0.1:{port}", *arguments)
        self._process: asyncio.subprocess.Process | None = None
        self.printed = ""
        self.url = ""
        self._people: dict[str, Person] = {}

    async def start(self) -> Self:
        """Start it, and wait until it has said everything."""
        self._people.clear()
        self._process = await _spawn(*self._arguments)
        assert self._process.stdout is not None
        self.printed = ""
        async with asyncio.timeout(SECONDS):
            while "Ctrl+C stops it" not in self.printed:
                line = await self._process.stdout.readline()
                assert line, f"the demo has ended:\n{self.printed}"
                self.printed += line.decode()
        self.url = next(word for word in self.printed.split() if word.startswith("http://")).rstrip("/")
        return self

    async def stop(self) -> None:
        """End it as Ctrl+C does, and check that it ends well."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGINT)
        said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
        assert process.returncode == 0, f"{process.returncode}: {said.decode()}"

    async def person(self, http: aiohttp.ClientSession, user: str, password: str = PASSWORD) -> Person:
        """Somebody, signed in as a visitor of the demo signs in."""
        if user in self._people:
            return self._people[user]
        person = self._people[user] = Person(http, self.url)
        identifier = {"type": "m.id.user", "user": user}
        login = {"type": "m.login.password", "identifier": identifier, "password": password}
        answer = await person.ask("POST", f"{V3}/login", login)
        person.user_id, person.token = answer["user_id"], answer["access_token"]
        return person


class Person:
    """Somebody with an ordinary client."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url
        self.user_id = ""
        self.token = ""

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A request that works; what is answered."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._http.request(method, self._url + path, json=body, headers=headers) as answer:
            said = await answer.json()
            if answer.status == 429:  # signing in as one after the other
                await asyncio.sleep(said["retry_after_ms"] / 1000)
                return await self.ask(method, path, body)
            assert answer.status == 200, f"{method} {path}: {answer.status} {said}"
            return said

    async def sessions(self, state: str) -> list[dict[str, Any]]:
        """The sessions that they see."""
        return list((await self.ask("GET", f"{ROOT}/sessions?state={state}&limit=100"))["sessions"])

    async def rooms(self) -> dict[str, Any]:
        """Their rooms, as sync tells."""
        return dict((await self.ask("GET", f"{V3}/sync"))["rooms"])


async def _spawn(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "roomkeeper",
        "demo",
        *arguments,
        env=ENVIRONMENT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def refused(*arguments: str) -> str:
    """What the demo says that does not start."""
    process = await _spawn(*arguments)
    said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 1, said.decode()
    return said.decode()


def folder_of(path: Path) -> tuple[str, str]:
    """The option that names a data directory."""
    return "--data-dir", str(path)
