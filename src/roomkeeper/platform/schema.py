"""Schema migrations: each package's are an Alembic branch of its own, so that capabilities install independently.

A migration and its file are named ``<package>_<number>``; the branch label is the package's name. Run at start-up and
by ``roomkeeper db upgrade``.
"""

from __future__ import annotations

import importlib.resources
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from roomkeeper.platform.database import DatabaseError

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


def is_current(path: Path, packages: Sequence[str]) -> bool:
    """Whether a SQLite file has the newest schema already. Cheap: Alembic need not even be imported."""
    if not path.exists():
        return False
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return {row[0] for row in rows} == heads(packages)


def upgrade(url: str, packages: Sequence[str]) -> None:
    """Bring the schema of the database at `url` to the newest revision of every branch. Synchronous.

    Raises `SchemaTooNew`, and `DatabaseError` where that file cannot be used.
    """
    import sqlalchemy
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    engine = sqlalchemy.create_engine(url)
    config = Config()
    here = Path(str(importlib.resources.files("roomkeeper.platform"))) / "alembic"
    config.set_main_option("script_location", str(here))
    config.set_main_option("version_path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, locations(packages))))
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
    except CommandError as error:
        if "locate revision" in str(error):
            raise SchemaTooNew(
                "This database was written by a newer version of Roomkeeper. Start that version, or restore a backup."
            ) from None
        raise
    except sqlalchemy.exc.DBAPIError as error:
        raise DatabaseError(f"cannot bring the database {engine.url.database} up to date: {error.orig}") from error
    finally:
        engine.dispose()
