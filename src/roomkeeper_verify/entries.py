"""Goes through the entries of an export and names the first that is not what it must be.

Entries are read one by one, so that it takes no more memory for many. Only where something is wrong are they looked
through once more, to tell what was done: whether an entry was changed, dropped, inserted or moved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from roomkeeper_verify.hashing import START, digest_of, entry_hash

TYPES: Mapping[str, type] = {
    "record": str,
    "seq": int,
    "kind": str,
    "ts": int,
    "prev": str,
    "digest": str,
    "hash": str,
    "state": str,
}
STATES = ("whole", "redacted", "withheld", "erased")
CONTENT = ("whole", "redacted")
"""States in which an entry has its content."""


@dataclass(frozen=True)
class Problem:
    """Something that is wrong: `what` was done to which entry of which record, in which line of the file."""

    what: str
    text: str
    record: str = ""
    seq: int = 0
    line: int = 0

    def __str__(self) -> str:
        where = f"record {self.record}, entry {self.seq}" if self.record else "export"
        return f"{where}{f' (line {self.line})' if self.line else ''}: {self.what}: {self.text}"


@dataclass(frozen=True)
class Span:
    """What an export says that it has of a record: entries `first` to `last`; `prev` is the hash before the first."""

    record: str
    first: int
    last: int
    head: str
    prev: str = START


@dataclass
class Counted:
    """How many entries there are, by state."""

    entries: int = 0
    states: dict[str, int] = field(default_factory=dict)

    def add(self, state: str) -> None:
        """One more."""
        self.entries += 1
        self.states[state] = self.states.get(state, 0) + 1


Opened = Callable[[], IO[bytes]]
Heads = Mapping[tuple[str, int], list[tuple[int, str]]]
"""By record and seq the hashes that checkpoints (by their numbers) attest."""


def parse(line: bytes) -> dict[str, Any] | None:
    """An entry; `None` where the line cannot be one."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict):
        return None
    for name, kind in TYPES.items():
        if type(entry.get(name)) is not kind:
            return None
    if set(entry) - set(TYPES) - {"salt", "content"}:
        return None
    return entry


def fault(entry: Mapping[str, Any]) -> str:
    """What is wrong with an entry by itself; empty: nothing."""
    if entry["state"] not in STATES:
        return f"its state {entry['state']!r} is none"
    salt, content = entry.get("salt"), entry.get("content")
    if entry["state"] in CONTENT:
        if not isinstance(salt, str) or not isinstance(content, str):
            return "its content or salt is missing"
        try:
            digest = digest_of(salt, content)
        except ValueError:
            return "its salt cannot be one"
        if digest != entry["digest"]:
            return "its content or salt is not what its digest says"
    elif salt is not None or content is not None:
        return f"it has a content, though it is {entry['state']}"
    try:
        return "" if entry_hash(entry) == entry["hash"] else "its hash is not that of what it says"
    except (ValueError, UnicodeEncodeError):
        return "it cannot be hashed"


def check(opened: Opened, spans: list[Span], heads: Heads) -> tuple[Problem | None, Counted]:
    """The first problem in the entries, and what was counted up to there."""
    counted = Counted()
    with opened() as file:
        lines = _numbered(file)
        for span in spans:
            problem = _check_record(lines, span, heads, counted, opened)
            if problem is not None:
                return problem, counted
        for number, line in lines:
            entry = parse(line)
            record, seq = (entry["record"], entry["seq"]) if entry else ("", 0)
            return Problem("inserted", "it stands after the last entry", record, seq, number), counted
    return None, counted


