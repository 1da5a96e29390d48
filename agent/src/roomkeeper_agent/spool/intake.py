"""Taking in what sources found: entries, copies of their files, and the source's position, in one transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from roomkeeper_agent import fitting
from roomkeeper_agent.sources.base import Batch, Conversation, Entry, LocalFile, Problem
from roomkeeper_agent.spool.database import DUE, HELD, Database, add_to_meta
from roomkeeper_agent.spool.files import Copied, Files

Rule = Literal["all", "on_request", "never"]
Reason = Literal["manual", "screenshot", "rule", "import"]
"""Why something is recorded."""

MOST_PROBLEMS: Final = 1000
SHOWN_RAW: Final = 500
LOG_STEP_MS: Final = 60_000
OVERHEAD: Final = 200
"""Bytes that an entry needs besides what it says: indexes and the like."""


class Full(Exception):
    """The spool has as much as it may have. Reading waits until some of it is uploaded."""


class Stored(msgspec.Struct, frozen=True):
    """What became of a batch: entries that are new, and those that were known, or not to be recorded."""

    new: list[tuple[Conversation, Entry]]
    known: int = 0
    left_out: int = 0


class _Ready(msgspec.Struct, frozen=True):
    """An entry that fits, with its files copied."""

    conversation: Conversation
    key: str
    entry: Entry
    encoded: bytes
    files: list[tuple[LocalFile, Copied]]
    state: int


class Intake:
    """The side of the spool that sources see."""

    def __init__(self, database: Database, files: Files, most_bytes: int) -> None:
        self._database = database
        self._files = files
        self.most_bytes = most_bytes
        self.most_file = 2**40
        """Bytes that a file may have; the server says how many it takes."""
        self.copying = threading.Lock()
        """Held while files are copied and noted: no copy is removed meanwhile."""

    @property
    def bytes(self) -> int:
        """How much is in the spool."""
        return int(self._database.meta("bytes") or 0)

    def position(self, source_id: str) -> Any | None:
        """How far a source has read, `None` where it has not begun."""
        row = self._database.row("SELECT position FROM positions WHERE source_id = ?", source_id)
        return None if row is None or row[0] is None else msgspec.json.decode(row[0])

    # ------------------------------------------------------------ storing

    def store(
        self,
        source_id: str,
        batch: Batch,
        rule_of: Callable[[str], Rule],
        now: int,
        *,
        reason: Reason | None = None,
    ) -> Stored:
        """Store a batch and its position. Raises `Full`, `NoSpace`: then nothing of it is stored.

        `rule_of` says of a program what of it is recorded. With a `reason` (an import, a picture of the screen), it is
        all of it or nothing.
        """
        if batch.found and self.bytes >= self.most_bytes:
            raise self._full()
        with self.copying:
            wanted, left_out = self._wanted(batch, rule_of, reason)
            fitted: dict[Conversation, tuple[Conversation, str]] = {}
            ready = [self._ready(conversation, entry, state, fitted) for conversation, entry, state in wanted]
            with self._database.writing() as cursor:
                new = self._insert_all(cursor, ready, now, reason)
                if batch.position is not None or batch.found:
                    self._move(cursor, source_id, batch.position, new)
                for problem in batch.problems:
                    _note(cursor, source_id, problem, now)
                if left_out:
                    add_to_meta(cursor, "left_out", left_out)
        return Stored([(each.conversation, each.entry) for each in new], len(ready) - len(new), left_out)

    def _full(self) -> Full:
        return Full(f"The spool has the {self.most_bytes >> 20} MiB that it may have: reading waits.")

    def _wanted(
        self, batch: Batch, rule_of: Callable[[str], Rule], reason: Reason | None
    ) -> tuple[list[tuple[Conversation, Entry, int]], int]:
        """What is to be stored, and in which state; how many are not."""
        pauses = [] if reason else self._database.rows("SELECT from_ts, to_ts FROM pauses")
        wanted: list[tuple[Conversation, Entry, int]] = []
        for conversation, entry in batch.found:
            rule = rule_of(conversation.program)
            if rule == "never" or any(_is_in(pause, entry.ts) for pause in pauses):
                continue
            wanted.append((conversation, entry, DUE if reason or rule == "all" else HELD))
        return wanted, len(batch.found) - len(wanted)

    def _ready(
        self, given: Conversation, found: Entry, state: int, fitted: dict[Conversation, tuple[Conversation, str]]
    ) -> _Ready:
        if given not in fitted:
            fits = fitting.conversation_of(given)
            fitted[given] = fits, fits.key
        conversation, key = fitted[given]
        entry, encoded, whole = fitting.entry_of(found)
        copies = [(file, self._files.copy(Path(file.path), self.most_file)) for file in found.files]
        if whole is not None:
            said = LocalFile(path="", name="text.txt", type="text/plain")
            copies.insert(0, (said, self._files.keep(whole.encode())))
        return _Ready(conversation, key, entry, encoded, copies, state)

    def _insert_all(
        self, cursor: sqlite3.Cursor, ready: Sequence[_Ready], now: int, reason: Reason | None
    ) -> list[_Ready]:
        """Insert those that are new, and say which. Raises `Full`."""
        places: dict[str, tuple[int, Reason | None]] = {}
        last: dict[str, int] = {}
        new, size = [], 0
        for each in ready:
            if each.key not in places:
                places[each.key] = _conversation(cursor, each.conversation, each.key, now)
            added = self._insert(cursor, each, places[each.key], now, reason)
            if added:
                new.append(each)
                size += added
                last[each.key] = max(each.entry.ts, last.get(each.key, 0))
        for key, ts in last.items():
            cursor.execute("UPDATE conversations SET last_ts = max(last_ts, ?) WHERE no = ?", (ts, places[key][0]))
        if size:
            add_to_meta(cursor, "bytes", size)
            (found,) = cursor.execute("SELECT value FROM meta WHERE name = 'bytes'").fetchone()
            # What is more than may be there by itself comes in when nothing else is there.
            if int(found) > self.most_bytes and int(found) > size:
                raise self._full()
        return new

    def _insert(
        self,
        cursor: sqlite3.Cursor,
        ready: _Ready,
        conversation: tuple[int, Reason | None],
        now: int,
        reason: Reason | None,
    ) -> int:
        """Insert an entry; how many bytes more are in the spool: 0 where it was known."""
        conversation_no, opened = conversation
        state, why = ready.state, reason or "rule"
        if state == HELD and opened is not None:
            state, why = DUE, opened
        size = len(ready.encoded) + OVERHEAD
        cursor.execute(
            "INSERT INTO entries (conversation_no, id, ts, found_ts, state, reason, size, entry)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (conversation_no, id) DO NOTHING",
            (conversation_no, ready.entry.id, ready.entry.ts, now, state, why, size, ready.encoded),
        )
        if cursor.rowcount != 1:
            return 0
        entry_no, files = cursor.lastrowid, 0
        for place, (file, copied) in enumerate(ready.files):
            if copied.sha256 is not None and not _is_there(cursor, copied.sha256):
                files += copied.size or 0
            cursor.execute(
                "INSERT INTO files (entry_no, place, path, name, type, size, sha256, error)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (entry_no, place, *_named(file), copied.size, copied.sha256, copied.error or None),
            )
        return size + files

    def _move(self, cursor: sqlite3.Cursor, source_id: str, position: Any | None, new: Sequence[_Ready]) -> None:
        encoded = None if position is None else msgspec.json.encode(position).decode()
        last_ts = max((each.entry.ts for each in new), default=None)
        cursor.execute(
            "INSERT INTO positions (source_id, position, entries, last_ts) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (source_id) DO UPDATE SET position = coalesce(excluded.position, position),"
            " entries = entries + excluded.entries, last_ts = coalesce(excluded.last_ts, last_ts)",
            (source_id, encoded, len(new), last_ts),
        )

    # ------------------------------------------------------------ what else is noted

    def note(self, source_id: str, problems: Iterable[Problem], now: int) -> None:
        """Note problems. Raises `NoSpace`."""
        with self._database.writing() as cursor:
            for problem in problems:
                _note(cursor, source_id, problem, now)

    def forget(self, source_id: str) -> None:
        """Forget how far a source has read: it begins again."""
        with self._database.writing() as cursor:
            cursor.execute("DELETE FROM positions WHERE source_id = ?", (source_id,))

    def pause(self, now: int) -> None:
        """What happens from now on is not recorded, until `resume`."""
        with self._database.writing() as cursor:
            cursor.execute(
                "INSERT INTO pauses (from_ts) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM pauses WHERE to_ts IS NULL)",
                (now,),
            )

    def resume(self, now: int) -> None:
        """What happens from now on is recorded."""
        with self._database.writing() as cursor:
            cursor.execute("UPDATE pauses SET to_ts = ? WHERE to_ts IS NULL", (now,))

    @property
    def paused_since(self) -> int | None:
        """Since when nothing is recorded."""
        row = self._database.row("SELECT from_ts FROM pauses WHERE to_ts IS NULL")
        return None if row is None else int(row[0])


def _is_in(pause: Sequence[int | None], ts: int) -> bool:
    """Whether something happened in a pause. While it lasts, a log may say so by the minute in which it began."""
    start, end = pause
    assert start is not None, "each has begun"
    return ts >= start - LOG_STEP_MS if end is None else start <= ts < end


def _is_there(cursor: sqlite3.Cursor, sha256: str) -> bool:
    return cursor.execute("SELECT 1 FROM files WHERE sha256 = ?", (sha256,)).fetchone() is not None


def _conversation(cursor: sqlite3.Cursor, found: Conversation, key: str, now: int) -> tuple[int, Reason | None]:
    """A conversation's number; and why it is being recorded, where that is asked for just now."""
    row = cursor.execute(
        "SELECT no, conversation, open_trigger, open_until FROM conversations WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        cursor.execute(
            "INSERT INTO conversations (key, program, conversation, last_ts) VALUES (?, ?, ?, 0)",
            (key, found.program, msgspec.json.encode(found).decode()),
        )
        return int(cursor.lastrowid or 0), None
    no, encoded, opened, until = row
    known = msgspec.json.decode(encoded, type=Conversation)
    newer = msgspec.structs.replace(
        known, title=found.title or known.title, participants=found.participants or known.participants
    )
    if newer != known:
        cursor.execute(
            "UPDATE conversations SET conversation = ? WHERE no = ?", (msgspec.json.encode(newer).decode(), no)
        )
    return int(no), opened if until is not None and until >= now else None


def _named(file: LocalFile) -> tuple[str, str, str]:
    return fitting.path_of(file.path), fitting.name_of(file.name or Path(file.path).name), fitting.name_of(file.type)


def _note(cursor: sqlite3.Cursor, source_id: str, problem: Problem, now: int) -> None:
    cursor.execute(
        "INSERT INTO problems (source_id, place, why, raw, ts, times) VALUES (?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (source_id, place, why) DO UPDATE SET times = times + 1, ts = excluded.ts",
        (
            source_id,
            fitting.text_of(problem.where)[:SHOWN_RAW],
            fitting.text_of(problem.why)[:SHOWN_RAW],
            fitting.text_of(problem.raw)[:SHOWN_RAW],
            now,
        ),
    )
    cursor.execute(
        "DELETE FROM problems WHERE no <= (SELECT no FROM problems ORDER BY no DESC LIMIT 1 OFFSET ?)",
        (MOST_PROBLEMS,),
    )
