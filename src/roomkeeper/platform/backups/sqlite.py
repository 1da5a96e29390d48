"""SQLite in a backup: the database file itself, copied page by page within one transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from roomkeeper.platform import schema
from roomkeeper.platform.application import BlobReferences
from roomkeeper.platform.backups import files
from roomkeeper.platform.backups.models import BackupError, Copied, Facts, Tell, facts, leap, referenced
from roomkeeper.platform.database.sqlite import Connection, translate

PAGES = 2_000
"""Database pages (of 4 KiB) that are copied at a time."""
SUFFIXES = ("", "-wal", "-shm")


class SQLiteDatabase:
    """See `Database`."""

    file = "roomkeeper.db"
    tool = "SQLite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """See `Database.exists`."""
        return self.path.exists()

    def copy(self, target: Path, references: Sequence[BlobReferences], tell: Tell) -> Copied:
        """See `Database.copy`."""
        copy_file(self.path, target, tell)
        return asyncio.run(_look(target, references))

    def facts_of(self, copy: Path) -> Facts:
        """See `Database.facts_of`."""
        try:
            with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                (problem,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if problem != "ok":
                raise BackupError(f"The database is damaged: {problem}.")
            return asyncio.run(_look(copy, ())).facts
        except sqlite3.Error as error:
            raise BackupError(f"The database is damaged: {error}.") from error

    def put_aside(self, stamp: str) -> str | None:
        """See `Database.put_aside`."""
        if not self.exists():
            return None
        aside = self.path.with_name(f"{self.path.name}.replaced-{stamp}")
        for suffix in SUFFIXES:
            file = self.path.with_name(f"{self.path.name}{suffix}")
            if file.exists():
                file.rename(aside.with_name(f"{aside.name}{suffix}"))
        return str(aside)

    def restore(self, copy: Path, packages: Sequence[str]) -> None:
        """See `Database.restore`. The file gets its name at the end: without it there is no database."""
        url = f"sqlite:///{copy.resolve()}"
        if not schema.is_current(url, packages):
            schema.upgrade(url, packages)
        with closing(sqlite3.connect(copy)) as connection, connection:
            sql = "SELECT position, reserved FROM stream_positions WHERE writer_slot = 0"
            for statement, parameters in leap(*connection.execute(sql).fetchone()):
                connection.execute(translate(statement), parameters)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            copy.rename(self.path)
        except OSError as error:
            raise BackupError(
                f"{self.path} is on another file system than the data directory: restore with the default "
                "database_url, and move the file."
            ) from error
        files.sync_folder(self.path.parent)


def copy_file(source: Path, target: Path, tell: Tell) -> None:
    """Copy a SQLite database as it is at one moment, whoever writes to it. Raises `BackupError`."""

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
    files.sync_file(target)


async def _look(copy: Path, references: Sequence[BlobReferences]) -> Copied:
    reader = Connection(copy, read_only=True)
    try:
        return Copied(await facts(reader), await referenced(reader, references))
    finally:
        reader.raw.close()
