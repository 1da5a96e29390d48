"""All SQL of search. The full-text index is SQLite's FTS5 or PostgreSQL's tsvector, behind one interface.

Both hold our own tokens, which are letters, digits and marks alone: no query can contain an operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, Protocol

import msgspec

from roomkeeper.core.search.models import Clause, Entry, Matches, Progress, Span, Wanted
from roomkeeper.core.search.segmentation import START_LENGTHS, starts
from roomkeeper.platform.database import Driver, Reader, Row, Write

ENTRY: Final = "e.position, e.room_id, e.sender, e.key, e.source, e.words"
FEW_ROOMS: Final = 8
SCAN: Final = 4_000
"""Rows of any room that are looked at for somebody who is in more rooms than a few."""
ROOMS_AT_ONCE: Final = 400
"""Rooms in one query of the index; who is in more has them looked through in several."""

# ---------------------------------------------------------------- progress


async def load_progress(reader: Reader) -> Progress:
    """How far the index has come."""
    row = await reader.query_one("SELECT reached, segmentation, anew_upto, removals FROM search_progress WHERE id = 1")
    assert row is not None, "the migration inserts it"
    return Progress(*row)


def move_progress(write: Write, before: int, after: int, removals: int) -> None:
    """Note how far the index has come; fails where it was not at `before`, or something was removed meanwhile."""
    sql = "UPDATE search_progress SET reached = $2 WHERE id = 1 AND reached = $1 AND removals = $3"
    write.add(sql, before, after, removals, rows=1)


def begin_anew(write: Write, segmentation: int) -> None:
    """Index everything once more."""
    write.add(
        "UPDATE search_progress SET anew_upto = CASE WHEN reached > anew_upto THEN reached ELSE anew_upto END,"
        " reached = 0, segmentation = $1 WHERE id = 1",
        segmentation,
        rows=1,
    )


def count_removal(write: Write) -> None:
    """Note that something was removed."""
    write.add("UPDATE search_progress SET removals = removals + 1 WHERE id = 1", rows=1)


# ---------------------------------------------------------------- edits


def insert_edit(write: Write, position: int, room_id: str, target_id: str, *, append: bool) -> None:
    """Remember that a message edits another. `append`: nothing else in the write is about it."""
    sql = "INSERT INTO search_edits (position, room_id, target_id) VALUES ($1, $2, $3)"
    write.add(sql, position, room_id, target_id, rows=1, append=append)


async def edits_of(reader: Reader, room_id: str, target_id: str, limit: int) -> list[int]:
    """The positions of the newest edits of a message, newest first."""
    rows = await reader.query(
        "SELECT position FROM search_edits WHERE room_id = $1 AND target_id = $2 ORDER BY position DESC LIMIT $3",
        room_id,
        target_id,
        limit,
    )
    return [row[0] for row in rows]


async def edited_by(reader: Reader, position: int) -> str | None:
    """The id of the message that the event at `position` edits."""
    row = await reader.query_one("SELECT target_id FROM search_edits WHERE position = $1", position)
    return row[0] if row else None


async def edited_among(reader: Reader, targets: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which of some messages (room id and event id, 1,000 at most) have edits."""
    if not targets:
        return []
    pairs = ", ".join(f"(${number}, ${number + 1})" for number in range(1, 2 * len(targets), 2))
    rows = await reader.query(
        f"SELECT DISTINCT room_id, target_id FROM search_edits WHERE (room_id, target_id) IN (VALUES {pairs})",
        *(part for target in targets for part in target),
    )
    return [(row[0], row[1]) for row in rows]


# ---------------------------------------------------------------- entries


async def find_entry(reader: Reader, position: int) -> Entry | None:
    """What is indexed of one event."""
    row = await reader.query_one(f"SELECT {ENTRY} FROM search_entries e WHERE e.position = $1", position)
    return Entry(*row) if row else None


def remove_entry(write: Write, position: int) -> None:
    """Take an event out."""
    write.add("DELETE FROM search_entries WHERE position = $1", position)


def remove(write: Write, positions: Sequence[int]) -> None:
    """Take out all that is kept of some events (1,000 at most)."""
    if positions:
        places = ", ".join(f"${number}" for number in range(1, len(positions) + 1))
        write.add(f"DELETE FROM search_entries WHERE position IN ({places})", *positions)
        write.add(f"DELETE FROM search_edits WHERE position IN ({places})", *positions)


