"""The spool's SQLite file: write-ahead, synchronous=FULL. One connection, one transaction at a time, in any thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from roomkeeper_agent.paths import private_folder

VERSION: Final = 1
HELD, DUE, REFUSED = 0, 1, 2
"""States of an entry: kept until somebody asks for a record; to be uploaded; the server does not take it."""

SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE positions (
    source_id TEXT PRIMARY KEY, position TEXT, entries INTEGER NOT NULL DEFAULT 0, last_ts INTEGER
) WITHOUT ROWID;
CREATE TABLE conversations (
    no INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, program TEXT NOT NULL, conversation TEXT NOT NULL,
    last_ts INTEGER NOT NULL, open_trigger TEXT, open_until INTEGER, record_id TEXT, uploaded INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX conversations_last ON conversations (last_ts);
CREATE TABLE entries (
    no INTEGER PRIMARY KEY AUTOINCREMENT, conversation_no INTEGER NOT NULL, id TEXT NOT NULL, ts INTEGER NOT NULL,
    found_ts INTEGER NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL, upload_no INTEGER, size INTEGER NOT NULL,
    entry BLOB NOT NULL, error TEXT, UNIQUE (conversation_no, id)
);
CREATE INDEX entries_waiting ON entries (state, upload_no, no);
CREATE INDEX entries_due ON entries (conversation_no, reason, no) WHERE state = 1 AND upload_no IS NULL;
CREATE INDEX entries_upload ON entries (upload_no, no) WHERE upload_no IS NOT NULL;
CREATE TABLE files (
    entry_no INTEGER NOT NULL, place INTEGER NOT NULL, path TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
    size INTEGER, sha256 TEXT, media_id TEXT, url TEXT, error TEXT, PRIMARY KEY (entry_no, place)
) WITHOUT ROWID;
CREATE INDEX files_content ON files (sha256) WHERE sha256 IS NOT NULL;
CREATE TABLE uploads (
    no INTEGER PRIMARY KEY, conversation_no INTEGER NOT NULL, upload_id TEXT NOT NULL, header BLOB NOT NULL,
    size INTEGER NOT NULL, sha256 TEXT NOT NULL
);
CREATE TABLE problems (
    no INTEGER PRIMARY KEY, source_id TEXT NOT NULL, place TEXT NOT NULL, why TEXT NOT NULL, raw TEXT NOT NULL,
    ts INTEGER NOT NULL, times INTEGER NOT NULL, UNIQUE (source_id, place, why)
);
CREATE TABLE pauses (no INTEGER PRIMARY KEY, from_ts INTEGER NOT NULL, to_ts INTEGER);
"""

FULL_CODES: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC})


class NoSpace(Exception):
    """The disk is full: nothing was changed. It is tried again; free some space."""


class NewerSpool(Exception):
    """The spool was written by a newer version of the agent; install that again."""


class Database:
    """The file. What is done in `writing` is there as a whole and for good when that ends without an error."""

    def __init__(self, folder: Path) -> None:
        private_folder(folder)
        self.folder = folder
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            folder / "spool.db", check_same_thread=False, isolation_level=None, cached_statements=64
        )
        self._prepare()

    def _prepare(self) -> None:
        execute = self._connection.execute
        execute("PRAGMA auto_vacuum = INCREMENTAL")
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute("PRAGMA busy_timeout = 10000")
        execute("PRAGMA cache_size = -2000")
        found = execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise NewerSpool(f"The spool in {self.folder} was written by a newer version of the agent: install that.")
        if found == 0:
            with self.writing() as cursor:
                for statement in SCHEMA.split(";\n"):
                    if statement.strip():
                        cursor.execute(statement)
                cursor.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """A transaction: all of it, or nothing. Raises `NoSpace`."""
        with self._lock:
            cursor = self._connection.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                cursor.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError) and _is_full(error):
                    raise NoSpace("The disk is full: what was read waits until there is space.") from error
                raise
            finally:
                cursor.close()

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, *parameters: Any) -> tuple[Any, ...] | None:
        """Its first row."""
        found = self.rows(sql, *parameters)
        return found[0] if found else None

    def number(self, sql: str, *parameters: Any) -> int:
        """The number that a query answers; 0 for none."""
        found = self.row(sql, *parameters)
        return int(found[0] or 0) if found else 0

    def meta(self, name: str) -> str | None:
        """A value that was kept by its name."""
        found = self.row("SELECT value FROM meta WHERE name = ?", name)
        return str(found[0]) if found else None

    def put_meta(self, name: str, value: str | None) -> None:
        """Keep a value; `None`: none any more. Raises `NoSpace`."""
        with self.writing() as cursor:
            if value is None:
                cursor.execute("DELETE FROM meta WHERE name = ?", (name,))
            else:
                cursor.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))

    def give_back(self) -> None:
        """Give unused pages back to the disk, some at a time."""
        with self._lock:
            self._connection.execute("PRAGMA incremental_vacuum(1000)").fetchall()

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._connection.close()


def add_to_meta(cursor: sqlite3.Cursor, name: str, number: int) -> None:
    """Count something, as part of a transaction."""
    cursor.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (name, number),
    )


def _is_full(error: sqlite3.OperationalError) -> bool:
    return getattr(error, "sqlite_errorcode", None) in FULL_CODES
