"""Bytes stored by the hash of their content, on the local file system."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import IO, Protocol

import msgspec

CHUNK = 256 * 1024
INCOMING = "incoming-"
HEAD = 4096
"""Bytes of a blob that is on its way in which can be looked at before it is stored."""


class StoredBlob(msgspec.Struct, frozen=True):
    """A blob's SHA-256 (hexadecimal) and size (bytes)."""

    sha256: str
    size: int


class IncomingBlob(Protocol):
    """Bytes that have arrived whole but are not stored yet: looked at, they can be stored or dropped."""

    @property
    def sha256(self) -> str:
        """The hash of the bytes, hexadecimal."""

    @property
    def size(self) -> int:
        """How many bytes they are."""

    @property
    def head(self) -> bytes:
        """The first `HEAD` bytes."""

    async def store(self) -> StoredBlob:
        """Store them; the blob exists, whole and synced to disk, when this returns."""


class Blobs(Protocol):
    """A store of immutable bytes, addressed by their SHA-256."""

    def incoming(self, chunks: AsyncIterator[bytes]) -> AbstractAsyncContextManager[IncomingBlob]:
        """Take in what the iterator yields; what is not stored when the context ends is dropped."""

    async def put(self, chunks: AsyncIterator[bytes]) -> StoredBlob:
        """Store what the iterator yields; the blob exists, whole and synced to disk, when this returns."""

    def get(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`. `KeyError` where there is no such blob."""

    async def delete(self, sha256: str) -> None:
        """Forget the blob; no error where there is none."""


class LocalBlobs:
    """Blobs as files ``ab/cd/abcd…`` under one folder. Equal bytes are one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the blob's file is, or would be."""
        if len(sha256) != 64 or not all(c in "0123456789abcdef" for c in sha256):
            raise KeyError(sha256)
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    @asynccontextmanager
    async def incoming(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[IncomingFile]:
        """See `Blobs.incoming`: a temporary file, so that a crash leaves the whole blob or none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=INCOMING, dir=self.folder)
        blob = IncomingFile(self, Path(temporary))
        try:
            with os.fdopen(descriptor, "wb") as file:
                await blob.take(chunks, file)
            yield blob
        finally:
            _remove(temporary)

    async def put(self, chunks: AsyncIterator[bytes]) -> StoredBlob:
        """See `Blobs.put`."""
        async with self.incoming(chunks) as blob:
            return await blob.store()

    def drop_incoming(self) -> None:
        """Remove what a crash left half received. Only while nothing comes in."""
        for leftover in self.folder.glob(f"{INCOMING}*"):
            leftover.unlink(missing_ok=True)

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


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


class IncomingFile:
    """See `IncomingBlob`."""

    def __init__(self, blobs: LocalBlobs, path: Path) -> None:
        self._blobs = blobs
        self.path = path
        self.size = 0
        self.head = b""
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The hash of the bytes, hexadecimal."""
        return self._digest.hexdigest()

    async def take(self, chunks: AsyncIterator[bytes], file: IO[bytes]) -> None:
        """Write all chunks, and sync. Small ones are gathered, since each step is a change of threads."""
        waiting: list[bytes] = []
        length = 0
        async for chunk in chunks:
            waiting.append(chunk)
            length += len(chunk)
            if length >= CHUNK:
                await asyncio.to_thread(self._write, file, b"".join(waiting))
                waiting, length = [], 0
        await asyncio.to_thread(self._write, file, b"".join(waiting))
        await asyncio.to_thread(_sync, file)

    def _write(self, file: IO[bytes], data: bytes) -> None:
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        self._digest.update(data)
        self.size += len(data)
        file.write(data)

    async def store(self) -> StoredBlob:
        """See `IncomingBlob.store`."""
        target = self._blobs.path(self.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(_rename_synced, self.path, target)
        return StoredBlob(self.sha256, self.size)


def _rename_synced(temporary: Path, target: Path) -> None:
    temporary.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
