"""A folder into which any program writes lines: the way to add a source without writing one.

Each file `*.jsonl` in the folder has one JSON object a line: an entry (`id`, `ts`, `sender`, `text`, …) with the
`conversation` that it belongs to, and where it is known its `title`, `account` and `participants`. A line without `id`
gets one made of what it says. A line is read when its end is written. docs/agent.md describes it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import Meta

from roomkeeper_agent.sources.base import (
    Batch,
    Conversation,
    Counts,
    Entry,
    Found,
    Kind,
    LocalFile,
    Participant,
    Problem,
)
from roomkeeper_agent.sources.folders import Changes
from roomkeeper_agent.sources.log_blocks import MARK, mark_of, mark_of_bytes

MOST_LINES: Final = 500
"""Lines in one batch."""
MAX_LINE: Final = 1024 * 1024
"""Bytes of one line; a longer one is passed over, and said to be."""
BLOCK: Final = 2 * MAX_LINE
TOO_LONG: Final = f"This line has more than {MAX_LINE} bytes."
SHOWN: Final = 200
"""Characters of a line that a problem shows."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line: an entry, and of which conversation."""

    conversation: Annotated[str, Meta(min_length=1)]
    account: str = ""
    title: str = ""
    participants: tuple[Participant, ...] = ()
    id: str = ""
    kind: Kind = "message"
    ts: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    sender: str = ""
    sender_name: str = ""
    text: str = ""
    html: str = ""
    target: str | None = None
    files: tuple[LocalFile, ...] = ()


class Position(msgspec.Struct, frozen=True, array_like=True):
    """How far a file was read: which file it was, up to which byte, what `Counts` must know, and what stands before."""

    inode: int
    offset: int
    counts: Any = None
    skipping: bool = False
    mark: str = ""


class LinesSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`folder`: where the files are; `program`: how the program is called in records."""

    folder: str
    program: Annotated[str, Meta(min_length=1, max_length=100)] = "lines"


class Lines:
    """Follows the files of a folder."""

    name: ClassVar[str] = "lines"
    title: ClassVar[str] = "Lines of JSON in a folder"
    imports: ClassVar[bool] = False
    Settings: ClassVar[type[msgspec.Struct]] = LinesSettings

    @classmethod
    def detect(cls, home: Path) -> list[Found]:
        """The folder that programs use that know of the agent: ~/.local/share/roomkeeper-agent/lines."""
        folder = home / ".local" / "share" / "roomkeeper-agent" / "lines"
        return [Found(title=f"Lines in {folder}", settings={"folder": str(folder)})] if folder.is_dir() else []

    def __init__(self, settings: LinesSettings) -> None:
        self._folder = Path(settings.folder).expanduser()
        self._program = settings.program
        self._told: set[Problem] = set()

    async def follow(self, position: Any | None) -> AsyncGenerator[Batch, None]:
        """What is in the files, and what is added."""
        positions = msgspec.convert(position or {}, dict[str, Position])
        async with Changes([self._folder], recursive=False) as changes:
            while True:
                for path in await asyncio.to_thread(self._files):
                    while (batch := await asyncio.to_thread(self._read, path, positions)) is not None:
                        yield batch
                await changes.wait()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    def _read(self, path: Path, positions: dict[str, Position]) -> Batch | None:
        """The next lines of a file; `None` where there are none. `positions` says afterwards how far it was read."""
        try:
            with path.open("rb") as file:
                before = _place(positions.get(path.name), file.fileno())
                start = max(0, before.offset - MARK)
                data = os.pread(file.fileno(), BLOCK + MARK, start)
        except FileNotFoundError:
            return None
        except OSError as error:
            problem = Problem(where=str(path), why=f"It cannot be read: {error.strerror}.")
            return None if problem in self._told else self._once(problem, positions)
        lines, rest = _lines(data[before.offset - start :])
        counts = Counts(before.counts)
        found: list[tuple[Conversation, Entry]] = []
        problems: list[Problem] = []
        offset = before.offset
        skipping = before.skipping
        for line in lines:
            where = f"{path}, at byte {offset}"
            offset += len(line) + 1
            if skipping:  # the end of a line that was too long
                skipping = False
                continue
            read = self._entry(where, line, counts)
            if isinstance(read, Problem):
                problems.append(read)
            elif read is not None:
                found.append(read)
        if len(rest) >= MAX_LINE:
            if not skipping:
                problems.append(Problem(where=f"{path}, at byte {offset}", why=TOO_LONG, raw=_shown(rest)))
            offset, skipping = offset + len(rest), True
        if offset == before.offset:
            return None
        mark = mark_of_bytes(data[: offset - start][-MARK:])
        positions[path.name] = Position(before.inode, offset, counts.state, skipping, mark)
        return Batch(found=found, position=msgspec.to_builtins(positions), problems=problems)

    def _once(self, problem: Problem, positions: dict[str, Position]) -> Batch:
        self._told.add(problem)
        return Batch(position=msgspec.to_builtins(positions), problems=[problem])

    def _entry(self, where: str, line: bytes, counts: Counts) -> tuple[Conversation, Entry] | Problem | None:
        """What a line says."""
        if not line.strip():
            return None
        if len(line) > MAX_LINE:
            return Problem(where=where, why=TOO_LONG, raw=_shown(line))
        try:
            read = msgspec.json.decode(line, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Problem(where=where, why=f"This is no entry: {error}.", raw=_shown(line))
        conversation = Conversation(
            program=self._program,
            account=read.account,
            conversation=read.conversation,
            title=read.title,
            participants=read.participants,
        )
        given = read.id or counts.id_of(read.conversation, read.ts, read.sender, read.text, read.kind)
        entry = Entry(
            id=given,
            kind=read.kind,
            ts=read.ts,
            sender=read.sender,
            sender_name=read.sender_name,
            text=read.text,
            html=read.html,
            target=read.target,
            files=read.files,
        )
        return conversation, entry


def _place(known: Position | None, file: int) -> Position:
    """Where to go on in a file: at its beginning, where it is another one, or not what was read of it."""
    found = os.fstat(file)
    if known is None or known.inode != found.st_ino or known.offset > found.st_size:
        return Position(found.st_ino, 0)
    # A new file may have the number of the one before, and one that was emptied may be as long again.
    if known.mark and known.mark != mark_of(file, known.offset):
        return Position(found.st_ino, 0)
    return known


def _lines(block: bytes) -> tuple[list[bytes], bytes]:
    """The whole lines of a block, and what comes after the last of them."""
    *lines, rest = block.split(b"\n")
    return lines[:MOST_LINES], rest if len(lines) <= MOST_LINES else b""


def _shown(line: bytes) -> str:
    return line[:SHOWN].decode("utf-8", "replace")
