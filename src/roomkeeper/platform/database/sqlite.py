"""The SQLite driver: write-ahead log, ``synchronous=FULL``.

Bounded reads and the statements of a write run inline, since they cost microseconds; only what waits for the disk, the
COMMIT, runs on a thread of its own. (A thread hop for every statement would make the event loop and that thread fight
for the interpreter lock: docs/adr/0003.)

The log is folded back into the file beside the writes, on another thread and connection: in a COMMIT it would hold
everybody up for as long as some thousand pages take. As soon as all of it is folded, the log begins anew; where writes
never pause, what is left is folded between two transactions, once it is long. What was folded by then is on the disk
already: SQLite syncs the file when all is folded, and everybody would wait for what has gathered since the last time.
"""

from __future__ import annotations

import asyncio
import os
import queue
import re
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from roomkeeper.platform.database.models import (
    DatabaseError,
    DependencyFailed,
    Row,
    UnexpectedRowCount,
    Write,
)
from roomkeeper.platform.logs import get_logger

log = get_logger(area="database")

Result = TypeVar("Result")

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=60000",
    "PRAGMA recursive_triggers=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32768",
    "PRAGMA busy_timeout=10000",
)
SNAPSHOTS = 4
"""How many snapshots may be read at once; more wait."""
GLANCES = 1
INTERRUPT_S = 0.05
"""Seconds after which a query that nobody waits for is interrupted again."""
FOLD_ROWS = 5_000
"""Rows that are written until the log is folded: some ten megabytes of it."""
FOLDING_NICENESS = 5
"""Folding copies thousands of pages: whoever sends meanwhile goes first, and it has a fourth of a core at least."""
LONG_LOG = 35_000
"""Pages of a log that is to begin anew at last, though it costs others some milliseconds."""
FEW_PAGES = 100
"""So many may be left then."""
FOLDS = 5
"""Where writes are faster than the disk after so many, it is tried again later, and in the end a COMMIT folds them."""


@lru_cache(maxsize=4096)
def translate(sql: str) -> str:
    """``$1`` to ``?1``: sqlite3 would take ``$1`` for a name, and bind silently wrong."""
    return re.sub(r"\$(\d+)", r"?\1", sql)


