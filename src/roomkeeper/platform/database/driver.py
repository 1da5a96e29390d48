"""What a database driver must do. SQL is written once, with ``$1`` parameters; a driver translates where it must."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from roomkeeper.platform.database.models import DatabaseError, Row, Write


class Reader(Protocol):
    """Something that answers queries."""

    async def query(self, sql: str, *parameters: Any) -> list[Row]:
        """All rows. Only for queries whose result is bounded by their text or their parameters."""

    async def query_one(self, sql: str, *parameters: Any) -> Row | None:
        """The first row, or `None`."""


class Driver(Reader, Protocol):
    """One database: reads see what is committed; there is one writing transaction at a time."""

    dialect: str
    """Which SQL it speaks, for the few statements that cannot be the same for all: ``sqlite`` or ``postgresql``."""

    async def open(self, *, read_only: bool = False) -> None:
        """Connect; `read_only` leaves the database to the server that may be running on it.

        `DatabaseError` with a plain reason where that cannot be done.
        """

    async def close(self) -> None:
        """Finish what runs and disconnect."""

    def snapshot(self) -> AbstractAsyncContextManager[Reader]:
        """A reader that sees the database as it was at its first query, however long it reads.

        There are few of them: whoever has one must not wait for another, nor for `query_long`, or everybody would.
        """

    def glance(self) -> AbstractAsyncContextManager[Reader]:
        """A snapshot for a few quick queries, which may be taken inside of another; inside it, only these may be."""

    async def query_long(self, sql: str, *parameters: Any) -> list[Row]:
        """Like `query`, for one that may take long: it holds nobody else up. Not inside of a snapshot."""

    async def apply(self, groups: Sequence[tuple[str, Sequence[Sequence[Any]], int | None]]) -> None:
        """Run the groups (SQL, parameter sets, rows expected in total) in one durable transaction, or none of them.

        `CommitInDoubt` where it is not known which: then nothing may be repeated.
        """

    async def apply_each(self, writes: Sequence[Write]) -> list[DatabaseError | None]:
        """Run each write's statements in order, each write all or nothing, in one durable transaction.

        A write that fails is marked `failed`, and so is one whose `after` has failed: that one is not run at all
        (`DependencyFailed`). Where the commit itself fails, all have.
        """
