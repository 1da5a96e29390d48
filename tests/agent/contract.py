"""What every source must keep to, whatever program it reads.

A source that reads what is there (`there`) is given a sample, and then the same cut, in pieces, broken and large.
"""

from __future__ import annotations

import json
import os
import shutil
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest
from jsonschema import Draft202012Validator

from roomkeeper_agent import sources
from roomkeeper_agent.sources.base import MOST_TEXT, Batch, Conversation, Entry, Problem

ROOT = Path(__file__).parents[2]
SAMPLES = Path(__file__).parent / "samples"
WRITTEN = 1_795_403_000
"""When samples were written: just after what they tell of, in seconds."""
LATER = WRITTEN + 100_000.0
AT_ONCE = WRITTEN + 0.1
SCHEMA = json.loads((ROOT / "docs" / "reference" / "record-upload.schema.json").read_text())
VALID = Draft202012Validator(SCHEMA)


class Readable(Protocol):
    """A source that can say what is there, and end."""

    def there(self, position: Any | None, now: float | None = None) -> Iterator[Batch]: ...


@dataclass
class Sample:
    """What a program has written: files below a folder, of which `file` is the one that grows."""

    source: str
    file: str
    content: bytes
    entries: int
    settings: Callable[[Path], dict[str, Any]] = lambda folder: {"folder": str(folder), "timezone": "UTC"}
    others: Mapping[str, bytes] = field(default_factory=dict)
    line: Callable[[int], bytes] | None = None
    """Makes any number of lines, to try many of them."""
    grows: bool = True
    step: int = 7
    """By how many bytes longer a sample that does not grow is cut each time."""

    def write(self, folder: Path, content: bytes | None = None) -> Path:
        """Write it, or so much of it."""
        for name, other in {**self.others, self.file: self.content if content is None else content}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # Not emptied first: file systems write a file to the disk at once that was emptied and closed.
            with path.open("r+b" if path.exists() else "wb") as file:
                file.write(other)
                file.truncate()
            os.utime(path, (WRITTEN, WRITTEN))
        return folder / self.file

    def source_at(self, folder: Path) -> Readable:
        """The source that reads it there."""
        made: Any = sources.make(self.source, self.settings(folder))
        return made  # type: ignore[no-any-return]


