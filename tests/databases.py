"""Which database the servers of the tests run on: SQLite, or PostgreSQL where ``ROOMKEEPER_TEST_DATABASE`` says so.

Each data directory gets a database of its own, copied from a template that has the schema already: migrations are run
where they are what is tested. On PostgreSQL it is dropped at the end of the test.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg

from roomkeeper.app import build
from roomkeeper.platform import schema
from roomkeeper.platform.database import Row, is_postgresql
from roomkeeper.platform.database.postgresql_connection import connect, decoded, encoded
from roomkeeper.platform.database.sqlite import translate
from roomkeeper.platform.settings import SettingsSource
from tests.postgresql import Cluster

CHOSEN = os.environ.pop("ROOMKEEPER_TEST_DATABASE", "") or "sqlite"
"""Taken out of the environment, where the server would stop at a setting that it does not know."""
ON_POSTGRESQL = CHOSEN == "postgresql"
TEMPLATE = "roomkeeper_template"
KEPT_USED = 40
"""Databases of tests that are over, of some megabytes each, before they are dropped together."""
SQLITE_FILE = "roomkeeper.db"

Value = TypeVar("Value")


class Databases:
    """The databases that exist now, by data directory."""

    def __init__(self) -> None:
        self._cluster: Cluster | None = None
        self._made = 0
        self._worker = ThreadPoolExecutor(1)
        self._spare: Future[str] | None = None
        self._created: list[str] = []
        self._used: list[str] = []
        self._urls: dict[str, str] = {}
        self._behind: dict[str, str] = {}
        self._template: Path | None = None

    @property
    def cluster(self) -> Cluster:
        """The PostgreSQL server of this run, started when it is first needed."""
        if self._cluster is None:
            self._cluster = Cluster().create().start()
            in_thread(_execute(self._cluster.url(), f"CREATE DATABASE {TEMPLATE}"))
            in_thread(_upgrade(self._cluster.url(TEMPLATE)))
        return self._cluster

    async def create(self, template: str = TEMPLATE) -> str:
        """A new database; its name. The next one is made meanwhile."""
        cluster = self.cluster
        if template == TEMPLATE:
            making = self._spare or self._worker.submit(self._make, cluster, template)
            self._spare = self._worker.submit(self._make, cluster, template)
        else:
            making = self._worker.submit(self._make, cluster, template)
        name = await asyncio.wrap_future(making)
        self._created.append(name)
        return name

    def _make(self, cluster: Cluster, template: str) -> str:
        self._made += 1
        name = f"test{self._made}"
        asyncio.run(_execute(cluster.url(), f"CREATE DATABASE {name} TEMPLATE {template}"))
        return name

    async def environment(self, data_dir: Path, *, whole: bool = True) -> dict[str, str]:
        """The environment of a server on that data directory; `whole`: one with the tables of capabilities, too."""
        key = str(data_dir)
        if not ON_POSTGRESQL:
            if whole and key not in self._urls:
                self._copy_template(data_dir)
            return {}
        if key not in self._urls:
            self._urls[key] = self.cluster.url(await self.create())
        return {"ROOMKEEPER_DATABASE_URL": self._urls[key]}

    def _copy_template(self, data_dir: Path) -> None:
        """Give a data directory that is not there yet a database file."""
        if data_dir.exists() or not data_dir.parent.is_dir():
            return
        if self._template is None:
            self._template = Path(tempfile.mkdtemp(prefix="roomkeeper-template-")) / SQLITE_FILE
            in_thread(_upgrade(f"sqlite:///{self._template}"))
        data_dir.mkdir(mode=0o700)
        shutil.copyfile(self._template, data_dir / SQLITE_FILE)

    async def empty(self, data_dir: Path) -> None:
        """Let the server of a data directory have a database without tables, or none yet."""
        file = f"sqlite:///{data_dir / SQLITE_FILE}"
        self._urls[str(data_dir)] = self.cluster.url(await self.create("template1")) if ON_POSTGRESQL else file

    def remember(self, data_dir: Path, url: str, *, behind: str = "") -> None:
        """Note that the server of a data directory has its database there; what is `behind` a proxy is for checks."""
        self._urls[str(data_dir)] = url
        if behind:
            self._behind[url] = behind

    def url_of(self, data_dir: Path) -> str:
        """The database of a data directory."""
        url = self._urls.get(str(data_dir), f"sqlite:///{data_dir / SQLITE_FILE}")
        return self._behind.get(url, url)

    async def drop_all(self) -> None:
        """Drop what this test has made, some time: the first of some costs a checkpoint, the others next to nothing."""
        self._used += self._created
        self._created, self._urls = [], {}
        if len(self._used) >= KEPT_USED:
            names, self._used = self._used, []
            self._worker.submit(self._drop, self.cluster, names)

    def _drop(self, cluster: Cluster, names: Sequence[str]) -> None:
        for name in names:
            asyncio.run(_execute(cluster.url(), f"DROP DATABASE {name} WITH (FORCE)"))

    def close(self) -> None:
        """Stop the server, if one runs."""
        self._worker.shutdown()
        if self._cluster is not None:
            self._cluster.remove()
            self._cluster = None
        if self._template is not None:
            shutil.rmtree(self._template.parent)
            self._template = None


databases = Databases()


def in_thread(work: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine from a plain function, whether an event loop runs here or not."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _upgrade(url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"ROOMKEEPER_SERVER_NAME": "example.org", "ROOMKEEPER_DATA_DIR": folder}
        packages = build(SettingsSource({}, environment)).packages
    await asyncio.to_thread(schema.upgrade, url, packages)


class Rows(Protocol):
    """Plain reading from either database, from a plain function."""

    tables: set[str]
    dialect: str

    def rows(self, sql: str, *parameters: Any) -> list[Row]:
        """The rows of a query with ``$1`` parameters."""

    def columns(self, table: str) -> set[str]:
        """The names of a table's columns."""


