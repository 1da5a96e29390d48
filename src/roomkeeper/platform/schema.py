"""Schema migrations: each package's are an Alembic branch of its own, so that capabilities install independently.

A migration and its file are named ``<package>_<number>``; the branch label is the package's name. Run at start-up and
by ``roomkeeper db upgrade``.
"""

from __future__ import annotations

import asyncio
import importlib.resources
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from roomkeeper.platform.database import DatabaseError, is_postgresql

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

MIGRATIONS = "migrations"


class SchemaTooNew(Exception):
    """The database was written by a newer version."""


def locations(packages: Sequence[str]) -> list[Path]:
    """The migration folders of those packages that have one."""
    folders = [Path(str(importlib.resources.files(package))) / MIGRATIONS for package in packages]
    return [folder for folder in folders if folder.is_dir()]


def heads(packages: Sequence[str]) -> set[str]:
    """The newest revision of each branch: the file with the highest number."""
    return {max(folder.glob("*_[0-9]*.py")).stem for folder in locations(packages)}


def is_current(url: str, packages: Sequence[str]) -> bool:
    """Whether the database has the newest schema already. Cheap: Alembic need not even be imported. Synchronous.

    Raises `DatabaseError` where PostgreSQL cannot be asked.
    """
    return revisions(url) == heads(packages)


def is_known(revision: str, packages: Sequence[str]) -> bool:
    """Whether this version of the packages has that revision."""
    return any((folder / f"{revision}.py").exists() for folder in locations(packages))


def revisions(url: str) -> set[str] | None:
    """The revisions that a database has, `None` where it has no schema of ours. Synchronous, for a thread."""
    if is_postgresql(url):
        from roomkeeper.platform.database import postgresql_schema

        return asyncio.run(postgresql_schema.revisions(url))
    return _sqlite_revisions(sqlite_path(url))


def sqlite_path(url: str) -> Path:
    """The file that a SQLite URL names."""
    return Path(url.removeprefix("sqlite:///"))


def _sqlite_revisions(path: Path) -> set[str] | None:
    if not path.exists():
        return None
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
    except sqlite3.Error:
        return None
    finally:
        connection.close()


def upgrade(url: str, packages: Sequence[str]) -> None:
    """Bring the schema of the database at `url` to the newest revision of every branch. Synchronous.

    Raises `SchemaTooNew`, and `DatabaseError` where that file cannot be used.
    """
    from alembic import command
    from alembic.util import CommandError

    config = configuration(packages)

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")

    try:
        migrate(url, run)
    except CommandError as error:
        if "locate revision" in str(error):
            raise SchemaTooNew(
                "This database was written by a newer version of Roomkeeper. Start that version, or restore a backup."
            ) from None
        raise


def migrate(url: str, run: Callable[[Connection], None]) -> None:
    """Call `run` with a connection, in one transaction. Synchronous. Raises `DatabaseError`."""
    if is_postgresql(url):
        from roomkeeper.platform.database import postgresql_schema

        asyncio.run(postgresql_schema.migrate(url, run))
    else:
        _migrate_sqlite(url, run)


def configuration(packages: Sequence[str]) -> Config:
    """Alembic's configuration for these packages; its ``connection`` is still to be set."""
    from alembic.config import Config

    config = Config()
    here = Path(str(importlib.resources.files("roomkeeper.platform"))) / "alembic"
    config.set_main_option("script_location", str(here))
    config.set_main_option("version_path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, locations(packages))))
    return config


def _migrate_sqlite(url: str, run: Callable[[Connection], None]) -> None:
    import sqlalchemy

    path = sqlite_path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            run(connection)
    except sqlalchemy.exc.DBAPIError as error:
        raise DatabaseError(f"cannot bring the database {path} up to date: {error.orig}") from error
    finally:
        engine.dispose()