@dataclass
class Reading:
    """All that a source said."""

    found: list[tuple[Conversation, Entry]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    positions: list[Any] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    """How many entries had been said at each position."""

    @property
    def ids(self) -> list[str]:
        return [entry.id for _, entry in self.found]

    @property
    def position(self) -> Any:
        return self.positions[-1] if self.positions else None

    def final(self) -> dict[str, tuple[str, str]]:
        """What each entry says in the end: its conversation and text, after all edits."""
        texts: dict[str, tuple[str, str]] = {}
        for conversation, entry in self.found:
            at = entry.target if entry.kind == "edit" and entry.target in texts else entry.id
            texts[at or entry.id] = (conversation.key, entry.text)
        return texts


def read(source: Readable, position: Any = None, now: float = LATER) -> Reading:
    """All that is there."""
    reading = Reading()
    for batch in source.there(position, now):
        reading.found += batch.found
        reading.problems += batch.problems
        if batch.position is not None:
            reading.positions.append(json.loads(json.dumps(batch.position)))
            reading.counts.append(len(reading.found))
    return reading


def assert_valid(found: list[tuple[Conversation, Entry]]) -> None:
    """Entries are as the upload's schema wants them; files are named there by where they were uploaded to."""
    for conversation, entry in found:
        line = msgspec.structs.replace(entry, files=(), text=entry.text[:MOST_TEXT])  # what is longer is cut later
        said = msgspec.json.encode(line)
        assert is_valid(said), said[:2000]
        header = {"format": "org.roomkeeper.record", **msgspec.to_builtins(conversation)}
        assert is_valid(msgspec.json.encode(header)), conversation


@lru_cache(5_000)
def is_valid(line: bytes) -> bool:
    """Whether a line is as the schema wants it; cut at every byte, a sample says the same many times."""
    return bool(VALID.is_valid(json.loads(line)))


class Contract:
    """The tests; a module of a kind of sources has a subclass with its samples."""

    @pytest.fixture
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Few entries in each batch, so that there are many positions; of what has batches."""

    def test_entries_are_valid_and_known_apart(self, sample: Sample, tmp_path: Path) -> None:
        sample.write(tmp_path)
        reading = read(sample.source_at(tmp_path))
        assert len(reading.found) == sample.entries
        assert len(set(reading.ids)) == sample.entries
        assert reading.problems == []
        assert_valid(reading.found)

    def test_nothing_is_said_twice(self, sample: Sample, tmp_path: Path) -> None:
        sample.write(tmp_path)
        reading = read(sample.source_at(tmp_path))
        again = read(sample.source_at(tmp_path), reading.position)
        assert again.found == []

    def test_the_same_ids_from_any_position(self, sample: Sample, tmp_path: Path, small_batches: None) -> None:
        sample.write(tmp_path)
        whole = read(sample.source_at(tmp_path))
        assert len(whole.positions) > 1
        for position, count in zip(whole.positions, whole.counts, strict=True):
            rest = read(sample.source_at(tmp_path), position)
            assert rest.ids == whole.ids[count:]
        assert read(sample.source_at(tmp_path)).ids == whole.ids

    def test_cut_at_every_byte_while_it_is_written(self, sample: Sample, tmp_path: Path) -> None:
        """What is not whole yet is waited for."""
        sample.write(tmp_path)
        whole = read(sample.source_at(tmp_path))
        for length in range(0, len(sample.content), 1 if sample.grows else sample.step):
            sample.write(tmp_path, sample.content[:length])
            first = read(sample.source_at(tmp_path), None, AT_ONCE)
            sample.write(tmp_path)
            second = read(sample.source_at(tmp_path), first.position)
            if sample.grows:
                assert first.ids + second.ids == whole.ids, length
                assert first.final() | second.final() == whole.final(), length
            else:
                assert set(first.ids) | set(second.ids) >= set(whole.ids), length

    def test_cut_at_every_byte_and_left_so(self, sample: Sample, tmp_path: Path) -> None:
        """Where it goes on after a long time after all, nothing is lost and nothing doubled."""
        if not sample.grows:
            return
        sample.write(tmp_path)
        whole = read(sample.source_at(tmp_path)).final()
        for length in range(len(sample.content)):
            sample.write(tmp_path, sample.content[:length])
            both = read(sample.source_at(tmp_path))
            sample.write(tmp_path)
            after = read(sample.source_at(tmp_path), both.position)
            both.found += after.found
            assert both.final() == whole, length
            assert len(set(both.ids)) == len(both.ids), length
            assert_valid(after.found)

    def test_hostile_contents(self, sample: Sample, tmp_path: Path) -> None:
        """A problem or an entry, never an exception; and what is well is read."""
        sample.write(tmp_path)
        fine = {text for _, text in read(sample.source_at(tmp_path)).final().values()}
        for number, bad in enumerate(hostile(sample.content)):
            folder = tmp_path / str(number)
            sample.write(folder, bad)
            reading = read(sample.source_at(folder))
            assert_valid(reading.found)
            assert all(len(problem.raw) <= 200 and problem.why for problem in reading.problems)
            if sample.grows:
                sample.write(folder, bad + b"\n" + sample.content)
                both = read(sample.source_at(folder))
                said = "\n".join(entry.text for _, entry in both.found)
                assert all(text in said for text in fine), number

    def test_what_cannot_be_opened(self, sample: Sample, tmp_path: Path) -> None:
        path = sample.write(tmp_path)
        path.unlink()
        path.mkdir()
        assert read(sample.source_at(tmp_path)).found == []
        shutil.rmtree(path)
        path.symlink_to(path)
        assert read(sample.source_at(tmp_path)).found == []
        assert read(sample.source_at(tmp_path / "nowhere")).found == []
        path.unlink()
        sample.write(tmp_path)
        assert len(read(sample.source_at(tmp_path)).found) == sample.entries

    def test_memory_is_bounded(self, sample: Sample, tmp_path: Path) -> None:
        if sample.line is None:
            return
        with sample.write(tmp_path).open("ab") as file:
            for number in range(60_000):
                file.write(sample.line(number))
        os.utime(tmp_path / sample.file, (WRITTEN, WRITTEN))
        source = sample.source_at(tmp_path)
        tracemalloc.start()
        try:
            count = sum(len(batch.found) for batch in source.there(None, LATER))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert count == sample.entries + 60_000
        assert peak < 24 * 1024 * 1024


def hostile(content: bytes) -> Iterator[bytes]:
    """What a broken disk, another encoding or somebody malicious makes of a file."""
    yield b""
    yield b"\n" * 1000
    yield bytes(range(256)) * 20
    yield content.replace(b"\n", b"")
    yield content.replace(b"\n", b"\r\n")
    yield content[::-1]
    yield b"\xff\xfe" + content.decode("utf-8", "replace").encode("utf-16-le")
    yield b"\0" * 4096 + content
    yield content.replace(b"0", b"9")
    yield content.replace(b":", "：".encode()).replace(b"2026", b"0000")
    yield content + b"x" * 2_500_000
    yield content + b"<" * 20_000 + b"[" * 20_000
    yield content.replace(b"e", b"\xed\xa0\x80").replace(b"a", b"\x00\x1b[31m\x85")
    yield content.replace(b"customer", b"c" * 5000)
