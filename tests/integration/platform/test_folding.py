"""SQLite's log is folded back into the file while writes go on, and begins anew: it does not grow with them."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from roomkeeper.platform.database import SQLiteDriver, sqlite

ROW = "INSERT INTO things (number, text) VALUES ($1, $2)"
EVERY = 20


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "FOLD_ROWS", EVERY)
    monkeypatch.setattr(sqlite, "LONG_LOG", EVERY)


async def opened(path: Path) -> SQLiteDriver:
    """A database with a table."""
    driver = SQLiteDriver(path)
    await driver.open()
    await driver.apply([("CREATE TABLE things (number INTEGER PRIMARY KEY, text TEXT)", [()], None)])
    return driver


async def write(driver: SQLiteDriver, first: int, count: int) -> None:
    """Transactions that take a page each at least; wait until the log is folded where that is under way."""
    for number in range(first, first + count):
        await driver.apply([(ROW, [(number, "x" * 3500)], 1)])
    folding = [task for task in asyncio.all_tasks() if task.get_name() == "folding the log"]
    await asyncio.gather(*folding)


def size(path: Path) -> int:
    """The bytes of the log."""
    return path.with_name(f"{path.name}-wal").stat().st_size


def check(path: Path, rows: int) -> None:
    """All is there, and whole."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM things").fetchone() == (rows,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_what_is_folded_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "folded.db"
    driver = await opened(path)
    await write(driver, 0, EVERY)
    before = size(path)
    for round_ in range(1, 6):
        await write(driver, round_ * EVERY, EVERY)
    assert size(path) < 3 * before
    await driver.close()
    check(path, 6 * EVERY)


async def test_what_could_not_be_folded_beside_the_writes_is_folded_between_two(tmp_path: Path) -> None:
    path = tmp_path / "read.db"
    driver = await opened(path)
    async with driver.snapshot() as reader:
        assert await reader.query("SELECT count(*) FROM things") == [(0,)]
        await write(driver, 0, EVERY)
        assert await reader.query("SELECT count(*) FROM things") == [(0,)], "it sees what it saw"
    before = size(path)
    await write(driver, EVERY, EVERY // 4)
    assert size(path) == before
    await driver.close()
    check(path, EVERY + EVERY // 4)


async def test_a_disk_that_refuses_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be synced is folded later; writes go on."""
    path = tmp_path / "refused.db"
    driver = await opened(path)

    def refuse(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", refuse)
        for round_ in range(3):
            await write(driver, round_ * EVERY, EVERY)
    before = size(path)
    for round_ in range(3, 6):
        await write(driver, round_ * EVERY, EVERY)
    assert size(path) < 2 * before
    await driver.close()
    check(path, 6 * EVERY)