@contextmanager
def opened(url: str) -> Iterator[Rows]:
    """What a database has at one moment."""
    rows = PostgreSQLRows(url) if is_postgresql(url) else SQLiteRows(schema.sqlite_path(url))
    try:
        yield rows
    finally:
        rows.close()


def executed(url: str, sql: str) -> None:
    """Change a database that no server runs on."""
    if is_postgresql(url):
        in_thread(_execute(url, sql))
        return
    with closing(sqlite3.connect(schema.sqlite_path(url))) as database, database:
        database.execute(sql)


class SQLiteRows:
    """One transaction on a connection of its own."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.execute("BEGIN")
        self.tables = {str(row[0]) for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def rows(self, sql: str, *parameters: Any) -> list[Row]:
        """See `Rows`."""
        return self._connection.execute(translate(sql), parameters).fetchall()

    def columns(self, table: str) -> set[str]:
        """See `Rows`."""
        return {str(row[1]) for row in self.rows(f"PRAGMA table_info({table})")}

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()


class PostgreSQLRows:
    """One transaction on a connection of its own, on a thread of its own."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._executor = ThreadPoolExecutor(1)
        self._runner = asyncio.Runner()
        self._connection = self._run(connect(url, {}))
        self._run(self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        sql = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        self._columns = [(str(row[0]), str(row[1])) for row in self.rows(sql)]
        self.tables = {table for table, _ in self._columns}

    def _run(self, work: Coroutine[Any, Any, Value]) -> Value:
        return self._executor.submit(self._runner.run, work).result()

    def rows(self, sql: str, *parameters: Any) -> list[Row]:
        """See `Rows`."""
        return [decoded(record) for record in self._run(self._connection.fetch(sql, *encoded(parameters)))]

    def columns(self, table: str) -> set[str]:
        """See `Rows`."""
        return {column for named, column in self._columns if named == table}

    def close(self) -> None:
        """Let go of it."""
        self._run(self._connection.close())
        self._executor.submit(self._runner.close).result()
        self._executor.shutdown()
