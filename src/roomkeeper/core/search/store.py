"""All SQL of search. The full-text index is SQLite's FTS5 or PostgreSQL's tsvector, behind one interface.

Both hold our own tokens, which are letters, digits and marks alone: no query can contain an operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final, Protocol

import msgspec

from roomkeeper.core.search.models import Clause, Entry, Wanted
from roomkeeper.platform.database import Driver, Reader, Row, Write

ENTRY: Final = "e.position, e.room_id, e.sender, e.key, e.source, e.words"
FEW_ROOMS: Final = 8
SCAN: Final = 4_000
"""Rows of any room that are looked at for somebody who is in more rooms than a few."""
ROOMS_AT_ONCE: Final = 400
"""Rooms in one query of the index; who is in more has them looked through in several."""

# ---------------------------------------------------------------- progress


async def load_progress(reader: Reader) -> tuple[int, int]:
    """The position up to which everything is indexed, and the version of the segmentation that was used."""
    row = await reader.query_one("SELECT reached, segmentation FROM search_progress WHERE id = 1")
    assert row is not None, "the migration inserts it"
    return row[0], row[1]


def move_progress(write: Write, before: int, after: int) -> None:
    """Note how far the index has come; fails where it was not at `before`."""
    write.add("UPDATE search_progress SET reached = $2 WHERE id = 1 AND reached = $1", before, after, rows=1)


def begin_anew(write: Write, segmentation: int) -> None:
    """Forget how far the index has come."""
    write.add("DELETE FROM search_edits")
    write.add("UPDATE search_progress SET reached = 0, segmentation = $1 WHERE id = 1", segmentation, rows=1)


# ---------------------------------------------------------------- edits


def insert_edit(write: Write, position: int, room_id: str, target_id: str) -> None:
    """Remember that a message edits another."""
    sql = "INSERT INTO search_edits (position, room_id, target_id) VALUES ($1, $2, $3)"
    write.add(sql, position, room_id, target_id, rows=1, append=True)


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


async def find_entry(reader: Reader, position: int) -> Entry | None:
    """What is indexed of one event."""
    row = await reader.query_one(f"SELECT {ENTRY} FROM search_entries e WHERE e.position = $1", position)
    return Entry(*row) if row else None


async def entries_at(reader: Reader, positions: Sequence[int]) -> list[Entry]:
    """What is indexed of some events (1,000 at most)."""
    places = ", ".join(f"${number}" for number in range(1, len(positions) + 1)) or "NULL"
    rows = await reader.query(f"SELECT {ENTRY} FROM search_entries e WHERE e.position IN ({places})", *positions)
    return [Entry(*row) for row in rows]


def delete_edit(write: Write, position: int) -> None:
    """Forget that the event at `position` edits a message, where it does."""
    write.add("DELETE FROM search_edits WHERE position = $1", position)


async def positions_of(reader: Reader, room_id: str, limit: int) -> list[int]:
    """The positions of some events of a room that something is kept of."""
    rows = await reader.query(
        "SELECT position FROM search_entries WHERE room_id = $1 UNION SELECT position FROM search_edits"
        " WHERE room_id = $1 ORDER BY position LIMIT $2",
        room_id,
        limit,
    )
    return [row[0] for row in rows]


# ---------------------------------------------------------------- the index


class Index(Protocol):
    """The full-text index of one database."""

    def add(self, write: Write, entry: Entry, *, append: bool = False) -> None:
        """Index an event that is not. `append`: nothing else in the write is about it."""

    def remove(self, write: Write, entry: Entry) -> None:
        """Take an event out, with what `find_entry` says of it."""

    def clear(self, write: Write) -> None:
        """Take everything out."""

    async def newest(self, driver: Driver, wanted: Wanted, below: int, limit: int) -> list[Entry]:
        """The newest events before the position `below` that match, newest first, at most `limit`."""


def index_for(dialect: str) -> Index:
    """The index of a database: "sqlite" or "postgresql"."""
    return PostgreSQLIndex() if dialect == "postgresql" else SQLiteIndex()


class SQLiteIndex:
    """FTS5 without content. What an entry may be narrowed by is in the index, as tokens of a column of its own."""

    def add(self, write: Write, entry: Entry, *, append: bool = False) -> None:
        """See `Index.add`."""
        sql = (
            "INSERT INTO search_entries (position, room_id, sender, key, source, words) VALUES ($1, $2, $3, $4, $5, $6)"
        )
        write.add(sql, *_columns(entry), rows=1, append=append)
        sql = "INSERT INTO search_index (rowid, words, scope) VALUES ($1, $2, $3)"
        write.add(sql, entry.position, entry.words, _scope(entry), append=append)

    def remove(self, write: Write, entry: Entry) -> None:
        """See `Index.remove`."""
        write.add("DELETE FROM search_entries WHERE position = $1", entry.position, rows=1)
        sql = "INSERT INTO search_index (search_index, rowid, words, scope) VALUES ('delete', $1, $2, $3)"
        write.add(sql, entry.position, entry.words, _scope(entry))

    def clear(self, write: Write) -> None:
        """See `Index.clear`."""
        write.add("DELETE FROM search_entries")
        write.add("INSERT INTO search_index (search_index) VALUES ('delete-all')")

    async def newest(self, driver: Driver, wanted: Wanted, below: int, limit: int) -> list[Entry]:
        """See `Index.newest`.

        The index goes from the newest row on, and stops after `limit`. For somebody in few rooms it looks for these
        alone. For others that costs more than to look at what is found anywhere; but not where they are in few of the
        rooms in which a common word stands: after `SCAN` rows the index takes over.
        """
        found: list[Entry] = []
        for scan in (limit, SCAN) if len(wanted.rooms) > FEW_ROOMS else ():
            rows = await self._anywhere(driver, wanted, below, scan)
            found += [Entry(*row[1:]) for row in rows if row[1] is not None][: limit - len(found)]
            if len(found) == limit or len(rows) < scan:
                return found
            below = rows[-1][0]
        return found + await self._in_rooms(driver, wanted, below, limit - len(found))

    async def _anywhere(self, driver: Driver, wanted: Wanted, below: int, scan: int) -> list[Row]:
        """The newest `scan` rows that match in any room, without columns where it is none of those wanted."""
        sql = (
            f"SELECT m.position, {ENTRY} FROM (SELECT rowid AS position FROM search_index WHERE search_index MATCH $1"
            " AND rowid < $2 ORDER BY rowid DESC LIMIT $3) m LEFT JOIN search_entries e ON e.position = m.position"
            " AND e.room_id IN (SELECT value FROM json_each($4)) ORDER BY m.position DESC"
        )
        rooms = msgspec.json.encode(wanted.rooms).decode()
        return await driver.query_long(sql, _match(wanted, None), below, scan, rooms)

    async def _in_rooms(self, driver: Driver, wanted: Wanted, below: int, limit: int) -> list[Entry]:
        sql = (
            f"SELECT {ENTRY} FROM search_index JOIN search_entries e ON e.position = search_index.rowid"
            " WHERE search_index MATCH $1 AND search_index.rowid < $2 ORDER BY search_index.rowid DESC LIMIT $3"
        )
        found: list[Entry] = []
        for start in range(0, len(wanted.rooms), ROOMS_AT_ONCE):
            rooms = wanted.rooms[start : start + ROOMS_AT_ONCE]
            rows = await driver.query_long(sql, _match(wanted, rooms), below, limit)
            known = set(rooms)
            found += [Entry(*row) for row in rows if row[1] in known]
        found.sort(key=lambda entry: -entry.position)
        return found[:limit]


class PostgreSQLIndex:
    """A column of type tsvector with our tokens and their places, and a GIN index on it."""

    def add(self, write: Write, entry: Entry, *, append: bool = False) -> None:
        """See `Index.add`."""
        sql = (
            "INSERT INTO search_entries (position, room_id, sender, key, source, words, vector)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7::text::tsvector)"
        )
        write.add(sql, *_columns(entry), _vector(entry.words), rows=1, append=append)

    def remove(self, write: Write, entry: Entry) -> None:
        """See `Index.remove`."""
        write.add("DELETE FROM search_entries WHERE position = $1", entry.position, rows=1)

    def clear(self, write: Write) -> None:
        """See `Index.clear`."""
        write.add("DELETE FROM search_entries")

    async def newest(self, driver: Driver, wanted: Wanted, below: int, limit: int) -> list[Entry]:
        """See `Index.newest`."""
        if not wanted.rooms:
            return []
        parameters: list[Any] = [_tsquery(wanted), below, limit, list(wanted.rooms)]
        sql = (
            f"SELECT {ENTRY} FROM search_entries e WHERE e.vector @@ $1::text::tsquery AND e.position < $2"
            " AND e.room_id = ANY($4::text[])"
        )
        for column, values in (("sender", wanted.senders), ("key", wanted.keys)):
            if values is not None:
                parameters.append(list(values))
                sql += f" AND e.{column} = ANY(${len(parameters)}::text[])"
        rows = await driver.query_long(f"{sql} ORDER BY e.position DESC LIMIT $3", *parameters)
        return [Entry(*row) for row in rows]


def _columns(entry: Entry) -> tuple[Any, ...]:
    return entry.position, entry.room_id, entry.sender, entry.key, entry.source, entry.words


# ---------------------------------------------------------------- FTS5


def _token(kind: str, value: str) -> str:
    """A room or a sender as a token. Two may share one: what comes back is compared with the whole id."""
    return kind + blake2b(value.encode(), digest_size=8).hexdigest()


def _scope(entry: Entry) -> str:
    return f"{_token('r', entry.room_id)} {_token('s', entry.sender)} k{entry.key}"


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


def _vector(words: str) -> str:
    """The text form of a tsvector: each token with its place."""
    return " ".join(f"'{token}':{min(place, MOST_PLACES)}" for place, token in enumerate(words.split(), 1))


def _tsquery(wanted: Wanted) -> str:
    """The text form of a tsquery."""
    return " & ".join(f"({_one_after_the_other(clause)})" for clause in wanted.query)


def _one_after_the_other(clause: Clause) -> str:
    *first, last = (f"'{token}'" for token in clause.tokens)
    return " <-> ".join([*first, last + (":*" if clause.is_prefix else "")])
