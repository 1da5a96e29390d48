"""The full-text index of entries: SQLite's FTS5 or PostgreSQL's tsvector, with our own tokens; see `core.search`."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Protocol

from roomkeeper.capabilities.records.store.queries import Conditions, RecordsQuery
from roomkeeper.core.search.models import Clause, Query
from roomkeeper.core.search.segmentation import START_LENGTHS, starts
from roomkeeper.platform.database import Driver, Reader, Write


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


class Scope(NamedTuple):
    """Where to look: in some `records` alone, where that is not `None`; else in those that a query `lets` through."""

    records: Sequence[str] | None
    lets: RecordsQuery


class Windows(Protocol):
    """One search. The newest entries stand at the highest numbers, so it is asked window after window, downwards."""

    async def find(self, start: int, end: int, limit: int) -> list[int]:
        """The entries that match from a number on and before another: the highest numbers, in falling order."""


class Index(Protocol):
    """The index of one database."""

    def add(self, write: Write, words: Words, *, append: bool) -> None:
        """Index an entry that is not. `append`: nothing else in the write is about it."""

    async def search(self, driver: Driver, query: Query, scope: Scope) -> Windows:
        """Begin a search."""


def index_for(dialect: str) -> Index:
    """The index of a database: "sqlite" or "postgresql"."""
    return PostgreSQLIndex() if dialect == "postgresql" else SQLiteIndex()


# ---------------------------------------------------------------- FTS5

MOST_FORMS: Final = 100
"""Words with one beginning that are looked for each by itself."""
LONGEST_START: Final = max(START_LENGTHS)


class SQLiteIndex:
    """FTS5 without content, filled by triggers."""

    def add(self, write: Write, words: Words, *, append: bool) -> None:
        """See `Index.add`."""
        sql = "INSERT INTO record_words (number, record_id, words) VALUES ($1, $2, $3)"
        write.add(sql, *words, rows=1, append=append)

    async def search(self, driver: Driver, query: Query, scope: Scope) -> Windows:
        """See `Index.search`.

        For the beginning of a word FTS5 would read all that is indexed of all words that begin so, before it answers.
        Its first letters are indexed by themselves; a longer one is replaced by the words that there are. Where these
        are very many, what begins with its first letters is looked at one by one.
        """
        parts, beginnings = [], []
        for clause in query:
            start = clause.tokens[-1]
            if not clause.is_prefix or len(start) <= LONGEST_START:
                parts.append(_fts5(clause))
                continue
            forms = await _words_with(driver, start)
            if len(forms) > MOST_FORMS:
                parts.append(f'"{start[:LONGEST_START]}" *')
                beginnings.append(start)
            elif forms:
                any_of = " OR ".join(f'"{form}"' for form in forms)
                parts.append(f"({any_of})")
            else:
                return _Nothing()
        wanted = f"words : ({' AND '.join(parts)})"
        if scope.records is not None:
            wanted += f" AND scope : ({' OR '.join(f'r{each.encode().hex()}' for each in scope.records)})"
        return _SQLiteWindows(driver, wanted, scope, beginnings)


async def _words_with(driver: Driver, start: str) -> list[str]:
    """The words in the index that begin so, in order; one more than `MOST_FORMS` at most.

    Each is found by leaping behind the one before it: a word is not read to its end, however often it occurs.
    """
    rows = await driver.query_long(
        "WITH RECURSIVE forms (form) AS ("
        "SELECT (SELECT term FROM record_terms WHERE term >= $1 LIMIT 1) UNION ALL"
        " SELECT (SELECT term FROM record_terms WHERE term >= forms.form || char(1) LIMIT 1) FROM forms"
        " WHERE substr(forms.form, 1, length($1)) = $1 LIMIT $2)"
        " SELECT form FROM forms WHERE substr(form, 1, length($1)) = $1",
        start,
        MOST_FORMS + 1,
    )
    return [row[0] for row in rows]


class _Nothing:
    async def find(self, _start: int, _end: int, _limit: int) -> list[int]:
        return []


class _SQLiteWindows:
    """The index goes from the end of a window on, and stops where enough is found."""

    def __init__(self, driver: Driver, wanted: str, scope: Scope, beginnings: Sequence[str]) -> None:
        self._driver = driver
        given = Conditions(wanted)
        tables = "record_index"
        is_narrowed = scope.records is None and not scope.lets.is_open
        if is_narrowed or beginnings:
            tables += " CROSS JOIN record_words w ON w.number = record_index.rowid"
        for start in beginnings:
            given.parts.append(f"instr(' ' || w.words, {given.place(f' {start}')}) > 0")
        if is_narrowed:
            tables += " CROSS JOIN records r ON r.record_id = w.record_id"
            given.let_through(scope.lets)
        self._given = given.parameters
        at = len(self._given)
        self._sql = (
            f"SELECT record_index.rowid FROM {tables} WHERE record_index MATCH $1 AND record_index.rowid >= ${at + 1}"
            f" AND record_index.rowid < ${at + 2} AND {given.where} ORDER BY record_index.rowid DESC LIMIT ${at + 3}"
        )

    async def find(self, start: int, end: int, limit: int) -> list[int]:
        """See `Windows.find`."""
        return [row[0] for row in await self._driver.query_long(self._sql, *self._given, start, end, limit)]


def _fts5(clause: Clause) -> str:
    return f'"{" ".join(clause.tokens)}"' + (" *" if clause.is_prefix else "")


# ---------------------------------------------------------------- tsvector

MOST_PLACES: Final = 16_383
"""The last place in a text that PostgreSQL tells apart."""
BUCKET: Final = 14
"""Bits of a number within one bucket: the vector has the bucket, so that the index finds windows of numbers."""
MOST_BUCKETS: Final = 64
SCAN: Final = 4_000
"""Numbers of a window that is read without the index."""


class PostgreSQLIndex:
    """A tsvector with our tokens and their places; without places the record, and in which bucket of numbers it is."""

    def add(self, write: Write, words: Words, *, append: bool) -> None:
        """See `Index.add`."""
        sql = "INSERT INTO record_words (number, record_id, vector) VALUES ($1, $2, $3::text::tsvector)"
        write.add(sql, words.number, words.record_id, _vector(words), rows=1, append=append)

    async def search(self, driver: Driver, query: Query, scope: Scope) -> Windows:
        """See `Index.search`."""
        return _PostgreSQLWindows(driver, query, scope)


class _PostgreSQLWindows:
    """The index knows no order: small windows are read without it; of larger ones it is asked for the buckets, too."""

    def __init__(self, driver: Driver, query: Query, scope: Scope) -> None:
        self._driver, self._query, self._scope = driver, query, scope

    async def find(self, start: int, end: int, limit: int) -> list[int]:
        """See `Windows.find`.

        "+ 0" keeps the primary key out of it, which would be read to its end where few match; without the index, LIMIT
        keeps the index out.
        """
        is_small = end - start <= SCAN
        buckets = None if is_small else range(start >> BUCKET, (end - 1 >> BUCKET) + 1)
        given = Conditions(_tsquery(self._query, self._scope.records, buckets), start, end, limit)
        tables = "record_words w"
        given.parts.append("w.vector @@ $1::text::tsquery")
        if is_small:
            tables = (
                "(SELECT number, record_id, vector FROM record_words WHERE number >= $2 AND number < $3"
                f" ORDER BY number DESC LIMIT {SCAN}) w"
            )
        else:
            given.parts.append("w.number + 0 >= $2 AND w.number + 0 < $3")
        if self._scope.records is not None:
            given.parts.append(f"w.record_id = ANY({given.place(list(self._scope.records))}::text[])")
        elif not self._scope.lets.is_open:
            tables += " JOIN records r ON r.record_id = w.record_id"
            given.let_through(self._scope.lets)
        sql = f"SELECT w.number FROM {tables} WHERE {given.where} ORDER BY w.number + 0 DESC LIMIT $4"
        return [row[0] for row in await self._driver.query_long(sql, *given.parameters)]


def _record(record_id: str) -> str:
    return f"'#r{blake2b(record_id.encode(), digest_size=8).hexdigest()}'"


def _vector(words: Words) -> str:
    """The text form of a tsvector. No token has a ``/`` or ``#``."""
    tokens = words.words.split()
    parts = [f"'{token}':{min(place, MOST_PLACES)}" for place, token in enumerate(tokens, 1)]
    parts += [f"'/{start}'" for start in starts(tokens)]
    parts += [_record(words.record_id), f"'#b{words.number >> BUCKET:x}'"]
    return " ".join(parts)


def _tsquery(query: Query, records: Sequence[str] | None, buckets: Sequence[int] | None) -> str:
    parts: list[Any] = [_one_after_the_other(clause) for clause in query]
    if records is not None:
        parts.append(" | ".join(_record(record_id) for record_id in records))
    if buckets is not None and len(buckets) <= MOST_BUCKETS:
        parts.append(" | ".join(f"'#b{bucket:x}'" for bucket in buckets))
    return " & ".join(f"({part})" for part in parts)


def _one_after_the_other(clause: Clause) -> str:
    *first, last = clause.tokens
    if clause.is_prefix and not first and len(last) in START_LENGTHS:
        return f"'/{last}'"
    return " <-> ".join([*(f"'{token}'" for token in first), f"'{last}'" + (":*" if clause.is_prefix else "")])
