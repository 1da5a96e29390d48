"""One server for one data directory: a lock held while it runs, and how its administrator's commands reach it.

The lock file holds the address and a random operator token; it is readable by the server's own user alone.
"""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
import time
from pathlib import Path

import msgspec

LOCK_TRIES = 10
LOCK_PAUSE = 0.02
"""Seconds between two tries."""


class Running(msgspec.Struct, frozen=True):
    """The running server: its process, where it listens, and the token of its operator."""

    pid: int
    listen: str
    token: str


class AlreadyRunning(Exception):
    """Another server runs on the same data directory."""


class Instance:
    """This process's hold on a data directory."""

    def __init__(self, data_dir: Path, listen: str) -> None:
        self._path = data_dir / "instance.json"
        self._running = Running(os.getpid(), listen, secrets.token_urlsafe(32))
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises `AlreadyRunning`."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _lock(descriptor):
            os.close(descriptor)
            raise AlreadyRunning(
                f"Another Roomkeeper runs on the data directory {self._path.parent}. Stop it, or choose another one."
            )
        os.ftruncate(descriptor, 0)
        os.write(descriptor, msgspec.json.encode(self._running))
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def token(self) -> str:
        """What the operator's requests must carry."""
        return self._running.token

    def is_operator(self, token: str) -> bool:
        """Whether that is the operator token."""
        return hmac.compare_digest(token.encode(), self._running.token.encode())


def find_running(data_dir: Path) -> Running | None:
    """The server that runs on `data_dir`, if one does."""
    path = data_dir / "instance.json"
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return msgspec.json.decode(file.read(), type=Running)
    except (OSError, msgspec.DecodeError):
        return None
    return None


def _lock(descriptor: int) -> bool:
    """Take the lock alone. A command that looks whether a server runs holds it for a moment, so this tries again."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(LOCK_PAUSE)
        else:
            return True
    return False
