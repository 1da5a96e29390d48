"""The PostgreSQL driver, on asyncpg: one connection that writes, a few that read.

A batch is one statement, hence one round trip with its commit, wherever its parts allow that (`combining`). A batch
whose connection broke is looked for when there is a connection again, so that it is known whether it was committed
(`postgresql_writer`). Both are explained in docs/adr/0006.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg

from roomkeeper.platform.database.combining import Group
from roomkeeper.platform.database.models import DatabaseError, Row, Write
from roomkeeper.platform.database.postgresql_connection import ERRORS, connect, decoded, encoded, is_lost
from roomkeeper.platform.database.postgresql_writer import Writer

READERS = 8
"""Connections for short queries."""
LONG_READERS = 4
"""Connections for snapshots and long queries."""
READ_MS = 30_000
LONG_READ_MS = 600_000
"""How long one statement may take there, in milliseconds."""
LONG_SETTINGS = {"plan_cache_mode": "force_custom_plan", "jit": "off"}
"""Long queries are planned for the values that they get (microseconds), and not compiled (tens of milliseconds)."""


class Pool:
    """Connections for reading, `size` at most; each is opened when it is first needed, and again when it is lost."""

    def __init__(self, url: str, name: str, size: int, statement_ms: int, **settings: str) -> None:
        self._url = url
        self._settings = {
            "application_name": f"roomkeeper {name}",
            "statement_timeout": str(statement_ms),
            "default_transaction_read_only": "on",
            **settings,
        }
        self._free = asyncio.Semaphore(size)
        self._idle: list[Any] = []

    async def fetch(self, sql: str, parameters: Sequence[Any], *, limit: int = 0) -> list[Row]:
        """The rows of a query, of which `limit` are wanted (0: all). It is asked again where a connection broke."""
        values = encoded(parameters)
        async with self._free:
            connection = self._idle.pop() if self._idle else await connect(self._url, self._settings)
            try:
                try:
                    rows = await _fetch(connection, sql, values, limit)
                except ERRORS as error:
                    if not is_lost(connection, error):
                        raise
                    connection.terminate()
                    connection = await connect(self._url, self._settings)
                    rows = await _fetch(connection, sql, values, limit)
            except ERRORS as error:
                self._give_back(connection, error)
                raise DatabaseError(str(error)) from error
            except BaseException:
                # Cancelled in the middle: what state the connection is in is not worth finding out.
                connection.terminate()
                raise
            self._idle.append(connection)
            return rows

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """A transaction that reads, for as long as the block runs."""
        async with self._free:
            connection = await self._begin()
            reader = Snapshot(connection)
            try:
                yield reader
            except (asyncio.CancelledError, GeneratorExit):
                connection.terminate()
                raise
            finally:
                await self._end(reader, connection)

    async def _begin(self) -> Any:
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        connection = self._idle.pop() if self._idle else await connect(self._url, self._settings)
        try:
            try:
                await connection.execute(begin)
            except ERRORS:
                connection.terminate()
                connection = await connect(self._url, self._settings)
                await connection.execute(begin)
        except ERRORS as error:
            connection.terminate()
            raise DatabaseError(str(error)) from error
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _end(self, reader: Snapshot, connection: Any) -> None:
        if connection.is_closed():
            return
        try:
            await reader.end()
        except ERRORS as error:
            self._give_back(connection, error)
        except BaseException:
            connection.terminate()
            raise
        else:
            self._idle.append(connection)

    def _give_back(self, connection: Any, error: Exception) -> None:
        """Keep a connection on which a statement failed, unless it is lost."""
        if is_lost(connection, error):
            connection.terminate()
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Close what is open; nothing may be running."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(close(connection) for connection in idle))


class Snapshot:
    """A reader inside a transaction; its queries run one after the other."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def query(self, sql: str, *parameters: Any) -> list[Row]:
        """See `Reader.query`."""
        return await self._fetch(sql, parameters, 0)

    async def query_one(self, sql: str, *parameters: Any) -> Row | None:
        """See `Reader.query_one`."""
        rows = await self._fetch(sql, parameters, 1)
        return rows[0] if rows else None

    async def _fetch(self, sql: str, parameters: Sequence[Any], limit: int) -> list[Row]:
        async with self._turn:
            try:
                return await _fetch(self._connection, sql, encoded(parameters), limit)
            except ERRORS as error:
                raise DatabaseError(str(error)) from error

    async def end(self) -> None:
        """End the transaction."""
        async with self._turn:
            await self._connection.execute("ROLLBACK")


class PostgreSQLDriver:
    """One database of a PostgreSQL server, written by this process alone."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._writer = Writer(url)
        self._readers = Pool(url, "reader", READERS, READ_MS)
        self._long = Pool(url, "long reader", LONG_READERS, LONG_READ_MS, **LONG_SETTINGS)

    async def open(self, *, read_only: bool = False) -> None:
        """See `Driver.open`."""
        if not read_only:
            await self._writer.open()
        await self._readers.fetch("SELECT 1", ())

    async def close(self) -> None:
        """See `Driver.close`."""
        await self._readers.close()
        await self._long.close()
        await self._writer.close()

    async def query(self, sql: str, *parameters: Any) -> list[Row]:
        """See `Reader.query`."""
        return await self._readers.fetch(sql, parameters)

    async def query_one(self, sql: str, *parameters: Any) -> Row | None:
        """See `Reader.query_one`."""
        rows = await self._readers.fetch(sql, parameters, limit=1)
        return rows[0] if rows else None

    async def query_long(self, sql: str, *parameters: Any) -> list[Row]:
        """See `Driver.query_long`."""
        return await self._long.fetch(sql, parameters)

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """See `Driver.snapshot`."""
        return self._long.snapshot()

    def glance(self) -> AbstractAsyncContextManager[Snapshot]:
        """See `Driver.glance`."""
        return self._readers.snapshot()

    async def apply(self, groups: Sequence[Group]) -> None:
        """See `Driver.apply`."""
        await self._writer.apply(groups)

    async def apply_each(self, writes: Sequence[Write]) -> list[DatabaseError | None]:
        """See `Driver.apply_each`."""
        return await self._writer.apply_each(writes)


async def _fetch(connection: Any, sql: str, values: Sequence[Any], limit: int) -> list[Row]:
    if limit == 1:
        record = await connection.fetchrow(sql, *values)
        return [] if record is None else [decoded(record)]
    return [decoded(record) for record in await connection.fetch(sql, *values)]


async def close(connection: asyncpg.Connection) -> None:
    """Say good-bye, or hang up where that takes long."""
    try:
        await connection.close(timeout=5)
    except ERRORS:
        connection.terminate()
