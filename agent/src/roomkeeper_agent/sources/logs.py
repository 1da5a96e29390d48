"""Log files of chat programs: read from where one was, line by line, exactly once, while they are being written.

A program's module says which files there are and of which conversation (`Folder`), and what a line says (`Reader`).
All the rest is here: positions, files that were moved, cut or replaced, lines that are not whole yet, messages of
several lines, ids.

An entry's id is made of its conversation, of the time that the line gives, and of how many lines of that time came
before it: not of its text, which may not be whole yet. A message of several lines is held back until the next one
begins or until nothing was written for a moment; what is added to it later still is an edit of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from roomkeeper_agent.sources.base import Batch, Conversation, Entry, Problem
from roomkeeper_agent.sources.folders import Changes
from roomkeeper_agent.sources.log_blocks import (
    DAY_S,
    MAX_LINE,
    PASSED,
    Log,
    Passed,
    Place,
    Reader,
    Run,
    Said,
    mark_of,
)

__all__ = ["PASSED", "Log", "LogSource", "Passed", "Reader", "Said"]

SETTLED_S: Final = 2.0
"""A message to which nothing was added for so long is whole: programs write one at once."""
ABANDONED_S: Final = 60.0
"""So long after it was written, a line without an end is taken as it is: its program has died."""
MOST_ENTRIES: Final = 500
"""Of one batch."""
BLOCK: Final = 2 * MAX_LINE
MOST_FILES: Final = 100_000
"""Of a folder."""


class Closed(msgspec.Struct, frozen=True, array_like=True):
    """All files of a folder up to `name` are read, that have so many bytes together; they are not known singly."""

    name: str
    files: int
    size: int


class Position(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How far all files of a source were read: those that may go on, and folders of those that will not."""

    files: dict[str, Place] = {}
    closed: dict[str, Closed] = {}


