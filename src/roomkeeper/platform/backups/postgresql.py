"""PostgreSQL in a backup: a dump made by its own tools, of a snapshot that is looked at meanwhile."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from roomkeeper.platform import schema
from roomkeeper.platform.application import BlobReferences
from roomkeeper.platform.backups import files
from roomkeeper.platform.backups.models import BackupError, Copied, Facts, Tell, facts, leap, referenced
from roomkeeper.platform.database import DatabaseError
from roomkeeper.platform.database.postgresql import Snapshot
from roomkeeper.platform.database.postgresql_connection import ERRORS, connect
from roomkeeper.platform.database.postgresql_writer import LOCK

DEBIAN = Path("/usr/lib/postgresql")
TABLE = b"pg_dump: dumping contents of table"
"""How `pg_dump` says that it comes to the next table."""
LONGEST_LINE = 16 * 1024 * 1024


class PostgreSQLDatabase:
    """See `Database`. Needs `pg_dump` and `pg_restore`, no older than the server."""

    file = "roomkeeper.dump"
    tool = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._url = url

    def exists(self) -> bool:
        """See `Database.exists`: whether it has tables."""
        return asyncio.run(self._exists())

    async def _exists(self) -> bool:
        async with self._connected() as connection:
            return bool(await connection.fetchval("SELECT count(*) > 0 FROM pg_tables WHERE schemaname = 'public'"))

    def copy(self, target: Path, references: Sequence[BlobReferences], tell: Tell) -> Copied:
        """See `Database.copy`."""
        copied = asyncio.run(self._copy(target, references, tell))
        files.sync_file(target)
        return copied

    async def _copy(self, target: Path, references: Sequence[BlobReferences], tell: Tell) -> Copied:
        async with self._connected() as connection:
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            await self._run(
                "pg_dump",
                *("--format=custom", "--schema=public", "--no-owner", "--no-privileges", "--verbose"),
                *(f"--snapshot={snapshot}", f"--file={target}"),
                seen=lambda number: tell("copying the database", number, tables),
            )
            reader = Snapshot(connection)
            return Copied(await facts(reader), await referenced(reader, references))

    def facts_of(self, copy: Path) -> Facts | None:
        """See `Database.facts_of`: a dump tells nothing of its rows; that it can be read is looked at."""
        asyncio.run(self._run("pg_restore", "--list", str(copy), connected=False))
        return None

    def put_aside(self, stamp: str) -> str | None:
        """See `Database.put_aside`: the tables go into a schema of another name."""
        return asyncio.run(self._put_aside(stamp))

    async def _put_aside(self, stamp: str) -> str | None:
        if not await self._exists():
            return None
        aside = f"replaced-{stamp}"
        async with self._connected() as connection, connection.transaction():
            await connection.execute(f'ALTER SCHEMA public RENAME TO "{aside}"')
            await connection.execute("CREATE SCHEMA public")
        return f"the schema {aside} of the database"

    def restore(self, copy: Path, packages: Sequence[str]) -> None:
        """See `Database.restore`. The tables come in one transaction."""
        asyncio.run(self._restore(copy))
        try:
            if not schema.is_current(self._url, packages):
                schema.upgrade(self._url, packages)
        except DatabaseError as error:
            raise BackupError(f"{error}.") from error
        asyncio.run(self._leap())
        copy.unlink()

    async def _restore(self, copy: Path) -> None:
        async with self._connected() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
                raise BackupError("Another Roomkeeper uses the database: stop it first.")
            arguments = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--schema=public")
            await self._run("pg_restore", *arguments, str(copy))

    async def _leap(self) -> None:
        async with self._connected() as connection, connection.transaction():
            sql = "SELECT position, reserved FROM stream_positions WHERE writer_slot = 0"
            for statement, parameters in leap(*await connection.fetchrow(sql)):
                await connection.execute(statement, *parameters)

    # ------------------------------------------------------------ ways to reach it

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        try:
            connection = await connect(self._url, {"application_name": "roomkeeper backup", "lock_timeout": "0"})
            try:
                yield connection
            finally:
                await connection.close()
        except (*ERRORS, DatabaseError) as error:
            raise BackupError(f"PostgreSQL says: {error}.") from error

    async def _run(
        self, program: str, *arguments: str, connected: bool = True, seen: Callable[[int], None] | None = None
    ) -> None:
        """Run one of PostgreSQL's programs, connected to the database. `seen` is told how many tables are through."""
        url, password = without_password(self._url)
        if connected:
            arguments = (f"--dbname={url}", "--no-password", *arguments)
        process = await asyncio.create_subprocess_exec(
            find(program),
            *arguments,
            env={**os.environ, **password, "LC_ALL": "C"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )
        assert process.stderr is not None
        said: list[str] = []
        number = 0
        async for line in process.stderr:
            said = [*said[-9:], line.decode(errors="replace").strip()]
            if seen is not None and line.startswith(TABLE):
                number += 1
                seen(number)
        if await process.wait() != 0:
            raise BackupError(f"{program} failed: {' '.join(said)}")


def find(program: str) -> str:
    """Where one of PostgreSQL's programs is: on the PATH, or Debian's newest. Raises `BackupError`."""
    newest = max(DEBIAN.glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3]), default=None)
    found = str(newest) if newest is not None else shutil.which(program)
    if found is None:
        raise BackupError(f"This needs {program}: install PostgreSQL's client programs (Debian: postgresql-client).")
    return found


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """A URL that may be seen in the list of processes, and the environment that brings the password."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query)
    password = dict(query).get("password") or unquote(parts.password or "")
    userinfo, at, host = parts.netloc.rpartition("@")
    netloc = f"{userinfo.partition(':')[0]}{at}{host}"
    kept = urlencode([(name, value) for name, value in query if name != "password"])
    bare = f"{parts.scheme}://{netloc}{parts.path}{'?' if kept else ''}{kept}"
    return bare, {"PGPASSWORD": password} if password else {}