def remove_between(write: Write, after: int, upto: int) -> None:
    """Take out all that is kept of the events behind one position, up to another."""
    write.add("DELETE FROM search_entries WHERE position > $1 AND position <= $2", after, upto)
    write.add("DELETE FROM search_edits WHERE position > $1 AND position <= $2", after, upto)


ROWS_OF: Final = "SELECT position FROM {} WHERE room_id = $1 ORDER BY position LIMIT $2"


async def rows_of(reader: Reader, room_id: str, limit: int) -> int:
    """How many rows `remove_of` would remove now."""
    return sum(
        [len(await reader.query(ROWS_OF.format(table), room_id, limit)) for table in ("search_entries", "search_edits")]
    )


def remove_of(write: Write, room_id: str, limit: int) -> None:
    """Take out what is kept of a room, `limit` entries and as many edits at most."""
    for table in ("search_entries", "search_edits"):
        write.add(f"DELETE FROM {table} WHERE position IN ({ROWS_OF.format(table)})", room_id, limit)


# ---------------------------------------------------------------- the index


class Index(Protocol):
    """The full-text index of one database. What leaves `search_entries` leaves it, too."""

    def add(self, write: Write, entry: Entry, *, append: bool = False) -> None:
        """Index an event that is not. `append`: nothing else in the write is about it."""

    async def newest(self, driver: Driver, wanted: Wanted, span: Span, limit: int) -> Matches:
        """The newest events in the span that match, at most `limit`; fewer, too, where more would take long."""


def index_for(dialect: str) -> Index:
    """The index of a database: "sqlite" or "postgresql"."""
    return PostgreSQLIndex() if dialect == "postgresql" else SQLiteIndex()


class SQLiteIndex:
    """FTS5 without content, filled by triggers. What an entry may be narrowed by is in it, as tokens of a column of
    its own; the first two and the first three letters of each word are in it, too (`prefix`)."""

    def add(self, write: Write, entry: Entry, *, append: bool = False) -> None:
        """See `Index.add`."""
        sql = (
            "INSERT INTO search_entries (position, room_id, sender, key, source, words) VALUES ($1, $2, $3, $4, $5, $6)"
        )
        write.add(sql, *_columns(entry), rows=1, append=append)

    async def newest(self, driver: Driver, wanted: Wanted, span: Span, limit: int) -> Matches:
        """See `Index.newest`.

        The index goes from the newest row on, and stops after `limit`. For somebody in few rooms it looks for these
        alone. For others that costs more than to look at what is found anywhere; but not where they are in few of the
        rooms in which a common word stands: after `SCAN` rows the index takes over.
        """
        found: list[Entry] = []
        whole = span
        for scan in (limit, SCAN) if len(wanted.rooms) > FEW_ROOMS else ():
            rows = await self._anywhere(driver, wanted, span, scan)
            found += [Entry(*row[1:]) for row in rows if row[1] is not None][: limit - len(found)]
            if len(found) == limit:
                return Matches(found, found[-1].position)
            if len(rows) < scan:
                return Matches(found, whole.start)
            span = Span(span.start, rows[-1][0])
        found += await self._in_rooms(driver, wanted, span, limit - len(found))
        return Matches(found, found[-1].position if len(found) == limit else whole.start)

    async def _anywhere(self, driver: Driver, wanted: Wanted, span: Span, scan: int) -> list[Row]:
        """The newest `scan` rows that match in any room, without columns where it is none of those wanted."""
        sql = (
            f"SELECT m.position, {ENTRY} FROM (SELECT rowid AS position FROM search_index WHERE search_index MATCH $1"
            " AND rowid >= $2 AND rowid < $3 ORDER BY rowid DESC LIMIT $4) m LEFT JOIN search_entries e"
            " ON e.position = m.position AND e.room_id IN (SELECT value FROM json_each($5)) ORDER BY m.position DESC"
        )
        rooms = msgspec.json.encode(wanted.rooms).decode()
        return await driver.query_long(sql, _match(wanted, None), span.start, span.end, scan, rooms)

    async def _in_rooms(self, driver: Driver, wanted: Wanted, span: Span, limit: int) -> list[Entry]:
        sql = (
            f"SELECT {ENTRY} FROM search_index JOIN search_entries e ON e.position = search_index.rowid"
            " WHERE search_index MATCH $1 AND search_index.rowid >= $2 AND search_index.rowid < $3"
            " ORDER BY search_index.rowid DESC LIMIT $4"
        )
        found: list[Entry] = []
        for start in range(0, len(wanted.rooms), ROOMS_AT_ONCE):
            rooms = wanted.rooms[start : start + ROOMS_AT_ONCE]
            rows = await driver.query_long(sql, _match(wanted, rooms), span.start, span.end, limit)
            found += [Entry(*row) for row in rows]
        found.sort(key=lambda entry: -entry.position)
        return found[:limit]