class Connection:
    """One connection that answers queries inline."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        mode = "ro" if read_only else "rwc"
        try:
            self.raw = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
            )
            for pragma in PRAGMAS[4:] if read_only else PRAGMAS:
                self.raw.execute(pragma)
        except sqlite3.Error as error:
            raise DatabaseError(f"cannot open the database {path}: {error}") from error

    async def query(self, sql: str, *parameters: Any) -> list[Row]:
        """See `Reader.query`."""
        return self.raw.execute(translate(sql), parameters).fetchall()

    async def query_one(self, sql: str, *parameters: Any) -> Row | None:
        """See `Reader.query_one`."""
        return self.raw.execute(translate(sql), parameters).fetchone()  # type: ignore[no-any-return]


class SQLiteDriver:
    """One SQLite file, written by this process alone."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._snapshots: asyncio.Queue[Connection] = asyncio.Queue()
        self._glances: asyncio.Queue[Connection] = asyncio.Queue()
        self._thread = CallThread("commit")
        self._folding_thread = CallThread("folding", FOLDING_NICENESS)
        self._rows = 0
        self._folding: asyncio.Task[None] | None = None
        self._is_nearly_folded = False

    async def open(self, *, read_only: bool = False) -> None:  # noqa: ARG002 - a second writer waits its turn
        """Open one connection for writing, one for reading, and those for snapshots."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = Connection(self._path, read_only=False)
        self._folder = Connection(self._path, read_only=False)
        self._file = os.open(self._path, os.O_RDONLY)
        self._reader = Connection(self._path, read_only=True)
        for _ in range(SNAPSHOTS):
            self._snapshots.put_nowait(Connection(self._path, read_only=True))
        for _ in range(GLANCES):
            self._glances.put_nowait(Connection(self._path, read_only=True))
        self._thread.start()
        self._folding_thread.start()

    async def close(self) -> None:
        """Close every connection; the last one folds the log back into the file."""
        if self._folding is not None:
            await asyncio.wait([self._folding])
        await self._folding_thread.stop()
        await self._thread.stop()
        for connections in (self._snapshots, self._glances):
            while not connections.empty():
                connections.get_nowait().raw.close()
        self._reader.raw.close()
        self._folder.raw.close()
        self._writer.raw.close()
        os.close(self._file)  # last of all: closing any descriptor of a file takes SQLite's locks of it away

    async def query(self, sql: str, *parameters: Any) -> list[Row]:
        """See `Reader.query`."""
        return self._reader.raw.execute(translate(sql), parameters).fetchall()

    async def query_one(self, sql: str, *parameters: Any) -> Row | None:
        """See `Reader.query_one`."""
        return self._reader.raw.execute(translate(sql), parameters).fetchone()  # type: ignore[no-any-return]

    async def query_long(self, sql: str, *parameters: Any) -> list[Row]:
        """See `Driver.query_long`."""
        connection = await self._snapshots.get()
        reading = asyncio.ensure_future(
            asyncio.to_thread(lambda: connection.raw.execute(translate(sql), parameters).fetchall())
        )
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            # Nobody waits for the rows any more: the thread must be through with the connection before others get it.
            while not reading.done():
                # One that the thread has not begun yet cannot be interrupted: it is once it has.
                connection.raw.interrupt()
                await asyncio.wait([reading], timeout=INTERRUPT_S)
            raise
        finally:
            if reading.done() and not reading.cancelled():
                reading.exception()
            self._snapshots.put_nowait(connection)

    def snapshot(self) -> AbstractAsyncContextManager[Connection]:
        """See `Driver.snapshot`."""
        return _moment(self._snapshots)

    def glance(self) -> AbstractAsyncContextManager[Connection]:
        """See `Driver.glance`."""
        return _moment(self._glances)

    async def apply(self, groups: Sequence[tuple[str, Sequence[Sequence[Any]], int | None]]) -> None:
        """See `Driver.apply`."""
        connection = self._writer.raw
        await self._finish_folding()
        try:
            connection.execute("BEGIN IMMEDIATE")
            for sql, parameter_sets, rows in groups:
                self._rows += len(parameter_sets)
                if len(parameter_sets) == 1:
                    cursor = connection.execute(translate(sql), parameter_sets[0])
                else:
                    cursor = connection.executemany(translate(sql), parameter_sets)
                if rows is not None and cursor.rowcount != rows:
                    raise UnexpectedRowCount(f"{cursor.rowcount} rows instead of {rows}: {sql}")
            await self._thread.run(connection.commit)
        except (sqlite3.Error, OverflowError, DatabaseError) as error:
            self._roll_back()
            raise DatabaseError(str(error)) from error
        if self._rows >= FOLD_ROWS and self._folding is None:
            self._rows = 0
            self._folding = asyncio.create_task(self._fold(), name="folding the log")

    async def apply_each(self, writes: Sequence[Write]) -> list[DatabaseError | None]:
        """See `Driver.apply_each`."""
        connection = self._writer.raw
        try:
            connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._apply_one(connection, write) for write in writes]
            await self._thread.run(connection.commit)
        except sqlite3.Error as error:
            self._roll_back()
            for write in writes:
                write.failed = True
            return [DatabaseError(str(error))] * len(writes)
        return outcomes

    def _apply_one(self, connection: sqlite3.Connection, write: Write) -> DatabaseError | None:
        if write.after is not None and write.after.failed:
            write.failed = True
            return DependencyFailed("the write that this one was built on failed")
        connection.execute("SAVEPOINT one_write")
        try:
            for statement in write.statements:
                cursor = connection.execute(translate(statement.sql), statement.parameters)
                if statement.rows is not None and cursor.rowcount != statement.rows:
                    raise UnexpectedRowCount(f"{cursor.rowcount} rows instead of {statement.rows}: {statement.sql}")
        except (sqlite3.Error, OverflowError, DatabaseError) as error:
            connection.execute("ROLLBACK TO one_write")
            connection.execute("RELEASE one_write")
            write.failed = True
            return error if isinstance(error, DatabaseError) else DatabaseError(str(error))
        connection.execute("RELEASE one_write")
        return None

    async def _fold(self) -> None:
        """Fold the log while writes go on, until so little is left that they can wait for it."""
        try:
            for _ in range(FOLDS):
                pages, left = await self._folding_thread.run(self._fold_some)
                self._is_nearly_folded = pages >= LONG_LOG and left <= FEW_PAGES
                if pages < LONG_LOG or left <= FEW_PAGES:
                    return
        except (sqlite3.Error, OSError) as error:
            log.warning("the database's log could not be folded; it is tried again later", reason=str(error))
        finally:
            self._folding = None

    def _fold_some(self) -> tuple[int, int]:
        """Fold what is in the log now; how many pages it has, and how many of them are not folded."""
        _, pages, folded = self._folder.raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if pages >= LONG_LOG:
            os.fsync(self._file)
        return int(pages), int(pages) - int(folded)

    async def _finish_folding(self) -> None:
        """Between two transactions: what the next one writes stands at the beginning of the log."""
        if self._is_nearly_folded and self._folding is None:
            self._is_nearly_folded = False
            with suppress(sqlite3.Error, OSError):
                await self._thread.run(self._fold_some)

    def _roll_back(self) -> None:
        if self._writer.raw.in_transaction:
            self._writer.raw.rollback()


class CallThread:
    """A thread that runs one blocking call after the other, each started and awaited from the event loop.

    `niceness`: how much it lets the other threads go first where all of them have one core (on Linux; 0 to 19).
    """

    def __init__(self, name: str, niceness: int = 0) -> None:
        self._niceness = niceness
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; its calls answer on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def run(self, call: Callable[[], Result]) -> Result:
        """Run `call` on the thread and wait for what it answers."""
        future: asyncio.Future[Result] = self._loop.create_future()
        self._calls.put((call, future))
        # A cancelled waiter must not leave the connection in use on two threads.
        return await asyncio.shield(future)

    async def stop(self) -> None:
        """End the thread when what was asked of it is done."""
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        if self._niceness and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._niceness)
        while (item := self._calls.get()) is not None:
            call, future = item
            try:
                answer = call()
            except BaseException as error:  # noqa: BLE001 - handed to the waiter, whatever it is
                self._loop.call_soon_threadsafe(_fail, future, error)
            else:
                self._loop.call_soon_threadsafe(_succeed, future, answer)


def _succeed(future: asyncio.Future[Any], answer: Any) -> None:
    if not future.done():
        future.set_result(answer)


def _fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


@asynccontextmanager
async def _moment(connections: asyncio.Queue[Connection]) -> AsyncIterator[Connection]:
    """One of the connections, in a transaction."""
    connection = await connections.get()
    try:
        connection.raw.execute("BEGIN")
        yield connection
    finally:
        connection.raw.execute("COMMIT")
        connections.put_nowait(connection)
