"""A real server process, started as an administrator starts it, for tests that need one over real HTTP."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import aiohttp

from tests.databases import databases

SERVER_NAME = "example.org"
START_SECONDS = 60.0
STOP_SECONDS = 20.0

ENVIRONMENT: Mapping[str, str] = {
    "ROOMKEEPER_SERVER_NAME": SERVER_NAME,
    "ROOMKEEPER_REGISTRATION": "open",
    "ROOMKEEPER_PASSWORD_HASHING": "fast",
    "ROOMKEEPER_RATE_LIMITS": "off",
    # A message in each session that it is recorded would be one more in all that is counted.
    "ROOMKEEPER_RECORDS_CONSENT": "none",
    "ROOMKEEPER_ANALYSIS_SENSES": ",",
}


class DidNotStart(AssertionError):
    """The process ended, or did not answer in time; the message has its log."""


class ServerProcess:
    """`roomkeeper serve` on a data directory. It chooses a free port at its first start, and keeps it."""

    module = "roomkeeper"
    """What is run."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_name(f"{data_dir.name}.log")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ROOMKEEPER_")},
            **ENVIRONMENT,
            "ROOMKEEPER_DATA_DIR": str(data_dir),
            **environment,
        }
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The process id, while it runs."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    async def start(self) -> Self:
        """Start it, and wait until it is ready. Raises `DidNotStart`."""
        written = self.log.stat().st_size if self.log.exists() else 0
        await self.spawn()
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._wait_until_ready(written)
        except TimeoutError:
            await self.kill()
            raise DidNotStart(self.log_text()) from None
        return self

    async def spawn(self) -> None:
        """Start it without waiting for anything."""
        database = await databases.environment(self.data_dir)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                "serve",
                env={**database, **self._environment, "ROOMKEEPER_LISTEN": f"127.0.0.1:{self._port}"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def stop(self) -> None:
        """Ask it to end (SIGTERM), and check that it does so cleanly."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_SECONDS):
            code = await process.wait()
        assert code == 0, f"exit code {code}\n{self.log_text()}"

    async def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.returncode is None:
            process.kill()
        await process.wait()

    def log_text(self) -> str:
        """All that it has printed."""
        return self.log.read_text(errors="replace")

    async def _wait_until_ready(self, written: int) -> None:
        async with aiohttp.ClientSession() as session:
            while not await self._is_ready(session, written):
                if self._process is None or self._process.returncode is not None:
                    raise DidNotStart(self.log_text())
                await asyncio.sleep(0.02)

    async def _is_ready(self, session: aiohttp.ClientSession, written: int) -> bool:
        said = re.search(rb"http://127\.0\.0\.1:(\d+)", self.log.read_bytes()[written:])
        if said is None:
            return False
        self._port = int(said[1])
        try:
            async with session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False
