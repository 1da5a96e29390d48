"""One block of a log file: what its lines say becomes entries, with ids, and a place from which to go on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from roomkeeper_agent.sources.base import Conversation, Entry, Kind, Problem
from roomkeeper_agent.sources.normalise import Decoder, name_of, shown, text_of

MAX_LINE: Final = 1024 * 1024
"""Bytes of a line, and of a message of several: what is longer becomes several entries, and is said to be."""
MARK: Final = 64
"""Bytes before the position by which a file is known again."""
MOST_RAW: Final = 8_192
"""Bytes of the lines of an entry that are kept as they were."""
DAY_S: Final = 86_400
TOO_LONG: Final = f"This has more than {MAX_LINE // 1024} KiB: it is recorded in several entries."


class Said(NamedTuple):
    """What a line says that begins an entry.

    `order` is the time as the log has it, in seconds of any beginning: it makes the id, so nothing may be guessed in it
    that could be guessed otherwise the next time. `ts` is the best that is known, in ms since the epoch.
    """

    order: int
    ts: int
    text: str
    kind: Kind = "message"
    sender: str = ""
    sender_name: str = ""
    is_html: bool = False


class Passed:
    """A line that says nothing to record: a heading, a date."""


PASSED: Final = Passed()


class Reader(Protocol):
    """Reads the lines of one file, one after the other. `state` (JSON) is what it must know to go on later."""

    def line(self, text: str) -> Said | Passed | None:
        """What a line says; `None`: it goes on with what the one before said."""
        ...

    def whole(self, said: Said, lines: list[str]) -> tuple[str, str]:
        """The text and the HTML of an entry with all lines after its first."""
        ...

    @property
    def state(self) -> Any: ...


class Log(NamedTuple):
    """A file to be read: `part` tells files of one conversation apart, for ids."""

    conversation: Conversation
    part: str = ""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """How far a file was read. `offset` is where the entry begins that comes next, or that may not be whole yet; of
    that one, what comes before `done` is stored already. `mark` are the bytes before `offset`, by their hash."""

    offset: int = 0
    done: int = 0
    mark: str = ""
    state: Any = None
    ids: tuple[int, int, int, int] = (0, 0, -1, 0)
    piece: tuple[int, int, Kind, str, str] | None = None


class Ids:
    """Makes ids of the order of entries, if need be from what `state` says.

    As long as times do not go back, an entry is known by its time and how many of that time came before it. Where
    they do go back, that is counted too (`era`), until a day begins that was not there yet.
    """

    def __init__(self, state: tuple[int, int, int, int]) -> None:
        self.day, self.era, self.order, self.count = state

    @property
    def state(self) -> tuple[int, int, int, int]:
        """What must be known to go on."""
        return (self.day, self.era, self.order, self.count)

    def next(self, key: str, order: int) -> str:
        """The id of the next entry."""
        if order == self.order:
            self.count += 1
        else:
            day = order // DAY_S
            if day > self.day:
                self.day, self.era = day, 0
            elif order < self.order:
                self.era += 1
            self.order, self.count = order, 0
        era = f"{self.day}.{self.era}" if self.era else ""
        return hashlib.sha256(f"{key}\0{era}\0{order}\0{self.count}".encode("utf-8", "surrogatepass")).hexdigest()[:40]


class _Open(NamedTuple):
    """The entry that is being read: where it begins, and what was known there."""

    said: Said
    lines: list[str]
    id: str
    start: int
    before: Place


def mark_of(file: int, offset: int) -> str:
    """The bytes before a place in a file, by their hash: a file is known again by it."""
    return mark_of_bytes(os.pread(file, min(MARK, offset), offset - min(MARK, offset)))


def mark_of_bytes(before: bytes) -> str:
    """The same of bytes that were read."""
    return hashlib.blake2b(before, digest_size=6).hexdigest() if before else ""


class Run:
    """Reading one block of one file."""

    def __init__(self, log: Log, path: Path, reader: Reader, place: Place, block: bytes) -> None:
        self._log = log
        self._key = f"{log.conversation.key}\0{log.part}"
        self._path = path
        self._block = block
        self._start = place
        self._offset = place.offset
        self._reader = reader
        self._ids = Ids(place.ids)
        self._decoder = Decoder()
        self._open: _Open | None = None
        self._size = 0
        self._piece = place.piece
        self._done = place.done
        self.found: list[tuple[Conversation, Entry]] = []
        self.problems: list[Problem] = []
        self.has_rest = False
        self._before_rest: Any = None

    @property
    def has_open(self) -> bool:
        """Whether the last entry may go on."""
        return self._open is not None

    @property
    def is_through(self) -> bool:
        """Whether all of the block was read, but for a line that has no end."""
        return self.has_rest or self._offset >= self._start.offset + len(self._block)

    @property
    def is_large(self) -> bool:
        """Whether this is enough for a batch, however few entries it has."""
        return self._offset - self._start.offset >= MAX_LINE

    def read(self, most: int, *, is_abandoned: bool) -> None:
        """All whole lines of the block, up to `most` entries. A line without an end is one where it is abandoned."""
        block, at = self._block, 0
        while at < len(block) and len(self.found) < most:
            end = block.find(b"\n", at, at + MAX_LINE)
            if end >= 0:
                line, after = block[at:end], end + 1
            elif len(block) - at >= MAX_LINE:
                after = _cut(block, at)
                line = block[at:after]
                self._too_long(line)
            else:
                self._rest(block[at:], self._start.offset + at, is_abandoned=is_abandoned)
                break
            self._line(line, self._start.offset + at, self._start.offset + after)
            at = after

    def _rest(self, line: bytes, start: int, *, is_abandoned: bool) -> None:
        """The last line, which has no end. Where it gets none, it is taken if it is a message, and stays to be read."""
        self.has_rest, self._before_rest = True, self._reader.state
        if not is_abandoned:
            return
        said = self._reader.line(self._decoder.text(line))
        if isinstance(said, Said) and said.kind == "message":
            self._finish(start)
            before = Place(start, 0, "", self._before_rest, self._ids.state, self._piece)
            self._open = _Open(said, [], self._ids.next(self._key, said.order), start, before)
        elif said is None and self._open is not None:
            self._open.lines.append(self._decoder.text(line))
        else:
            why = "The last line has no end. It is read when it has one."
            self.problems.append(Problem(where=f"{self._path}, at byte {start}", why=why, raw=shown(line)))
            return
        self._offset = start + len(line)

    def _too_long(self, line: bytes) -> None:
        self.problems.append(Problem(where=f"{self._path}, at byte {self._offset}", why=TOO_LONG, raw=shown(line)))

    def _line(self, line: bytes, start: int, after: int) -> None:
        """One line: it goes on with the entry that is open, or ends it."""
        state, ids, piece = self._reader.state, self._ids.state, self._piece
        self._offset, self._piece = after, None
        text = self._decoder.text(line.removesuffix(b"\r"), self._block)
        said = self._reader.line(text)
        if said is None:
            if self._open is not None:
                if self._size + len(line) <= MAX_LINE:
                    self._open.lines.append(text)
                    self._size += len(line) + 1
                    return
                piece = _piece_of(self._open.said)
            if piece is not None:
                said = Said(piece[0], piece[1], text, *piece[2:])
        else:
            piece = None
        self._finish(start)
        if isinstance(said, Said):
            before = Place(start, 0, "", state, ids, piece)
            self._open = _Open(said, [], self._ids.next(self._key, said.order), start, before)
            self._size = len(line)
        elif said is None and text.strip():
            why = "This line says neither when nor who, and there is nothing before it that it could belong to."
            self.problems.append(Problem(where=f"{self._path}, at byte {start}", why=why, raw=shown(line)))

    def _finish(self, end: int) -> None:
        """Record the entry that is open: it ends here. What is stored of it already is edited, where there is more."""
        entry = self._open
        if entry is None:
            return
        done = self._done if entry.start == self._start.offset else 0
        self._open, self._done = None, 0
        if done <= entry.start:
            self._record(entry, end, is_edit=False)
        elif self._block[min(done, end) - self._start.offset : max(done, end) - self._start.offset].strip():
            self._record(entry, end, is_edit=True)

    def _record(self, entry: _Open, end: int, *, is_edit: bool) -> None:
        said = entry.said
        text, html = self._reader.whole(said, entry.lines)
        made = hashlib.sha256(f"{entry.id}\0{end - entry.start}".encode()).hexdigest()[:40] if is_edit else entry.id
        given = Entry(
            id=made,
            kind="edit" if is_edit else said.kind,
            ts=said.ts,
            sender=name_of(said.sender),
            sender_name=name_of(said.sender_name),
            text=text_of(text),
            html=html,
            target=entry.id if is_edit else None,
            raw=self._raw(entry.start, end),
        )
        self.found.append((self._log.conversation, given))

    def _raw(self, start: int, end: int) -> str:
        """The lines as they stand in the file, with the time as it is written there."""
        lines = self._block[start - self._start.offset : min(end, start + MOST_RAW) - self._start.offset]
        lines = lines.rstrip(b"\r\n")
        if self._decoder.encoding is None:  # what is cut may end within a character
            return lines.decode("utf-8", "ignore")
        return self._decoder.text(lines, self._block)

    def settle(self) -> None:
        """Take the last entry as it is; it is known as done, so that what is added to it becomes an edit."""
        entry = self._open
        if entry is not None:
            self._finish(self._offset)
            self._open, self._done = entry, self._offset

    def place(self, file: int) -> Place:
        """How far the file was read."""
        if self._open is not None:
            at = self._open.before
            done = self._done if self._done > at.offset else 0
        else:
            state = self._before_rest if self.has_rest else self._reader.state
            at = Place(self._offset, 0, "", state, self._ids.state, self._piece)
            done = 0
        if at.offset == self._start.offset:
            return msgspec.structs.replace(self._start, done=done) if self._open is not None else self._start
        return msgspec.structs.replace(at, mark=mark_of(file, at.offset), done=done)


def _piece_of(said: Said) -> tuple[int, int, Kind, str, str]:
    return (said.order, said.ts, said.kind, said.sender, said.sender_name)


def _cut(block: bytes, at: int) -> int:
    """Where a line that is too long is cut: not within a character of UTF-8."""
    end = at + MAX_LINE
    for back in range(4):
        if end - back < len(block) and block[end - back] & 0xC0 != 0x80:
            return end - back
    return end
