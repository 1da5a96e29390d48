"""matrix-commander, a Matrix client for the command line, as a program of its own.

It is licensed under the GPL: it is run, never imported, and comes from PyPI into an environment that nothing else uses.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from tests.interop import environments

REQUIREMENTS = Path(__file__).with_name("matrix-commander.txt")
ENVIRONMENT = Path(__file__).parents[2] / "build" / "matrix-commander"
RUN_SECONDS = 60


class Ran(NamedTuple):
    """What a run has printed."""

    out: str
    log: str

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What ``--output JSON`` prints: an object a line."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]


class Commander:
    """One user of it, on one device; `folder` has its keys and downloads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.downloads = folder / "downloads"
        (folder / "store").mkdir(parents=True)
        self.downloads.mkdir()

    def sign_in_with(self, url: str, user_id: str, device_id: str, access_token: str) -> None:
        """Write its file of credentials."""
        credentials = {
            "homeserver": url,
            "user_id": user_id,
            "device_id": device_id,
            "access_token": access_token,
            "room_id": "!none",
        }
        (self.folder / "credentials.json").write_text(json.dumps(credentials))

    async def run(self, *arguments: str) -> Ran:
        """Run it to its end, which must be a good one."""
        files = ("--credentials", str(self.folder / "credentials.json"), "--store", str(self.folder / "store"))
        process = await asyncio.create_subprocess_exec(
            str(ENVIRONMENT / "bin" / "matrix-commander"),
            *files,
            *arguments,
            env=_environment(self.folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(RUN_SECONDS):
                out, log = await process.communicate()
        except TimeoutError:
            process.kill()
            raise
        ran = Ran(out.decode(), log.decode())
        assert process.returncode == 0, f"matrix-commander {arguments} ended with {process.returncode}: {ran}"
        return ran

    async def ask(self, *arguments: str) -> list[dict[str, Any]]:
        """The answers of a run, as JSON."""
        return (await self.run("--output", "JSON", *arguments)).answers

    async def listen(self) -> list[dict[str, Any]]:
        """The contents of the events that came since the last run, decrypted; their files are in `downloads`."""
        got = await self.ask("--listen", "ONCE", "--download-media", str(self.downloads))
        return [answer["source"]["content"] for answer in got]


def install() -> None:
    """Install it. Raises `environments.NotInstalled`."""
    environments.install(ENVIRONMENT, REQUIREMENTS)


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's, and libmagic from its environment where the machine has none."""
    (magic,) = ENVIRONMENT.glob("lib/python*/site-packages/pylibmagic")
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LD_LIBRARY_PATH": str(magic),
        "MAGIC": str(magic / "magic.mgc"),
        "PYTHONIOENCODING": "utf-8",
    }
