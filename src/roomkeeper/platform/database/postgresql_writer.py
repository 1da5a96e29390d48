"""The connection that writes: one batch at a time, and never a batch whose fate is not known.

1.  A session's advisory lock keeps a second server out. The row of `database_writer` names the server that has the
    database and its last batch; every batch writes its number there, so a server that was replaced cannot write.
2.  Where the connection breaks during a batch, that row tells the next connection whether it was committed.
3.  Where there is no next connection in time, it cannot be told: `CommitInDoubt`, and nothing is replayed.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

import asyncpg

from roomkeeper.platform.database.combining import Group, Part, combined, parameters_of, shape_of, steps_of
from roomkeeper.platform.database.models import (
    CommitInDoubt,
    DatabaseError,
    DependencyFailed,
    Statement,
    UnexpectedRowCount,
    Write,
)
from roomkeeper.platform.database.postgresql_connection import ERRORS, connect, encoded, is_lost
from roomkeeper.platform.logs import get_logger

log = get_logger(area="database")

LOCK = 0x526F6F6D6B656570
"""The key of the advisory lock: "Roomkeep"."""
LOCK_SECONDS = 10.0
"""How long a server that ends may take to let go of it."""
BATCH_SECONDS = 60.0
"""How long one batch may take."""
FATE_SECONDS = 30.0
"""For how long a new connection is tried, to find out what became of a batch."""
PAUSE = 0.02
LONGEST_PAUSE = 1.0
SETTINGS = {"application_name": "roomkeeper writer", "synchronous_commit": "on"}


class Replaced(DatabaseError):
    """Another server has taken this database since, or it was set back; what is in memory is not true any more."""


class Writer:
    """Applies batches, one at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._owner = secrets.token_hex(8)
        self._batch = 0
        self._connection: Any = None
        self._pid = 0
        self._stored = 0
        self._acknowledged = 0
        self._types: dict[str, tuple[str, ...]] = {}

    async def open(self) -> None:
        """Connect, and take the database. Raises `DatabaseError` where another server has it."""
        connection = await self._connect()
        try:
            encoding = connection.get_settings().server_encoding
            if encoding != "UTF8":
                raise DatabaseError(f"the database has the encoding {encoding}: make one with ENCODING 'UTF8'")
            await connection.execute("UPDATE database_writer SET owner = $1, batch = 0", self._owner)
        except ERRORS as error:
            connection.terminate()
            raise DatabaseError(str(error)) from error
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def close(self) -> None:
        """Let go of the database."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.close(timeout=5)
        except ERRORS:
            connection.terminate()

    # ------------------------------------------------------------ batches

    async def apply(self, groups: Sequence[Group]) -> None:
        """See `Driver.apply`."""
        batch = self._next_batch()
        steps = steps_of([*groups, self._mark(batch)])
        connection = await self._ready()
        try:
            async with asyncio.timeout(BATCH_SECONDS):
                if len(steps) == 1 and steps[0].is_one:
                    await self._run_together(connection, steps[0].groups)
                else:
                    await connection.execute("BEGIN")
                    for step in steps:
                        if step.is_one:
                            await self._run_together(connection, step.groups)
                        else:
                            await _run_alone(connection, step.groups[0])
                    await connection.execute("COMMIT")
        except (*ERRORS, DatabaseError) as error:
            if not await self._was_committed(connection, batch, error):
                raise DatabaseError(str(error) or type(error).__name__) from error
        self._acknowledged = batch

    async def apply_each(self, writes: Sequence[Write]) -> list[DatabaseError | None]:
        """See `Driver.apply_each`."""
        batch = self._next_batch()
        outcomes: list[DatabaseError | None] = []
        try:
            connection = await self._ready()
            try:
                async with asyncio.timeout(BATCH_SECONDS):
                    await connection.execute("BEGIN")
                    for write in writes:
                        outcomes.append(await _apply_one(connection, write))  # noqa: PERF401 - counted on failure
                    await _run_alone(connection, self._mark(batch))
                    await connection.execute("COMMIT")
            except (*ERRORS, DatabaseError) as error:
                if len(outcomes) < len(writes) or not await self._was_committed(connection, batch, error):
                    await self._roll_back(connection, error)
                    raise DatabaseError(str(error) or type(error).__name__) from error
        except DatabaseError as error:
            for write in writes:
                write.failed = True
            return [error] * len(writes)
        self._acknowledged = batch
        return outcomes

    def _next_batch(self) -> int:
        """A number that no other batch of this server has, not even one that failed: its fate may be asked for."""
        self._batch += 1
        return self._batch

    def _mark(self, batch: int) -> Group:
        return "UPDATE database_writer SET batch = $1 WHERE owner = $2", [(batch, self._owner)], 1

    async def _run_together(self, connection: Any, groups: Sequence[Group]) -> None:
        """Run the groups as one statement."""
        # In one order whatever order they came in, so that there are fewer statements to prepare.
        groups = sorted(groups, key=lambda group: (group[0], len(group[1]) > 1))
        parts = tuple([await self._part(connection, group) for group in groups])
        sent = [(sql, [encoded(one) for one in sets], rows) for sql, sets, rows in groups]
        await connection.fetch(combined(parts), *parameters_of(parts, sent))

    async def _part(self, connection: Any, group: Group) -> Part:
        sql, parameter_sets, rows = group
        types = await self._types_of(connection, sql) if len(parameter_sets) > 1 else None
        return Part(sql, types, rows is not None)

    async def _types_of(self, connection: Any, sql: str) -> tuple[str, ...]:
        """What PostgreSQL takes the parameters of a statement for."""
        types = self._types.get(sql)
        if types is None:
            prepared = await connection.prepare(sql)
            types = self._types[sql] = tuple(kind.name for kind in prepared.get_parameters())
            assert len(types) == shape_of(sql).parameters
        return types

    # ------------------------------------------------------------ connections

    async def _ready(self) -> Any:
        """The connection, made anew where it was lost."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._resumed()
        return self._connection

    async def _was_committed(self, connection: Any, batch: int, error: BaseException) -> bool:
        """After a failure: whether the batch was committed all the same. Raises `CommitInDoubt` where nobody knows."""
        if not is_lost(connection, error):
            await self._roll_back(connection, error)
            return False
        connection.terminate()
        log.warning("the connection to the database was lost", reason=str(error) or type(error).__name__)
        try:
            async with asyncio.timeout(FATE_SECONDS):
                return await self._fate(batch)
        except TimeoutError:
            raise CommitInDoubt("the database was lost during a commit, and cannot be asked") from error

    async def _fate(self, batch: int) -> bool:
        pause = PAUSE
        while True:
            try:
                self._connection = await self._resumed()
            except Replaced:
                raise
            except DatabaseError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return self._stored == batch

    async def _resumed(self) -> Any:
        """A new connection on which this server still has the database. Raises `Replaced`."""
        connection = await self._connect()
        try:
            owner, self._stored = await connection.fetchrow("SELECT owner, batch FROM database_writer")
        except ERRORS as error:
            connection.terminate()
            raise DatabaseError(str(error)) from error
        except BaseException:
            connection.terminate()
            raise
        if owner != self._owner or self._stored < self._acknowledged:
            connection.terminate()
            what = "another server has taken this database" if owner != self._owner else "this database was set back"
            raise Replaced(f"{what} while this one ran: restart it")
        return connection

    async def _connect(self) -> Any:
        connection = await connect(self._url, SETTINGS)
        try:
            await self._lock(connection)
        except ERRORS as error:
            connection.terminate()
            raise DatabaseError(str(error)) from error
        except BaseException:
            connection.terminate()
            raise
        self._pid = connection.get_server_pid()
        return connection

    async def _lock(self, connection: Any) -> None:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + LOCK_SECONDS, PAUSE
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            if loop.time() > deadline:
                raise DatabaseError("another Roomkeeper uses this database. Stop it, or choose another database")
            # Our own last connection may not have noticed yet that we have gone.
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND classid = $1 AND objid = $2 AND pid = $3",
                LOCK >> 32,
                LOCK & 0xFFFFFFFF,
                self._pid,
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _roll_back(self, connection: Any, error: BaseException) -> None:
        if is_lost(connection, error):
            connection.terminate()
        elif connection.is_in_transaction():
            try:
                await connection.execute("ROLLBACK")
            except ERRORS:
                connection.terminate()


