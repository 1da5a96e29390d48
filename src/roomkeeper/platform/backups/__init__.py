"""Backups: a consistent copy of all that a server keeps, taken while it runs, and how a server comes of it again."""

from roomkeeper.platform import schema
from roomkeeper.platform.backups.making import Origin, make
from roomkeeper.platform.backups.models import JOBS, KEY, STAGING, BackupError, Database, Manifest, Tell
from roomkeeper.platform.backups.postgresql import PostgreSQLDatabase
from roomkeeper.platform.backups.sqlite import SQLiteDatabase
from roomkeeper.platform.backups.using import copy_out, read_manifest, verify
from roomkeeper.platform.database import is_postgresql

__all__ = [
    "JOBS",
    "KEY",
    "STAGING",
    "BackupError",
    "Database",
    "Manifest",
    "Origin",
    "Tell",
    "copy_out",
    "database_of",
    "make",
    "read_manifest",
    "verify",
]


def database_of(url: str) -> Database:
    """The database of a URL, for a backup."""
    return PostgreSQLDatabase(url) if is_postgresql(url) else SQLiteDatabase(schema.sqlite_path(url))
