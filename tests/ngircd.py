"""A real IRC server (ngircd) on a port of its own, and a plain client of it.

Debian's package is installed when the program is missing (as root, or with sudo).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

from tests import debian

START_SECONDS = 30.0
SOON = 150.0


class NgircdFailed(Exception):
    """It could not be installed or started."""


def install() -> str:
    """Install Debian's package, unless it is there; the program."""
    found = _find()
    if found is None:
        debian.install("ngircd")
        found = _find()
    if found is None:
        raise NgircdFailed("the package ngircd is installed, but has no program")
    return found


def _find() -> str | None:
    return shutil.which("ngircd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Ngircd:
    """The server."""

    def __init__(self, directory: Path, port: int) -> None:
        self.port = port
        self._directory = directory
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> Self:
        """Start it, and wait until it takes connections."""
        program = install()
        configuration = self._directory / "ngircd.conf"
        configuration.write_text(
            f"[Global]\nName = irc.example.org\nInfo = Test\nListen = 127.0.0.1\nPorts = {self.port}\n"
            "ServerUID = nobody\nServerGID = nogroup\nMotdPhrase = hello\n"
            "[Limits]\nMaxConnectionsIP = 0\nMaxNickLength = 30\n[Options]\nDNS = no\nIdent = no\nPAM = no\n"
        )
        configuration.chmod(0o644)
        with (self._directory / "ngircd.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                program, "--nodaemon", "--config", str(configuration), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise NgircdFailed((self._directory / "ngircd.log").read_text(errors="replace"))
                await asyncio.sleep(0.05)
        return self

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            await process.wait()


class IrcClient:
    """Somebody on IRC."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def connect(self, port: int) -> Self:
        """Sign in."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self.send(f"NICK {self.nick}")
        self.send(f"USER {self.nick} 0 * :{self.nick}")
        await self.expect(" 001 ")
        return self

    def send(self, line: str) -> None:
        """Send a line."""
        self._writer.write(f"{line}\r\n".encode())

    async def expect(self, part: str) -> str:
        """The next line that has this in it; pings are answered."""
        async with asyncio.timeout(SOON):
            while line := (await self._reader.readline()).decode(errors="replace").rstrip("\r\n"):
                if line.startswith("PING"):
                    self.send(line.replace("PING", "PONG", 1))
                if part in line:
                    return line
        raise AssertionError(f"the server hung up before {part!r}")

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()
