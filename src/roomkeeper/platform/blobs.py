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
HASHED_AT_ONCE = 64 * 1024
"""Bytes that are hashed where they are: they take less than a change of threads does."""
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
        """See `Blobs.incoming`: a temporary file, so that a crash leaves the whole blob or none.

        What is small stays in memory until it is stored.
        """
        blob = IncomingFile(self)
        try:
            await blob.take(chunks)
            yield blob
        finally:
            if blob.has_file:
                await asyncio.to_thread(blob.drop)

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
        try:
            file, remaining, chunk = await asyncio.to_thread(_opened, self.path(sha256), start, end)
        except FileNotFoundError:
            raise KeyError(sha256) from None
        with file:
            while chunk:
                remaining -= len(chunk)
                yield chunk
                if not remaining:
                    return
                chunk = await asyncio.to_thread(file.read, min(CHUNK, remaining))

    async def delete(self, sha256: str) -> None:
        """Remove the file."""
        await asyncio.to_thread(self.path(sha256).unlink, missing_ok=True)


def _opened(path: Path, start: int, end: int | None) -> tuple[IO[bytes], int, bytes]:
    """The file, how many of its bytes are asked for, and the first chunk of them."""
    file = path.open("rb", buffering=0)
    try:
        size = os.fstat(file.fileno()).st_size
        remaining = max(0, min(size, size if end is None else end) - start)
        file.seek(start)
        return file, remaining, file.read(min(CHUNK, remaining))
    except BaseException:
        file.close()
        raise


class IncomingFile:
    """See `IncomingBlob`. In memory as long as it is no larger than `CHUNK`, then a temporary file."""

    def __init__(self, blobs: LocalBlobs) -> None:
        self._blobs = blobs
        self.size = 0
        self.head = b""
        self._digest = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._path: Path | None = None

    @property
    def sha256(self) -> str:
        """The hash of the bytes, hexadecimal."""
        return self._digest.hexdigest()

    @property
    def has_file(self) -> bool:
        """Whether there is a temporary file."""
        return self._path is not None

    async def take(self, chunks: AsyncIterator[bytes]) -> None:
        """Take in all chunks. Small ones are gathered, since each step is a change of threads."""
        length = 0
        async for chunk in chunks:
            self._waiting.append(chunk)
            length += len(chunk)
            if length > CHUNK:
                await asyncio.to_thread(self._flush)
                length = 0
        if self._path is not None:
            await asyncio.to_thread(self._flush)
        elif length > HASHED_AT_ONCE:
            await asyncio.to_thread(self._hash)
        else:
            self._hash()

    def _hash(self) -> bytes:
        """Count and hash what waits; it."""
        data = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        self._digest.update(data)
        self.size += len(data)
        self._waiting = [data]
        return data

    def _open(self) -> IO[bytes]:
        self._blobs.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=INCOMING, dir=self._blobs.folder)
        self._path, self._file = Path(name), os.fdopen(descriptor, "wb", buffering=0)
        return self._file

    def _flush(self) -> None:
        """Write what waits."""
        _write(self._file or self._open(), self._hash())
        self._waiting = []

    async def on_disk(self) -> Path:
        """The temporary file with all the bytes, for another process to read while it is not decided about them."""
        return await asyncio.to_thread(self._written)

    def _written(self) -> Path:
        file = self._file or self._open()
        for data in self._waiting:
            _write(file, data)
        self._waiting = []
        assert self._path is not None
        return self._path

    async def store(self) -> StoredBlob:
        """See `IncomingBlob.store`."""
        await asyncio.to_thread(self._store)
        return StoredBlob(self.sha256, self.size)

    def _store(self) -> None:
        path = self._written()
        assert self._file is not None
        os.fsync(self._file.fileno())
        self._file.close()
        _move(path, self._blobs.path(self.sha256), self._blobs.folder)
        self._path = None

    def drop(self) -> None:
        """Remove the temporary file."""
        if self._file is not None:
            self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _write(file: IO[bytes], data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _move(temporary: Path, target: Path, top: Path) -> None:
    """Rename a file that is on the disk, and sync the folders in which there is something new."""
    changed = [target.parent]
    while not changed[-1].exists() and changed[-1] != top:
        changed.append(changed[-1].parent)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.rename(target)
    for path in changed:
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
