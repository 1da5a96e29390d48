"""Durable storage: statements as values, one committer, one SQL for two databases."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from roomkeeper.platform.database.committer import Committer
from roomkeeper.platform.database.driver import Driver, Reader
from roomkeeper.platform.database.models import DatabaseError, DependencyFailed, Row, Statement, Write
from roomkeeper.platform.database.positions import Positions, snapshot_position
from roomkeeper.platform.database.sqlite import SQLiteDriver

__all__ = [
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
    "snapshot_position",
]


def driver_for(url: str) -> Driver:
    """The driver for a database URL: ``sqlite:///relative/path``, ``sqlite:////absolute/path``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return SQLiteDriver(Path(parts.path.removeprefix("/")))
    raise DatabaseError(
        f"cannot use the database URL {parts.scheme}:…: this version stores in SQLite (sqlite:///path/to/file.db)"
    )
