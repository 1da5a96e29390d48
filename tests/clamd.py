"""ClamAV's daemon with signatures of our own, on a socket of its own.

Debian's package is installed when the program is missing (as root, or with sudo).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Self

from tests import debian

START_SECONDS = 90.0
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every scanner finds, and is harmless."""
EVIL = b"roomkeeper's own test of malware" * 4
STREAM_MIB = 8
"""The longest file that it takes."""


class ClamdFailed(Exception):
    """It could not be installed or started."""


def install() -> str:
    """Install Debian's package, unless it is there; the program."""
    found = _find()
    if found is None:
        debian.install("clamav-daemon")
        found = _find()
    if found is None:
        raise ClamdFailed("the package clamav-daemon is installed, but has no program")
    return found


def _find() -> str | None:
    return shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class ClamdProcess:
    """The daemon. `address` is as the setting wants it."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self._directory = directory
        self._port = port
        self._socket = directory / "clamd.ctl"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._port}" if self._port else f"unix:{self._socket}"

    async def start(self) -> Self:
        """Start it, and wait until it answers."""
        program = install()
        signatures = self._directory / "signatures"
        signatures.mkdir(exist_ok=True)
        _write_signatures(signatures)
        listening = f"TCPSocket {self._port}\nTCPAddr 127.0.0.1" if self._port else f"LocalSocket {self._socket}"
        configuration = self._directory / "clamd.conf"
        user = pwd.getpwuid(os.geteuid()).pw_name
        configuration.write_text(
            f"Foreground yes\n{listening}\nDatabaseDirectory {signatures}\nUser {user}\nStreamMaxLength {STREAM_MIB}M\n"
            f"TemporaryDirectory {self._directory}\nAlertEncrypted yes\nSelfCheck 0\n"
        )
        with (self._directory / "clamd.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                program, "-c", str(configuration), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        async with asyncio.timeout(START_SECONDS):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise ClamdFailed((self._directory / "clamd.log").read_text(errors="replace"))
                await asyncio.sleep(0.1)
        return self

    async def _answers(self) -> bool:
        try:
            if self._port:
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
            else:
                _, writer = await asyncio.open_unix_connection(self._socket)
        except OSError:
            return False
        writer.close()
        return True

    def pause(self) -> None:
        """Let it answer no more, though it is there."""
        assert self._process is not None
        self._process.send_signal(19)

    def go_on(self) -> None:
        """Let it answer again."""
        assert self._process is not None
        self._process.send_signal(18)

    async def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


def _write_signatures(folder: Path) -> None:
    """By content (.ndb: name, type, offset, hexadecimal) and by hash (.hsb: SHA-256, size, name)."""
    (folder / "own.ndb").write_text(f"Own.Eicar:0:*:{EICAR.hex()}\nPUA.Own.Tool:0:*:{b'unwanted tool inside'.hex()}\n")
    (folder / "own.hsb").write_text(f"{hashlib.sha256(EVIL).hexdigest()}:{len(EVIL)}:Own.Evil:73\n")
