"""What a format is given, and how entries are told in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from roomkeeper.capabilities.records.models import Entry, Listed, Shown


class File(NamedTuple):
    """A file to which an entry refers, where it is here."""

    path: Path
    name: str
    content_type: str
    size: int


class Volume(NamedTuple):
    """Entries of one record, as they are stored and, for formats that show them, as they are shown; `number` counts a
    record's volumes from 1."""

    record: Listed
    number: int
    entries: Sequence[Entry]
    shown: Sequence[Shown]
    files: Mapping[str, File]
    """By content URI."""

    @property
    def title(self) -> str:
        """What it is called."""
        named = self.record.title or ", ".join(self.record.people[:4]) or self.record.record
        return f"{named} ({self.record.program})"

    @property
    def name(self) -> str:
        """What its file is called, without an ending."""
        return f"{self.record.record}-{self.number:05d}"


class Writer(Protocol):
    """Writes a format. `entries`: how many a volume has at most; `with_redacted`: what was redacted, too; `shows`:
    entries as they are shown."""

    entries: int
    with_redacted: bool
    shows: bool

    def write(self, volume: Volume, folder: Path, sizes: dict[str, int]) -> dict[str, int]:
        """Write a volume below the folder; `sizes` are those that files have which are appended to, and is changed.

        What comes back is counted. It takes time, and runs on a thread.
        """


def append(folder: Path, name: str, data: bytes, sizes: dict[str, int]) -> None:
    """Append to a file, which is cut to the size that it is known to have: what a crash left behind that goes."""
    with (folder / name).open("ab") as file:
        file.truncate(sizes.get(name, 0))
        file.write(data)
        sizes[name] = sizes.get(name, 0) + len(data)


def put(folder: Path, name: str, data: bytes) -> None:
    """Write a whole file, in place of what a crash left of it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def time_of(ts: int) -> str:
    """A time as people and spreadsheets read it, UTC."""
    try:
        return f"{datetime.fromtimestamp(ts / 1000, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, OSError, ValueError):
        return str(ts)


WORDS = {
    "join": "came in",
    "leave": "left",
    "invite": "was invited",
    "ban": "was excluded",
    "knock": "asked to come in",
    "read": "has read up to here",
    "session": "the session changed",
    "consent": "what is said of recording",
    "redaction": "took a message back",
    "reaction": "reacted",
    "edit": "changed it to",
    "encrypted": "an encrypted message",
    "screenshot": "screenshot",
    "call": "call",
}


def told(shown: Shown) -> str:
    """What an entry says, in words."""
    if shown.state == "erased":
        return "[erased]"
    if shown.state == "redacted" and not shown.text:
        return "[taken back]"
    text = shown.text
    if shown.kind in ("session", "consent") and shown.content is not None:
        said = shown.content.get("content", {})
        text = ", ".join(f"{name}: {value}" for name, value in sorted(said.items()))
    mark = " [taken back later]" if shown.state == "redacted" else ""
    word = WORDS.get(shown.kind, "" if shown.kind in ("message", "note") else shown.kind)
    return f"{f'({word}) ' if word else ''}{text}{mark}".strip()


def who(shown: Shown) -> str:
    """Who says it."""
    return shown.sender_name or shown.sender or ""
