"""The values that the database layer takes: a statement, and a write made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from roomkeeper.platform.changes import Change

Row = tuple[Any, ...]


class Statement(NamedTuple):
    """One SQL statement with ``$1`` parameters.

    `rows` is how many rows it must touch (`None`: any number); anything else fails its write. An `append` statement
    only inserts rows that no other waiting statement reads or touches, so that those of a whole batch may run together.
    """

    sql: str
    parameters: Sequence[Any] = ()
    rows: int | None = None
    append: bool = False


class DatabaseError(Exception):
    """The database refused a statement, or the commit."""


class CommitInDoubt(DatabaseError):
    """The database was lost during a commit, and cannot be asked what became of it: it must not be repeated."""


class UnexpectedRowCount(DatabaseError):
    """A statement touched another number of rows than it was written for."""


class DependencyFailed(DatabaseError):
    """A write that this one was built on failed; nothing of this one was written."""


class Write:
    """Statements that become durable together or not at all, with the changes that they make visible.

    `after` is the write that this one was built on (the one before it in the same room): if that one fails, so does
    this. `position` is the highest position among its changes.
    """

    __slots__ = ("after", "changes", "failed", "future", "has_facts", "position", "statements")

    def __init__(self, statements: list[Statement] | None = None, *, after: Write | None = None) -> None:
        self.statements: list[Statement] = statements if statements is not None else []
        self.changes: list[Change] = []
        self.position = 0
        self.after = after
        self.failed = False
        self.has_facts = False
        self.future: asyncio.Future[None] | None = None

    def add(self, sql: str, *parameters: Any, rows: int | None = None, append: bool = False) -> None:
        """Append a statement; see `Statement`."""
        self.statements.append(Statement(sql, parameters, rows, append))

    def show(self, change: Change) -> None:
        """Make `change` visible to sync when this write is committed."""
        self.changes.append(change)
        self.position = max(self.position, change.position)