class LogSource:
    """What sources of log files have in common: they say where the files are, and how a line is read."""

    name: ClassVar[str]
    imports: ClassVar[bool] = False
    sessions: ClassVar[bool] = False
    """Whether there is a file for each session, named so that later ones sort last: old ones need not be known
    singly.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder).expanduser()
        self._told: set[Problem] = set()
        self._troubles: list[Problem] = []

    # ------------------------------------------------------------ what a program's module says

    def log_of(self, path: Path) -> Log | None:
        """Of which conversation a file is (its path in the folder); `None`: it is none."""
        raise NotImplementedError

    def reader(self, path: Path, state: Any, written: float) -> Reader:
        """What reads a file. `written`: when it was written to, in seconds since the epoch."""
        raise NotImplementedError

    # ------------------------------------------------------------ following

    async def follow(self, position: Any | None) -> AsyncIterator[Batch]:
        """See `Source.follow`."""
        places = _position(position)
        changed: set[Path] | None = None
        async with Changes([self._folder]) as changes:
            while True:
                soon: dict[str, float] = {}
                batches = self._read_all(places, changed, time.time, soon)
                while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                    yield batch
                rest = max(0.05, min(soon.values()) - time.time()) if soon else None
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changes.wait(), rest)
                changed = changes.taken()
                if changed is not None:
                    changed.update(self._folder / name for name in soon)

    def there(self, position: Any | None, now: float | None = None) -> Iterator[Batch]:
        """What is there, and no more. `now`, in seconds, decides what is taken as whole."""
        yield from self._read_all(_position(position), None, (lambda: now) if now is not None else time.time, {})

    def _read_all(
        self, places: Position, changed: set[Path] | None, now: Callable[[], float], soon: dict[str, float]
    ) -> Iterator[Batch]:
        """Batches of all files, or of those that have changed; `soon` gets when something will be whole."""
        found: list[tuple[Conversation, Entry]] = []
        problems: list[Problem] = []
        has_read = False
        folder = ""
        for name in self._names(places, changed):
            if self.sessions and folder != (folder := str(Path(name).parent)):
                self._close(places, now())
            while (run := self._read(name, places, now(), soon)) is not None:
                has_read = True
                found += run.found
                problems += run.problems
                if len(found) >= MOST_ENTRIES or run.is_large:
                    yield Batch(found=found, position=msgspec.to_builtins(places), problems=problems)
                    found, problems, has_read = [], [], False
        if self.sessions and changed is None:
            self._close(places, now())
        if has_read or self._troubles:
            problems += self._troubles
            self._troubles = []
            yield Batch(found=found, position=msgspec.to_builtins(places), problems=problems)

    def _names(self, places: Position, changed: set[Path] | None) -> list[str]:
        """The files to look at, by their names in the folder; those that are new first, as one may have been moved."""
        if changed is not None and not any(path.is_dir() for path in changed):
            named = [_relative(path, self._folder) for path in changed]
            return sorted(name for name in named if name is not None and self.log_of(Path(name)) is not None)
        found: dict[str, int] = {}
        for folder, _, files in os.walk(self._folder):
            for file in files:
                name = _relative(Path(folder) / file, self._folder)
                if name is None or len(found) >= MOST_FILES or self.log_of(Path(name)) is None:
                    continue
                with contextlib.suppress(OSError):
                    found[name] = (Path(folder) / file).stat().st_size
        _forget(places, found)
        names = sorted(name for name in found if not _is_closed(places, name))
        return names if self.sessions else sorted(names, key=lambda name: (name in places.files, name))

    def _close(self, places: Position, now: float) -> None:
        """Forget the files of sessions that are over: all but the last of each folder, a day old, read to their end."""
        folders: dict[str, list[str]] = {}
        for name in sorted(places.files):
            folders.setdefault(str(Path(name).parent), []).append(name)
        for folder, names in folders.items():
            known = places.closed.get(folder, Closed("", 0, 0))
            for name in names[:-1]:
                place = places.files[name]
                try:
                    found = (self._folder / name).stat()
                except OSError:
                    break
                if max(place.offset, place.done) < found.st_size or now - found.st_mtime < DAY_S or name < known.name:
                    break
                known = Closed(name, known.files + 1, known.size + found.st_size)
                del places.files[name]
            if known.files:
                places.closed[folder] = known

    # ------------------------------------------------------------ a file

    def _read(self, name: str, places: Position, now: float, soon: dict[str, float]) -> Run | None:
        """The next entries of a file; `None`: there are none now. `places` says afterwards how far it was read."""
        path = self._folder / name
        log = self.log_of(Path(name))
        if log is None:
            return None
        try:
            with path.open("rb") as file:
                found = os.fstat(file.fileno())
                place = self._place(name, file.fileno(), found.st_size, places)
                if max(place.offset, place.done) >= found.st_size:
                    return None
                block = os.pread(file.fileno(), BLOCK + MAX_LINE, place.offset)
                age = now - found.st_mtime
                is_last = place.offset + len(block) >= found.st_size
                run = Run(log, path, self.reader(path, place.state, found.st_mtime), place, block)
                run.read(MOST_ENTRIES, is_abandoned=is_last and age >= ABANDONED_S)
                if is_last and run.is_through and age >= SETTLED_S:
                    run.settle()
                elif run.has_open:
                    soon[name] = found.st_mtime + SETTLED_S
                if run.has_rest:
                    soon.setdefault(name, found.st_mtime + ABANDONED_S)
                after = run.place(file.fileno())
        except (FileNotFoundError, IsADirectoryError):
            return None
        except OSError as error:
            self._trouble(Problem(where=str(path), why=f"It cannot be read: {error.strerror}."))
            return None
        if age >= ABANDONED_S:
            soon.pop(name, None)
        if after == place:
            for problem in run.problems:
                self._trouble(problem)
            return None
        places.files[name] = after
        return run

    def _trouble(self, problem: Problem) -> None:
        if problem not in self._told:
            self._told.add(problem)
            self._troubles.append(problem)

    def _place(self, name: str, file: int, size: int, places: Position) -> Place:
        """Where to go on in a file. One that is another than it was is begun anew, unless it is one that was moved
        here.
        """
        known = places.files.get(name)
        if known is not None and _is_same(file, known, size):
            return known
        if not self.sessions:
            for other, place in places.files.items():
                if (
                    other != name
                    and place.offset
                    and _is_same(file, place, size)
                    and self._was_moved(other, name, place)
                ):
                    return place
        return Place()

    def _was_moved(self, other: str, name: str, place: Place) -> bool:
        """Whether a file of the same conversation is no longer where it was."""
        one, two = self.log_of(Path(other)), self.log_of(Path(name))
        if one is None or two is None or one.conversation.key != two.conversation.key:
            return False
        try:
            with (self._folder / other).open("rb") as file:
                return not _is_same(file.fileno(), place, os.fstat(file.fileno()).st_size)
        except OSError:
            return True


def _position(position: Any) -> Position:
    return msgspec.convert(position, Position) if position else Position(files={}, closed={})


def _relative(path: Path, folder: Path) -> str | None:
    """The path in the folder, as JSON can have it; `None`: it is not below it, or its name is no text."""
    try:
        name = path.relative_to(folder).as_posix()
        name.encode()
    except (ValueError, UnicodeEncodeError):
        return None
    return name


def _is_closed(places: Position, name: str) -> bool:
    closed = places.closed.get(str(Path(name).parent))
    return closed is not None and name not in places.files and name <= closed.name


def _forget(places: Position, found: dict[str, int]) -> None:
    """Forget files that are gone; and that folders are read, where something has changed in them."""
    for name in [name for name in places.files if name not in found]:
        # What was moved is known again by its mark; so the last few that are gone are kept.
        if sum(other not in found for other in places.files) > 100:
            del places.files[name]
    for folder, closed in list(places.closed.items()):
        old = [
            size
            for name, size in found.items()
            if str(Path(name).parent) == folder and name <= closed.name and name not in places.files
        ]
        if (len(old), sum(old)) != (closed.files, closed.size):
            del places.closed[folder]


def _is_same(file: int, place: Place, size: int) -> bool:
    return place.offset <= size and mark_of(file, place.offset) == place.mark