def _numbered(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    yield from enumerate(file, 1)


def _check_record(
    lines: Iterator[tuple[int, bytes]], span: Span, heads: Heads, counted: Counted, opened: Opened
) -> Problem | None:
    prev, attested = span.prev, span.first - 1
    for seq in range(span.first, span.last + 1):
        number, line = next(lines, (0, b""))
        entry = parse(line) if number else None
        if entry is None or entry["record"] != span.record or entry["seq"] != seq:
            return _misplaced(opened, span, seq, prev, number, entry)
        wrong = fault(entry)
        if wrong or entry["prev"] != prev:
            wrong = wrong or "it does not follow the entry before"
            return _changed_or_inserted(opened, span, seq, prev, number, wrong)
        prev = entry["hash"]
        counted.add(entry["state"])
        for checkpoint, head in heads.get((span.record, seq), ()):
            if head != prev:
                if right := _with_hash(opened, span.record, seq, head):
                    return Problem("inserted", f"the right entry {seq} is in line {right}", span.record, seq, number)
                text = f"checkpoint {checkpoint} attests another: entries {attested + 1} to {seq} were rewritten"
                return Problem("changed", text, span.record, attested + 1, number)
            attested = seq
    if prev != span.head:
        if right := _with_hash(opened, span.record, span.last, span.head):
            return Problem("inserted", f"the right entry {span.last} is in line {right}", span.record, span.last)
        text = f"the record ends otherwise: entries {attested + 1} to {span.last} were rewritten"
        return Problem("changed", text, span.record, attested + 1)
    return None


def _entries(opened: Opened, record: str, seq: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """All lines that are entries of that record with that seq."""
    with opened() as file:
        for number, line in _numbered(file):
            entry = parse(line)
            if entry is not None and entry["record"] == record and entry["seq"] == seq:
                yield number, entry


def _right_one(opened: Opened, record: str, seq: int, prev: str) -> int:
    """The line of the entry that belongs to that place; 0: there is none."""
    for number, entry in _entries(opened, record, seq):
        if entry["prev"] == prev and not fault(entry):
            return number
    return 0


def _with_hash(opened: Opened, record: str, seq: int, wanted: str) -> int:
    """The line of an entry that has that hash, and rightly so; 0: there is none."""
    for number, entry in _entries(opened, record, seq):
        if entry["hash"] == wanted and not fault(entry):
            return number
    return 0


def _changed_or_inserted(opened: Opened, span: Span, seq: int, prev: str, number: int, wrong: str) -> Problem:
    """An entry stands in its place and is not right: it was changed, unless the right one is there, too."""
    right = _right_one(opened, span.record, seq, prev)
    if right and right != number:
        return Problem("inserted", f"the right entry {seq} is in line {right}", span.record, seq, number)
    return Problem("changed", wrong, span.record, seq, number)


def _misplaced(opened: Opened, span: Span, seq: int, prev: str, number: int, entry: dict[str, Any] | None) -> Problem:
    """Another line stands where an entry should be: what has been done?"""
    right = _right_one(opened, span.record, seq, prev)
    if entry is not None and _is_twin(opened, span, seq, prev, entry):
        return Problem("inserted", f"the right entry {seq - 1} is in line {number}", span.record, seq - 1, number - 1)
    if entry is None and number:
        if right:
            return Problem("inserted", "this line is no entry", span.record, seq, number)
        after = list(_entries(opened, span.record, seq))
        if not after:
            return Problem("changed", "this line is no entry", span.record, seq, number)
    if not number:
        return Problem("dropped", "the file ends before it", span.record, seq)
    if not right:
        return _dropped_or_changed(opened, span, seq, number, entry)
    if entry is not None and _is_extra(opened, span, seq, entry):
        return Problem("inserted", f"entry {entry['seq']} is there twice, or is none", span.record, seq, number)
    return Problem("reordered", f"it stands in line {right}", span.record, seq, number)


def _is_twin(opened: Opened, span: Span, seq: int, prev: str, entry: dict[str, Any]) -> bool:
    """Whether a line is what the one before it, which was taken for right, should have been: the next one says so."""
    if entry["record"] != span.record or entry["seq"] != seq - 1 or entry["hash"] == prev or fault(entry):
        return False
    if seq > span.last:
        return bool(entry["hash"] == span.head)
    return bool(_right_one(opened, span.record, seq, entry["hash"]))


def _dropped_or_changed(opened: Opened, span: Span, seq: int, number: int, entry: dict[str, Any] | None) -> Problem:
    """No line is the entry. Where the next line is the one after it, it is gone; else its number was changed."""
    if any(True for _ in _entries(opened, span.record, seq)):
        return Problem("changed", "it stands elsewhere, and is not right", span.record, seq, number)
    if entry is not None and not fault(entry):
        return Problem("dropped", f"entry {entry['seq']} stands in its place", span.record, seq, number)
    return Problem("changed", "what stands in its place is no entry of this record", span.record, seq, number)


def _is_extra(opened: Opened, span: Span, seq: int, entry: dict[str, Any]) -> bool:
    """Whether a line does not belong here at all: it is of no place that is to come, or the right one is elsewhere."""
    if entry["record"] == span.record and not seq <= entry["seq"] <= span.last:
        return True
    return bool(fault(entry)) or _times(opened, entry) > 1


def _times(opened: Opened, wanted: dict[str, Any]) -> int:
    return sum(1 for _ in _entries(opened, wanted["record"], wanted["seq"]))
