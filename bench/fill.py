"""Stored rooms by the hundred thousand: copies of a template room, written straight into a stopped server's database.

Works on any SQLite database that keeps rooms in tables with a `room_id` column and numbers rows by `position`: every
row of the template room is copied with a new room id, new event ids, new user ids and a new position. Hashes and
signatures of the copies do not fit any more; nothing reads these rooms, they are there to be stored.
"""

import hashlib
import re
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

BATCH = 2000  # rooms per transaction
DERIVED = ("search_", "directory_")  # tables that are made from the events
IDENTIFIER = re.compile(r"[!$@][A-Za-z0-9_\-=./+]+(?::[A-Za-z0-9.\-]+(?::\d+)?)?")

Value = str | bytes | int | float | None
Renderer = Callable[["Copy"], Value]


class CannotFillError(Exception):
    """The database is not one that can be filled."""


@dataclass
class Copy:
    """One copy of the template: its digest stands for the room, its number for the people."""

    digest: str
    number: int
    position: int


@dataclass
class Table:
    """A table and how to render the template's rows for a copy."""

    name: str
    rows: list[list[Renderer]]

    @property
    def insert(self) -> str:
        marks = ", ".join("?" for _ in self.rows[0])
        return f"INSERT INTO {self.name} VALUES ({marks})"


def fill_rooms(data_dir: Path, template_room_id: str, count: int) -> None:
    """Add copies of the template room until `count` rooms are stored. The server must be stopped."""
    with closing(sqlite3.connect(find_database(data_dir), isolation_level=None)) as database:
        # a crash would only cost the bench its copy
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-500000")
        stored: int = database.execute("SELECT count(*) FROM rooms").fetchone()[0]
        span, tables = _template(database, template_room_id)
        begin: int = database.execute("SELECT max(position, reserved) FROM stream_positions").fetchone()[0] + 1
        copies = _copies(stored, count, begin, span)
        while batch := list(islice(copies, BATCH)):
            database.execute("BEGIN")
            for table in tables:
                rows = ([render(copy) for render in row] for copy in batch for row in table.rows)
                database.executemany(table.insert, rows)
            database.execute("COMMIT")
        end = begin + max(count - stored, 0) * span
        database.execute("UPDATE stream_positions SET position = ?1, reserved = ?1", (end,))
        for name in _followers(database):
            database.execute(f"UPDATE {name} SET reached = ?", (end,))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def find_database(data_dir: Path) -> Path:
    """The SQLite file that has the rooms."""
    for path in sorted(data_dir.rglob("*.db")):
        with closing(sqlite3.connect(path)) as database:
            names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        if {"rooms", "events", "stream_positions"} <= names:
            return path
    raise CannotFillError("no SQLite database with rooms, events and stream_positions")


def stored_bytes(data_dir: Path) -> int:
    """The size of everything in the folder."""
    return sum(path.stat().st_size for path in data_dir.rglob("*") if path.is_file())


def _copies(stored: int, count: int, begin: int, span: int) -> Iterator[Copy]:
    """Copies in the order of their room ids, so that the indexes grow at one end; ids are as random as real ones."""
    digests = sorted(_digest(str(number)) for number in range(stored, count))
    for number, digest in enumerate(digests):
        yield Copy(digest, stored + number, begin + number * span)


def _digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def _template(database: sqlite3.Connection, room_id: str) -> tuple[int, list[Table]]:
    """The number of positions that one copy takes, and its tables."""
    ids = [row[0] for row in database.execute("SELECT event_id FROM events WHERE room_id = ?", (room_id,))]
    positions = [row[0] for row in database.execute("SELECT position FROM events WHERE room_id = ?", (room_id,))]
    if not ids:
        raise CannotFillError(f"the template room {room_id} is not in the database")
    first = min(positions)
    tables: list[Table] = []
    for name in _tables_with_rooms(database):
        cursor = database.execute(f"SELECT * FROM {name} WHERE room_id = ?", (room_id,))
        columns = [column[0] for column in cursor.description]
        rows = [
            [_renderer(column, value, room_id, ids, first) for column, value in zip(columns, row, strict=True)]
            for row in cursor
        ]
        if rows:
            tables.append(Table(name, rows))
    return max(positions) - first + 1, tables


def _tables_with_rooms(database: sqlite3.Connection) -> list[str]:
    """Plain tables with a room_id; what is made from the events (search, directory) stays as it is."""
    query = "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'"
    names = [row[0] for row in database.execute(query)]
    return [
        name
        for name in names
        if not name.startswith(DERIVED)
        and any(row[1] == "room_id" for row in database.execute(f"PRAGMA table_info({name})"))
    ]


def _followers(database: sqlite3.Connection) -> list[str]:
    """What follows the stream must not begin to read the copies while something else is measured."""
    query = "SELECT name FROM pragma_table_list WHERE type = 'table' AND name LIKE '%\\_progress' ESCAPE '\\'"
    return [row[0] for row in database.execute(query)]


def _renderer(column: str, value: Value, room_id: str, event_ids: Sequence[str], first: int) -> Renderer:
    """How this value looks in a copy."""
    if column.endswith("position") and isinstance(value, int):
        offset = value - first
        return lambda copy: copy.position + offset
    if column == "id" and isinstance(value, int):
        return lambda _: None  # numbered by the database
    if isinstance(value, bytes):
        as_text = _text_renderer(value.decode("utf-8", "surrogateescape"), room_id, event_ids)
        if as_text is None:
            return lambda _: value
        return lambda copy: as_text(copy).encode("utf-8", "surrogateescape")
    if isinstance(value, str):
        return _text_renderer(value, room_id, event_ids) or (lambda _: value)
    return lambda _: value


def _text_renderer(text: str, room_id: str, event_ids: Sequence[str]) -> Callable[[Copy], str] | None:
    """Replace the identifiers of room, events and people; None when there are none."""
    pattern = ""
    at = 0
    for match in IDENTIFIER.finditer(text):
        replacement = _replacement(match[0], room_id, event_ids)
        if replacement:
            pattern += _escaped(text[at : match.start()]) + replacement
            at = match.end()
    if not at:
        return None
    pattern += _escaped(text[at:])
    return lambda copy: pattern.format(d=copy.digest, n=copy.number)


def _replacement(found: str, room_id: str, event_ids: Sequence[str]) -> str:
    """An id in which {d} (digest) and {n} (number) stand for what differs; empty for what stays as it is."""
    if found == room_id:
        return "!{d}" + _escaped(room_id.partition(":")[1] + room_id.partition(":")[2])
    if found in event_ids:
        # in room version 12 the create event's id is the room's, with another sign in front
        if found[1:] == room_id[1:]:
            return "${d}"
        return f"${{d}}{event_ids.index(found):02d}"
    if found.startswith("@") and ":" in found:
        name, _, server = found.partition(":")
        return f"{_escaped(name)}-{{n}}:{_escaped(server)}"
    return ""


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
