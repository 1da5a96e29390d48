"""Backups: a consistent copy of all that a server keeps, taken while it runs, and how a server comes of it again.

A backup is a folder with `manifest.json`, `roomkeeper.db`, `jobs.db`, `signing.key` and `blobs/`. It is made under
another name and renamed when it is whole and verified.

1. The database is read in one transaction of a read-only connection: the server goes on, and what it writes meanwhile
   is not in the backup. It is copied before the blobs, so that those that it refers to are there already.
2. A blob never changes; one that is gone when its turn comes was removed after the copy, and is noted as missing.
3. After a restore, no position may be handed out that a client might have got after the backup; and a token from that
   time must not be taken for one of the new past. So the counter leaps ahead, and the gap is noted: see `Positions`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath

import msgspec

from roomkeeper.platform.application import BlobReferences
from roomkeeper.platform.blobs import LocalBlobs
from roomkeeper.platform.database.sqlite import Connection

DATABASE = "roomkeeper.db"
JOBS = "jobs.db"
KEY = "signing.key"
MANIFEST = "manifest.json"
FORMAT = 1
PAGES = 2_000
"""Database pages (of 4 KiB) that are copied at a time."""
CHUNK = 1024 * 1024
BLOBS = 1_000
LEAP = 10**12
"""How far the counter of positions leaps at a restore: more than a server hands out in years."""
COUNTED = ("users", "devices", "rooms", "events", "memberships")

Tell = Callable[[str, int, int], None]
"""Called with what is being done, and how much of how much is."""


class BackupError(Exception):
    """A backup cannot be made or used; the message says why."""


class File(msgspec.Struct, frozen=True):
    """A file of a backup: its SHA-256 (hexadecimal) and size (bytes)."""

    sha256: str
    size: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is of, and what is in it. `files` are by path within the backup."""

    format: int
    version: str
    server_name: str
    created_ts: int
    schema: list[str]
    position: int
    reserved: int
    counts: dict[str, int]
    files: dict[str, File]
    missing_blobs: list[str]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be backed up."""

    version: str
    server_name: str
    created_ts: int
    database: Path
    jobs: Path | None
    data_dir: Path
    references: list[BlobReferences]


# ---------------------------------------------------------------- making one


def make(origin: Origin, target: Path, tell: Tell) -> Manifest:
    """Back up to the folder `target`, which must not exist. Raises `BackupError`, and `OSError` from the system."""
    if target.exists():
        raise BackupError(f"{target} is there already: name a folder that is not.")
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.mkdir(mode=0o700)
    try:
        manifest = _fill(origin, partial, tell)
        verify(partial, tell)
        partial.rename(target)
        _sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return manifest


def _fill(origin: Origin, folder: Path, tell: Tell) -> Manifest:
    if not (origin.data_dir / KEY).exists():
        raise BackupError(f"There is no {KEY} in {origin.data_dir}: this is not the data directory of a server.")
    files = {KEY: _copy(origin.data_dir / KEY, folder / KEY)}
    if origin.jobs is not None and origin.jobs.exists():
        files[JOBS] = _copy_database(origin.jobs, folder / JOBS, tell)
    files[DATABASE] = _copy_database(origin.database, folder / DATABASE, tell)
    missing = _link_blobs(origin, folder, files, tell)
    facts = _facts_of(folder / DATABASE)
    manifest = Manifest(
        format=FORMAT,
        version=origin.version,
        server_name=origin.server_name,
        created_ts=origin.created_ts,
        schema=facts.schema,
        position=facts.position,
        reserved=facts.reserved,
        counts=facts.counts,
        files=files,
        missing_blobs=missing,
    )
    _write(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    return manifest


def _copy_database(source: Path, target: Path, tell: Tell) -> File:
    """Copy a SQLite database as it is at one moment, whoever writes to it."""

    def progress(_status: int, remaining: int, total: int) -> None:
        tell(f"copying {source.name}", total - remaining, total)

    if not source.exists():
        raise BackupError(f"There is no database {source}.")
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)) as reading,
            closing(sqlite3.connect(target, isolation_level=None)) as writing,
        ):
            reading.execute("PRAGMA busy_timeout=30000")
            # While this transaction is open, every page is as it was at its beginning: the copy never starts anew.
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchall()
            reading.backup(writing, pages=PAGES, progress=progress)
            reading.execute("COMMIT")
            writing.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupError(f"The database {source} cannot be copied: {error}.") from error
    _sync_file(target)
    return _file_of(target)


def _link_blobs(origin: Origin, folder: Path, files: dict[str, File], tell: Tell) -> list[str]:
    """Link or copy the blobs that the copied database refers to; those that are gone."""
    blobs, missing = LocalBlobs(origin.data_dir / "blobs"), []
    referenced = asyncio.run(_referenced(folder / DATABASE, origin.references))
    for number, sha256 in enumerate(referenced, start=1):
        source, name = blobs.path(sha256), f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            files[name] = File(sha256, _link(source, target))
        except FileNotFoundError:
            missing.append(sha256)
        tell("linking files", number, len(referenced))
    return missing


async def _referenced(database: Path, references: list[BlobReferences]) -> list[str]:
    reader = Connection(database, read_only=True)
    found: set[str] = set()
    try:
        for ask in references:
            after = ""
            while page := await ask(reader, after, BLOBS):
                found.update(page)
                after = page[-1]
    finally:
        reader.raw.close()
    return sorted(found)


def _link(source: Path, target: Path) -> int:
    """The size of what was linked, or copied where the target is on another file system."""
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)
        _sync_file(target)
    return target.stat().st_size


# ---------------------------------------------------------------- looking at one


class _Facts(msgspec.Struct, frozen=True):
    schema: list[str]
    position: int
    reserved: int
    counts: dict[str, int]


def _facts_of(database: Path) -> _Facts:
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        (problem,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if problem != "ok":
            raise BackupError(f"The database is damaged: {problem}.")
        schema = sorted(row[0] for row in connection.execute("SELECT version_num FROM alembic_version"))
        sql = "SELECT position, reserved FROM stream_positions WHERE writer_slot = 0"
        position, reserved = connection.execute(sql).fetchone()
        counts = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED}  # noqa: S608
    return _Facts(schema, position, reserved, counts)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises `BackupError` where there is none that can be used."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise BackupError(f"{folder} is no backup: {MANIFEST} cannot be read ({error.strerror}).") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackupError(f"{folder} is damaged, or no backup of Roomkeeper: {error}.") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{folder} was made by another version of Roomkeeper ({manifest.version}): use that one.")
    if not {DATABASE, KEY} <= manifest.files.keys():
        raise BackupError(f"{folder} is not whole: its manifest names no database or no signing key.")
    for name in manifest.files:
        _check_name(name)
    return manifest


def _check_name(name: str) -> None:
    """A path within the backup, of a kind that one has."""
    parts = PurePosixPath(name).parts
    blob = len(parts) == 4 and parts[0] == "blobs" and parts[1:3] == (parts[3][:2], parts[3][2:4])
    if name not in (DATABASE, JOBS, KEY) and not (blob and len(parts[3]) == 64 and parts[3].isalnum()):
        raise BackupError(f"The manifest names {name!r}, which is nothing that a backup has.")


def verify(folder: Path, tell: Tell) -> Manifest:
    """Read every file of a backup, and hold it against the manifest. Raises `BackupError`."""
    manifest = read_manifest(folder)
    for number, (name, expected) in enumerate(manifest.files.items(), start=1):
        path = folder / name
        if not path.is_file():
            raise BackupError(f"The backup {folder} is not whole: {name} is missing.")
        if _file_of(path) != expected:
            raise BackupError(f"The backup {folder} is damaged: {name} is not what was written.")
        tell("verifying", number, len(manifest.files))
    try:
        facts = _facts_of(folder / DATABASE)
    except sqlite3.Error as error:
        raise BackupError(f"The backup {folder} is damaged: {error}.") from error
    if (facts.position, facts.counts) != (manifest.position, manifest.counts):
        raise BackupError(f"The backup {folder} is damaged: the database is not the one of the manifest.")
    return manifest


# ---------------------------------------------------------------- using one


def copy_out(folder: Path, manifest: Manifest, target: Path, tell: Tell) -> None:
    """Copy all files of a backup into a folder, synced to disk, each held against the manifest on the way."""
    for number, (name, expected) in enumerate(manifest.files.items(), start=1):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if _copy(folder / name, path) != expected:
            raise BackupError(f"The backup {folder} is damaged: {name} is not what was written.")
        tell("restoring", number, len(manifest.files))
    for parent in {(target / name).parent for name in manifest.files}:
        _sync_folder(parent)


def leap(database: Path) -> int:
    """Let the counter of a restored database go on where no server that had a later one of it can have been.

    The database must have the newest schema, and no server that uses it. What comes back is the new reserved position.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        sql = "SELECT position, reserved FROM stream_positions WHERE writer_slot = 0"
        position, reserved = connection.execute(sql).fetchone()
        leapt = int(reserved) + LEAP
        gap = (
            "INSERT INTO stream_gaps (writer_slot, after, before) VALUES (0, ?, ?)"
            " ON CONFLICT (writer_slot, after) DO UPDATE SET before = excluded.before"
        )
        connection.execute(gap, (position, leapt))
        connection.execute("UPDATE stream_positions SET reserved = ? WHERE writer_slot = 0", (leapt,))
    return leapt


# ---------------------------------------------------------------- files


def _copy(source: Path, target: Path) -> File:
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


def _write(target: Path, content: bytes) -> None:
    with target.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(target.parent)


def _file_of(path: Path) -> File:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(path):
        digest.update(chunk)
        size += len(chunk)
    return File(digest.hexdigest(), size)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
