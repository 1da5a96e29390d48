"""What a backup consists of, and what a database must offer to be in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from roomkeeper.platform.application import BlobReferences
from roomkeeper.platform.database import Reader

JOBS = "jobs.db"
KEY = "signing.key"
MANIFEST = "manifest.json"
STAGING = "restoring"
"""The folder in a data directory that is being restored; it goes when that is done."""
FORMAT = 1
LEAP = 10**12
"""How far the counter of positions leaps at a restore: more than a server hands out in years."""
COUNTED = ("users", "devices", "rooms", "events", "memberships")
BLOBS = 1_000

Tell = Callable[[str, int, int], None]
"""Called with what is being done, and how much of how much is."""


class BackupError(Exception):
    """A backup cannot be made or used; the message says why."""


class File(msgspec.Struct, frozen=True):
    """A file of a backup: its SHA-256 (hexadecimal) and size (bytes)."""

    sha256: str
    size: int


class Facts(msgspec.Struct, frozen=True):
    """What is told of a database: the revisions of its schema, its counter of positions, rows of some tables."""

    schema: list[str]
    position: int
    reserved: int
    counts: dict[str, int]


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


class Copied(msgspec.Struct, frozen=True):
    """A database as it was copied: what is told of it, and the SHA-256 of each blob that it refers to, sorted."""

    facts: Facts
    blobs: list[str]


class Database(Protocol):
    """The server's main database, as a backup needs it. All of it is synchronous."""

    file: str
    """The name of its copy in a backup."""
    tool: str
    """What it is called in messages."""

    def exists(self) -> bool:
        """Whether there is anything in it. Raises `BackupError` where it cannot be asked."""

    def copy(self, target: Path, references: Sequence[BlobReferences], tell: Tell) -> Copied:
        """Write it to a file as it is at one moment, whoever writes to it. Raises `BackupError`."""

    def facts_of(self, copy: Path) -> Facts | None:
        """What is told of a copy, which is looked through; `None` where it cannot be asked. Raises `BackupError`."""

    def put_aside(self, stamp: str) -> str | None:
        """Make room for another; where it is then (`None`: there was none). Raises `BackupError`."""

    def restore(self, copy: Path, packages: Sequence[str]) -> None:
        """Make the database of a copy, with the newest schema, its positions leapt. Raises `BackupError`."""


async def facts(reader: Reader) -> Facts:
    """What is told of a database."""
    schema = sorted(row[0] for row in await reader.query("SELECT version_num FROM alembic_version"))
    positions = await reader.query_one("SELECT position, reserved FROM stream_positions WHERE writer_slot = 0")
    assert positions is not None, "the migrations make this row"
    counts = {}
    for table in COUNTED:
        (counts[table],) = (await reader.query(f"SELECT count(*) FROM {table}"))[0]  # noqa: S608
    return Facts(schema, positions[0], positions[1], counts)


async def referenced(reader: Reader, references: Sequence[BlobReferences]) -> list[str]:
    """The SHA-256 of each blob that a database refers to, sorted."""
    found: set[str] = set()
    for ask in references:
        after = ""
        while page := await ask(reader, after, BLOBS):
            found.update(page)
            after = page[-1]
    return sorted(found)


def leap(position: int, reserved: int) -> list[tuple[str, tuple[int, ...]]]:
    """Statements that let the counter go on where no server that had a later one of this database can have been."""
    leapt = reserved + LEAP
    gap = (
        "INSERT INTO stream_gaps (writer_slot, after, before) VALUES (0, $1, $2)"
        " ON CONFLICT (writer_slot, after) DO UPDATE SET before = excluded.before"
    )
    return [
        (gap, (position, leapt)),
        ("UPDATE stream_positions SET reserved = $1 WHERE writer_slot = 0", (leapt,)),
    ]
