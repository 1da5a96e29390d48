"""Migrations on PostgreSQL: Alembic is synchronous, so SQLAlchemy lets it run over an asyncpg connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg

from roomkeeper.platform.database.models import DatabaseError
from roomkeeper.platform.database.postgresql_connection import ERRORS, connect
from roomkeeper.platform.database.postgresql_writer import LOCK

SETTINGS = {"application_name": "roomkeeper migrations"}


async def revisions(url: str) -> set[str] | None:
    """The revisions that a database has, `None` where it has no schema of ours."""
    connection = await connect(url, SETTINGS)
    try:
        return {row[0] for row in await connection.fetch("SELECT version_num FROM alembic_version")}
    except asyncpg.UndefinedTableError:
        return None
    except ERRORS as error:
        raise DatabaseError(str(error)) from error
    finally:
        await connection.close()


async def migrate(url: str, run: Callable[[Any], None]) -> None:
    """Call `run` with a SQLAlchemy connection, in one transaction that keeps every server out."""
    import sqlalchemy
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: connect(url, SETTINGS), poolclass=sqlalchemy.NullPool
    )
    sqlalchemy.event.listen(sqlalchemy.Column, "after_parent_attach", _sort_by_bytes)
    try:
        async with engine.begin() as connection:
            # Waits for a server that is just ending, for as long as the connection's lock_timeout says.
            await connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            await connection.run_sync(run)
    except sqlalchemy.exc.DBAPIError as error:
        reason = str(error.orig).rpartition(">: ")[2]
        if getattr(error.orig, "sqlstate", None) == asyncpg.LockNotAvailableError.sqlstate:
            reason = "another Roomkeeper uses it. Stop it, or choose another database"
        raise DatabaseError(f"cannot bring the database up to date: {reason}") from error
    finally:
        sqlalchemy.event.remove(sqlalchemy.Column, "after_parent_attach", _sort_by_bytes)
        await engine.dispose()


def _sort_by_bytes(column: Any, _parent: Any) -> None:
    """Text compares and sorts as it does on SQLite, whatever the database's own collation is."""
    import sqlalchemy

    if isinstance(column.type, sqlalchemy.Text) and column.type.collation is None:
        column.type = sqlalchemy.Text(collation="C")
