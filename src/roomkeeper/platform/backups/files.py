"""Files that are copied, linked, hashed, and synced to disk."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from roomkeeper.platform.backups.models import File

CHUNK = 1024 * 1024


def copy(source: Path, target: Path) -> File:
    """Copy a file to one that is not there yet; what was copied."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        for chunk in _chunks(source):
            digest.update(chunk)
            size += len(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    return File(digest.hexdigest(), size)


def write(target: Path, content: bytes) -> None:
    """Write a small file, to the disk."""
    with target.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(target.parent)


def file_of(path: Path) -> File:
    """Read a file, and say what it is."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(path):
        digest.update(chunk)
        size += len(chunk)
    return File(digest.hexdigest(), size)


def link(source: Path, target: Path) -> int:
    """The size of what was linked, or copied where the target is on another file system."""
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)
        sync_file(target)
    return target.stat().st_size


def sync_file(path: Path) -> None:
    """Have the disk write a file."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Have the disk write the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
