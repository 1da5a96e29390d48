"""The full-text index of entries: SQLite's FTS5 or PostgreSQL's tsvector, with our own tokens; see `core.search`."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Protocol

from roomkeeper.core.search.models import Clause, Query
from roomkeeper.core.search.segmentation import START_LENGTHS, starts
from roomkeeper.platform.database import Driver, Reader, Write

MOST_PLACES: Final = 16_383
"""The last place in a text that PostgreSQL tells apart."""
BUCKET: Final = 14
MOST_BUCKETS: Final = 64
SCAN: Final = 4_000
GROWTH: Final = 16


class Words(NamedTuple):
    """What is indexed of an entry: tokens, joined by spaces."""

    number: int
    record_id: str
    words: str


def move(write: Write, before: int, after: int, segmentation: int, removals: int) -> None:
    """The indexer has come so far; fails where it was elsewhere, or entries were erased meanwhile."""
    write.add(
        "UPDATE record_progress SET indexed = $2, segmentation = $3 WHERE id = 1 AND indexed = $1 AND removals = $4",
        before,
        after,
        segmentation,
        removals,
        rows=1,
    )


async def newest(reader: Reader) -> int:
    """The highest number that is in the index."""
    row = await reader.query_one("SELECT COALESCE(max(number), 0) FROM record_words")
    return 0 if row is None else int(row[0])


def remove_between(write: Write, after: int, upto: int) -> None:
    """Take out what is indexed of these entries."""
    write.add("DELETE FROM record_words WHERE number > $1 AND number <= $2", after, upto)


class Index(Protocol):
    """The index of one database."""

    def add(self, write: Write, words: Words, *, append: bool) -> None:
        """Index an entry that is not. `append`: nothing else in the write is about it."""

    async def find(self, driver: Driver, query: Query, record_id: str | None, before: int, limit: int) -> list[int]:
        """The numbers of the newest entries before a number that match, the newest first: of one record, or of all."""


def index_for(dialect: str) -> Index:
    """The index of a database: "sqlite" or "postgresql"."""
    return PostgreSQLIndex() if dialect == "postgresql" else SQLiteIndex()


class SQLiteIndex:
    """FTS5 without content, filled by triggers."""

    def add(self, write: Write, words: Words, *, append: bool) -> None:
        """See `Index.add`."""
        sql = "INSERT INTO record_words (number, record_id, words) VALUES ($1, $2, $3)"
        write.add(sql, *words, rows=1, append=append)

    async def find(self, driver: Driver, query: Query, record_id: str | None, before: int, limit: int) -> list[int]:
        """See `Index.find`: the index goes from the newest row on, and stops after `limit`."""
        wanted = f"words : ({' AND '.join(_fts5(clause) for clause in query)})"
        if record_id is not None:
            wanted += f" AND scope : r{record_id.encode().hex()}"
        rows = await driver.query_long(
            "SELECT rowid FROM record_index WHERE record_index MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3",
            wanted,
            before,
            limit,
        )
        return [row[0] for row in rows]


def _fts5(clause: Clause) -> str:
    return f'"{" ".join(clause.tokens)}"' + (" *" if clause.is_prefix else "")


class PostgreSQLIndex:
    """A tsvector with our tokens and their places; without places the record, and in which bucket of numbers it is.

    The newest rows are looked through without the index, then it is asked for windows before them that grow.
    """

    def add(self, write: Write, words: Words, *, append: bool) -> None:
        """See `Index.add`."""
        sql = "INSERT INTO record_words (number, record_id, vector) VALUES ($1, $2, $3::text::tsvector)"
        write.add(sql, words.number, words.record_id, _vector(words), rows=1, append=append)

    async def find(self, driver: Driver, query: Query, record_id: str | None, before: int, limit: int) -> list[int]:
        """See `Index.find`."""
        end = min(before, await newest(driver) + 1)
        start = max(end - SCAN, 0)
        found = await self._scan(driver, query, record_id, start, end, limit)
        size = SCAN
        while start > 0 and len(found) < limit:
            size *= GROWTH
            end, start = start, max(start - size, 0)
            found += await self._window(driver, query, record_id, start, end, limit - len(found))
        return found

    async def _scan(
        self, driver: Driver, query: Query, record_id: str | None, start: int, end: int, limit: int
    ) -> list[int]:
        rows = await driver.query_long(
            "SELECT w.number FROM (SELECT number, vector FROM record_words WHERE number >= $2 AND number < $3"
            " ORDER BY number DESC LIMIT $5) w WHERE w.vector @@ $1::text::tsquery ORDER BY w.number DESC LIMIT $4",
            _tsquery(query, record_id, None),
            start,
            end,
            limit,
            SCAN,
        )
        return [row[0] for row in rows]

    async def _window(
        self, driver: Driver, query: Query, record_id: str | None, start: int, end: int, limit: int
    ) -> list[int]:
        """ "+ 0" keeps the primary key out of it, which would be read to its end where few match."""
        rows = await driver.query_long(
            "SELECT number FROM record_words WHERE vector @@ $1::text::tsquery AND number + 0 >= $2"
            " AND number + 0 < $3 ORDER BY number + 0 DESC LIMIT $4",
            _tsquery(query, record_id, range(start >> BUCKET, (end - 1 >> BUCKET) + 1)),
            start,
            end,
            limit,
        )
        return [row[0] for row in rows]


def _record(record_id: str) -> str:
    return f"'#r{blake2b(record_id.encode(), digest_size=8).hexdigest()}'"


def _vector(words: Words) -> str:
    """The text form of a tsvector. No token has a ``/`` or ``#``."""
    tokens = words.words.split()
    parts = [f"'{token}':{min(place, MOST_PLACES)}" for place, token in enumerate(tokens, 1)]
    parts += [f"'/{start}'" for start in starts(tokens)]
    parts += [_record(words.record_id), f"'#b{words.number >> BUCKET:x}'"]
    return " ".join(parts)


def _tsquery(query: Query, record_id: str | None, buckets: Sequence[int] | None) -> str:
    parts: list[Any] = [_one_after_the_other(clause) for clause in query]
    if record_id is not None:
        parts.append(_record(record_id))
    if buckets is not None and len(buckets) <= MOST_BUCKETS:
        parts.append(" | ".join(f"'#b{bucket:x}'" for bucket in buckets))
    return " & ".join(f"({part})" for part in parts)


def _one_after_the_other(clause: Clause) -> str:
    *first, last = clause.tokens
    if clause.is_prefix and not first and len(last) in START_LENGTHS:
        return f"'/{last}'"
    return " <-> ".join([*(f"'{token}'" for token in first), f"'{last}'" + (":*" if clause.is_prefix else "")])