class PostgreSQLIndex:
    """A column of type tsvector, and a GIN index on it. The vector has our tokens with their places, and without places
    what an entry may be narrowed by, and how its words begin.

    The index knows no order, and a common word stands in a good part of all rows. So the newest rows are looked through
    without it; then it is asked for windows of positions before them, as large as promises enough.
    """

    def add(self, write: Write, entry: Entry, *, append: bool = False) -> None:
        """See `Index.add`."""
        sql = (
            "INSERT INTO search_entries (position, room_id, sender, key, source, words, vector)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7::text::tsvector)"
        )
        write.add(sql, *_columns(entry), _vector(entry), rows=1, append=append)

    async def newest(self, driver: Driver, wanted: Wanted, span: Span, limit: int) -> Matches:
        """See `Index.newest`."""
        if not wanted.rooms:
            return Matches([], span.start)
        found = await self._scan(driver, wanted, span, limit)
        start = span.start if len(found) == limit else await self._scanned_from(driver, span)
        while start > span.start and len(found) < min(ENOUGH, limit):
            growth = min(max(LEAST_GROWTH, 2 * ENOUGH // max(len(found), 1)), MOST_GROWTH)
            end, start = start, max(start - growth * (span.end - start), span.start)
            found += await self._window(driver, wanted, Span(start, end), limit - len(found))
        return Matches(found, found[-1].position if len(found) == limit else start)

    async def _scanned_from(self, driver: Driver, span: Span) -> int:
        """Where the newest `SCAN` rows begin."""
        row = await driver.query_one(
            "SELECT position FROM search_entries WHERE position >= $1 AND position < $2"
            " ORDER BY position DESC OFFSET $3 LIMIT 1",
            span.start,
            span.end,
            SCAN - 1,
        )
        return row[0] if row else span.start

    async def _scan(self, driver: Driver, wanted: Wanted, span: Span, limit: int) -> list[Entry]:
        """What matches of the newest `SCAN` rows. The inner LIMIT keeps the index out of it."""
        condition, parameters = _conditions(wanted, span, limit, None)
        parameters.append(SCAN)
        sql = (
            f"SELECT {ENTRY} FROM (SELECT * FROM search_entries WHERE position >= $2 AND position < $3"
            f" ORDER BY position DESC LIMIT ${len(parameters)}) e WHERE {condition} ORDER BY e.position DESC LIMIT $4"
        )
        return [Entry(*row) for row in await driver.query_long(sql, *parameters)]

    async def _window(self, driver: Driver, wanted: Wanted, span: Span, limit: int) -> list[Entry]:
        """The newest that match in a span. "+ 0" keeps other indexes out of it, of which one would be read to its end
        where the planner expects more matches than there are."""
        condition, parameters = _conditions(wanted, span, limit, span)
        sql = (
            f"SELECT {ENTRY} FROM search_entries e WHERE {condition} AND e.position + 0 >= $2 AND e.position + 0 < $3"
            " ORDER BY e.position + 0 DESC LIMIT $4"
        )
        return [Entry(*row) for row in await driver.query_long(sql, *parameters)]


def _conditions(wanted: Wanted, span: Span, limit: int, within: Span | None) -> tuple[str, list[Any]]:
    """What an entry must be, and the parameters: the query, the bounds, the limit, and further ones."""
    parameters: list[Any] = [_tsquery(wanted, within), span.start, span.end, limit]
    condition = "e.vector @@ $1::text::tsquery"
    for column, values in (("room_id", wanted.rooms), ("sender", wanted.senders), ("key", wanted.keys)):
        if values is not None:
            parameters.append(list(values))
            condition += f" AND e.{column} = ANY(${len(parameters)}::text[])"
    return condition, parameters


def _columns(entry: Entry) -> tuple[Any, ...]:
    return entry.position, entry.room_id, entry.sender, entry.key, entry.source, entry.words


# ---------------------------------------------------------------- FTS5


def _token(kind: str, value: str) -> str:
    """A room or a sender as the triggers write it."""
    return kind + value.encode().hex()


def _match(wanted: Wanted, rooms: Sequence[str] | None) -> str:
    """An FTS5 expression; of any room where `rooms` is `None`. spec: sqlite.org/fts5.html, section 3"""
    parts = [f"words : ({' AND '.join(_fts5(clause) for clause in wanted.query)})"]
    if rooms is not None:
        parts.append(_any_of([_token("r", room_id) for room_id in rooms]))
    if wanted.senders is not None:
        parts.append(_any_of([_token("s", sender) for sender in wanted.senders]))
    if wanted.keys is not None:
        parts.append(_any_of([f"k{key}" for key in wanted.keys]))
    return " AND ".join(parts)


def _fts5(clause: Clause) -> str:
    return f'"{" ".join(clause.tokens)}"' + (" *" if clause.is_prefix else "")


def _any_of(scope: Sequence[str]) -> str:
    return f"scope : ({' OR '.join(scope)})"


# ---------------------------------------------------------------- tsvector

MOST_PLACES: Final = 16_383
"""The last place in a text that PostgreSQL tells apart."""
ENOUGH: Final = 100
"""Matches with which a search does not look any further back by itself."""
BUCKET: Final = 14
"""Bits of a position within one bucket: the vector has the bucket, so that the index finds windows of positions."""
MOST_BUCKETS: Final = 64
"""Buckets in one query; a larger window is looked up without."""
LEAST_GROWTH: Final = 4
MOST_GROWTH: Final = 64
"""How many times larger than what has been looked through the next window is."""
FEW_SENDERS: Final = 8


def _lexeme(kind: str, value: str) -> str:
    """A room, a sender or a key in the vector. Two may share one: the columns are compared with the whole id."""
    return f"'#{kind}{blake2b(value.encode(), digest_size=6).hexdigest()}'"


def _bucket(number: int) -> str:
    return f"'#b{number:x}'"


def _vector(entry: Entry) -> str:
    """The text form of a tsvector. No token has a ``/`` or ``#``."""
    tokens = entry.words.split()
    parts = [f"'{token}':{min(place, MOST_PLACES)}" for place, token in enumerate(tokens, 1)]
    parts += [f"'/{start}'" for start in starts(tokens)]
    parts += [_lexeme("r", entry.room_id), _lexeme("s", entry.sender), _lexeme("k", entry.key)]
    parts.append(_bucket(entry.position >> BUCKET))
    return " ".join(parts)


def _tsquery(wanted: Wanted, within: Span | None) -> str:
    """The text form of a tsquery, for the index with the buckets of a span."""
    parts = [_one_after_the_other(clause) for clause in wanted.query]
    for kind, values, most in (
        ("r", wanted.rooms, FEW_ROOMS),
        ("s", wanted.senders, FEW_SENDERS),
        ("k", wanted.keys, FEW_SENDERS),
    ):
        if values and len(values) <= most:
            parts.append(" | ".join(_lexeme(kind, value) for value in values))
    if within is not None:
        buckets = range(within.start >> BUCKET, (within.end - 1 >> BUCKET) + 1)
        if len(buckets) <= MOST_BUCKETS:
            parts.append(" | ".join(_bucket(number) for number in buckets))
    return " & ".join(f"({part})" for part in parts)


def _one_after_the_other(clause: Clause) -> str:
    *first, last = clause.tokens
    if clause.is_prefix and not first and len(last) in START_LENGTHS:
        return f"'/{last}'"
    return " <-> ".join([*(f"'{token}'" for token in first), f"'{last}'" + (":*" if clause.is_prefix else "")])
