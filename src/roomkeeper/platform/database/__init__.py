"""Durable storage: statements as values, one committer, one SQL for two databases."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from roomkeeper.platform.database.committer import Committer, patience
from roomkeeper.platform.database.driver import Driver, Reader
from roomkeeper.platform.database.models import CommitInDoubt, DatabaseError, DependencyFailed, Row, Statement, Write
from roomkeeper.platform.database.positions import Positions, snapshot_position
from roomkeeper.platform.database.sqlite import SQLiteDriver

__all__ = [
    "CommitInDoubt",
    "Committer",
    "DatabaseError",
    "DependencyFailed",
    "Driver",
    "Positions",
    "Reader",
    "Row",
    "SQLiteDriver",
    "Statement",
    "Write",
    "driver_for",
    "is_postgresql",
    "patience",
    "snapshot_position",
]


def is_postgresql(url: str) -> bool:
    """Whether a database URL names a PostgreSQL server."""
    return url.startswith(("postgresql://", "postgres://"))


def driver_for(url: str) -> Driver:
    """The driver for a database URL.

    ``sqlite:///relative/path``, ``sqlite:////absolute/path``, ``postgresql://user:password@host:port/database``.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return SQLiteDriver(Path(parts.path.removeprefix("/")))
    if is_postgresql(url):
        from roomkeeper.platform.database.postgresql import PostgreSQLDriver

        return PostgreSQLDriver(url)
    raise DatabaseError(
        f"cannot use the database URL {parts.scheme}:…: data is stored in SQLite (sqlite:////path/to/file.db)"
        " or in PostgreSQL (postgresql://user:password@host/database)"
    )
