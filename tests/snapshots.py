"""A watch over every test: whoever holds one of the few snapshots must not wait for another (see `Driver.snapshot`)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from roomkeeper.platform.database import Driver, Reader, Row

_holds: ContextVar[str] = ContextVar("holds", default="")


def watch(driver: Driver) -> None:
    """Let this driver refuse what would be a deadlock if many did it at once."""
    snapshot, glance, query_long = driver.snapshot, driver.glance, driver.query_long

    def check(what: str) -> None:
        assert not _holds.get(), f"{what} inside of a {_holds.get()}: with many at once, all would wait for ever"

    @asynccontextmanager
    async def watched_snapshot() -> AsyncIterator[Reader]:
        check("snapshot")
        async with snapshot() as reader:
            token = _holds.set("snapshot")
            try:
                yield reader
            finally:
                _holds.reset(token)

    @asynccontextmanager
    async def watched_glance() -> AsyncIterator[Reader]:
        assert _holds.get() != "glance", "a glance inside of a glance"
        async with glance() as reader:
            token = _holds.set("glance")
            try:
                yield reader
            finally:
                _holds.reset(token)

    async def watched_query_long(sql: str, *parameters: Any) -> list[Row]:
        check("query_long")
        return await query_long(sql, *parameters)

    driver.snapshot = watched_snapshot  # type: ignore[method-assign]
    driver.glance = watched_glance  # type: ignore[method-assign]
    driver.query_long = watched_query_long  # type: ignore[method-assign]