async def _run_alone(connection: Any, group: Group) -> None:
    """Run one group, a statement for each parameter set."""
    sql, parameter_sets, rows = group
    touched = 0
    for parameters in parameter_sets:
        touched += await _execute(connection, sql, parameters)
    if rows is not None and touched != rows:
        raise UnexpectedRowCount(f"{touched} rows instead of {rows}: {sql}")


async def _apply_one(connection: Any, write: Write) -> DatabaseError | None:
    """One write, all or nothing. Raises only where the connection is lost."""
    if write.after is not None and write.after.failed:
        write.failed = True
        return DependencyFailed("the write that this one was built on failed")
    await connection.execute("SAVEPOINT one_write")
    try:
        for statement in write.statements:
            await _check_one(connection, statement)
    except (*ERRORS, DatabaseError) as error:
        if is_lost(connection, error):
            raise
        await connection.execute("ROLLBACK TO one_write; RELEASE one_write")
        write.failed = True
        return error if isinstance(error, DatabaseError) else DatabaseError(str(error))
    await connection.execute("RELEASE one_write")
    return None


async def _check_one(connection: Any, statement: Statement) -> None:
    touched = await _execute(connection, statement.sql, statement.parameters)
    if statement.rows is not None and touched != statement.rows:
        raise UnexpectedRowCount(f"{touched} rows instead of {statement.rows}: {statement.sql}")


async def _execute(connection: asyncpg.Connection, sql: str, parameters: Sequence[Any]) -> int:
    """Run one statement; how many rows it touched, which its tag tells (``UPDATE 1``, ``INSERT 0 1``)."""
    tag = str(await connection.execute(sql, *encoded(parameters)))
    count = tag.rpartition(" ")[2]
    return int(count) if count.isdecimal() else 0
