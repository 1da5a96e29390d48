"""Copies of the files that belong to entries, by their SHA-256: the original may go before it is uploaded."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import secrets
import stat
from collections.abc import Collection
from pathlib import Path
from typing import IO, Final

import msgspec

from roomkeeper_agent.paths import private_folder
from roomkeeper_agent.spool.database import NoSpace

BLOCK: Final = 256 * 1024
NEW: Final = ".new"


class Copied(msgspec.Struct, frozen=True):
    """A file that was copied: its size in bytes and SHA-256 in hexadecimal; or `error`: why it was not."""

    size: int | None = None
    sha256: str | None = None
    error: str = ""


class Files:
    """The folder of copies."""

    def __init__(self, folder: Path) -> None:
        private_folder(folder)
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where the copy with that SHA-256 is."""
        return self._folder / sha256

    def copy(self, path: Path, most: int) -> Copied:
        """Copy a file in, durably; of at most so many bytes. Raises `NoSpace`."""
        try:
            with _opened(path) as source:
                size = os.fstat(source.fileno()).st_size
                if size > most:
                    return Copied(size=size, error=f"It has {size} bytes, and may have {most}.")
                return self._copy(source, most)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoSpace("The disk is full: what was read waits until there is space.") from error
            return Copied(error=f"It cannot be read: {error.strerror or error}.")

    def keep(self, content: bytes) -> Copied:
        """Keep content that is not in a file. Raises `NoSpace`."""
        try:
            return self._copy(io.BytesIO(content), len(content))
        except OSError as error:
            raise NoSpace("The disk is full: what was read waits until there is space.") from error

    def _copy(self, source: IO[bytes], most: int) -> Copied:
        there = self._folder / (secrets.token_hex(8) + NEW)
        digest, size = hashlib.sha256(), 0
        try:
            with there.open("xb") as copy:
                while block := source.read(BLOCK):
                    size += len(block)
                    if size > most:
                        return Copied(size=size, error=f"It has more than {most} bytes.")
                    digest.update(block)
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            there.replace(self.path(digest.hexdigest()))
            _sync_folder(self._folder)
        finally:
            there.unlink(missing_ok=True)
        return Copied(size=size, sha256=digest.hexdigest())

    def keep_only(self, wanted: Collection[str]) -> None:
        """Remove what a crash has left over."""
        for path in self._folder.iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)

    def remove(self, sha256: str) -> None:
        """Remove a copy."""
        self.path(sha256).unlink(missing_ok=True)


def _opened(path: Path) -> IO[bytes]:
    """A regular file, to be read; a pipe or device would be waited for. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file")
    return open(descriptor, "rb")  # noqa: PTH123 - a descriptor


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
