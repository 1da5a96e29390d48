"""Bytes stored by the hash of their content, on the local file system."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

import msgspec

CHUNK = 256 * 1024


class StoredBlob(msgspec.Struct, frozen=True):
    """A blob's SHA-256 (hexadecimal) and size (bytes)."""

    sha256: str
    size: int


class Blobs(Protocol):
    """A store of immutable bytes, addressed by their SHA-256."""

    async def put(self, chunks: AsyncIterator[bytes]) -> StoredBlob:
        """Store what the iterator yields; the blob exists, whole and synced to disk, when this returns."""

    def get(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`. `KeyError` where there is no such blob."""

    async def delete(self, sha256: str) -> None:
        """Forget the blob; no error where there is none."""


class LocalBlobs:
    """Blobs as files ``ab/cd/abcd…`` under one folder. Equal bytes are one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where the blob's file is, or would be."""
        if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
            raise KeyError(sha256)
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    async def put(self, chunks: AsyncIterator[bytes]) -> StoredBlob:
        """Write to a temporary file, sync it, and rename it to its hash: a crash leaves the whole blob or none."""
        self._folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        descriptor, temporary = tempfile.mkstemp(prefix="incoming-", dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                async for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_sync, file.fileno(), file.flush)
            target = self.path(digest.hexdigest())
            target.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(_rename_synced, Path(temporary), target)
        except BaseException:
            _remove(temporary)
            raise
        return StoredBlob(digest.hexdigest(), size)

    async def get(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Read the file in chunks of 256 KiB."""
        path = self.path(sha256)
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except FileNotFoundError:
            raise KeyError(sha256) from None
        remaining = min(size, size if end is None else end) - start
        with path.open("rb") as file:
            file.seek(start)
            while remaining > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK, remaining))):
                remaining -= len(chunk)
                yield chunk

    async def delete(self, sha256: str) -> None:
        """Remove the file."""
        self.path(sha256).unlink(missing_ok=True)


def _remove(file: str) -> None:
    Path(file).unlink(missing_ok=True)


def _sync(descriptor: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(descriptor)


def _rename_synced(temporary: Path, target: Path) -> None:
    temporary.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
