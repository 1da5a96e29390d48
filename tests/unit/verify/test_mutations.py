"""The verifier names the first entry that was changed, dropped, inserted or moved: 1,000 times, each another way."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from roomkeeper.capabilities.records import chain
from roomkeeper_verify.entries import Heads, Problem, Span, check

RECORDS = (("aaa", 40), ("bbb", 1), ("ccc", 25))
MUTATIONS = 1_000

Lines = list[bytes]
Expected = tuple[str, str, int]
"""What was done, and the record and seq where that shows first."""


def made(chance: random.Random) -> tuple[Lines, list[Span], dict[tuple[str, int], list[tuple[int, str]]]]:
    """Entries of some records as they are exported, with checkpoints."""
    lines, spans, heads = [], [], {}
    for record, count in RECORDS:
        prev = chain.START
        for seq in range(1, count + 1):
            content = json.dumps({"body": f"说 {record} {seq} {chance.random()}"}, ensure_ascii=False)
            salt = chance.randbytes(16)
            digest = chain.digest_of(salt, content.encode())
            link = chain.Link(record, seq, prev, "message", 1000 + seq, digest)
            state = chance.choice(("whole", "redacted", "withheld", "erased"))
            entry: dict[str, Any] = {
                "record": record,
                "seq": seq,
                "kind": "message",
                "ts": 1000 + seq,
                "prev": prev.hex(),
                "digest": digest.hex(),
                "hash": link.hash.hex(),
                "state": state,
            }
            if state in ("whole", "redacted"):
                entry |= {"salt": salt.hex(), "content": content}
            lines.append(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            prev = link.hash
            if seq % 10 == 0:
                heads[record, seq] = [(seq, prev.hex())]
        spans.append(Span(record, 1, count, prev.hex()))
    return lines, spans, heads


def found(lines: Lines, spans: list[Span], heads: Heads) -> Problem | None:
    """The first problem."""
    return check(lambda: BytesIO(b"".join(lines)), spans, heads)[0]


def name_of(line: bytes) -> tuple[str, int]:
    """The record and seq of an entry."""
    entry = json.loads(line)
    return entry["record"], entry["seq"]


def change(lines: Lines, chance: random.Random) -> Expected:
    """Change one member of one entry."""
    at = chance.randrange(len(lines))
    record, seq = name_of(lines[at])
    entry = json.loads(lines[at])
    name = chance.choice(sorted(entry))
    before = entry[name]
    if name == "state":
        entry[name] = {"whole": "erased", "redacted": "withheld", "withheld": "whole", "erased": "redacted"}[before]
    elif isinstance(before, int):
        entry[name] = before + chance.choice((-1, 1, 1000))
    elif name in ("salt", "prev", "digest", "hash"):
        place = chance.randrange(len(before))
        entry[name] = (
            before[:place] + chance.choice([d for d in "0123456789abcdef" if d != before[place]]) + before[place + 1 :]
        )
    else:
        entry[name] = before + "x"
    lines[at] = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
    return "changed", record, seq


def break_line(lines: Lines, chance: random.Random) -> Expected:
    """Cut an entry short."""
    at = chance.randrange(len(lines))
    expected = ("changed", *name_of(lines[at]))
    lines[at] = lines[at][: chance.randrange(1, len(lines[at]) - 2)] + b"\n"
    return expected


def drop(lines: Lines, chance: random.Random) -> Expected:
    """Take an entry out."""
    at = chance.randrange(len(lines))
    expected = ("dropped", *name_of(lines[at]))
    del lines[at]
    return expected


def repeat(lines: Lines, chance: random.Random) -> Expected:
    """Have an entry in a second place, too."""
    which, at = chance.randrange(len(lines)), chance.randrange(len(lines) + 1)
    line = lines[which]
    # A copy just before the entry itself is taken for it, and the entry for the copy.
    shows = at + 1 if which == at else at
    expected = name_of(lines[shows]) if shows < len(lines) else name_of(line)
    lines.insert(at, line)
    return ("inserted", *expected)


def forge(lines: Lines, chance: random.Random) -> Expected:
    """Put in an entry that nobody has recorded, which fits what is before it."""
    at = chance.randrange(len(lines))
    entry = json.loads(lines[at])
    record, seq = entry["record"], entry["seq"]
    content, salt = json.dumps({"body": "I agree to everything"}), chance.randbytes(16)
    digest = chain.digest_of(salt, content.encode())
    link = chain.Link(record, seq, bytes.fromhex(entry["prev"]), "message", 5, digest)
    forged = {**entry, "ts": 5, "digest": digest.hex(), "hash": link.hash.hex(), "state": "whole"}
    if chance.random() < 0.5:
        forged["hash"] = chance.randbytes(32).hex()
    forged |= {"salt": salt.hex(), "content": content}
    lines.insert(at, json.dumps(forged).encode() + b"\n")
    return "inserted", record, seq


def garbage(lines: Lines, chance: random.Random) -> Expected:
    """Put in a line that is no entry."""
    at = chance.randrange(len(lines))
    expected = ("inserted", *name_of(lines[at]))
    lines.insert(at, chance.choice((b"\n", b"{}\n", b"\xff\n", b"[1]\n")))
    return expected


def swap(lines: Lines, chance: random.Random) -> Expected:
    """Let two entries change places."""
    first, second = sorted(chance.sample(range(len(lines)), 2))
    expected = ("reordered", *name_of(lines[first]))
    lines[first], lines[second] = lines[second], lines[first]
    return expected


def move(lines: Lines, chance: random.Random) -> Expected:
    """Move one entry."""
    source, target = chance.sample(range(len(lines)), 2)
    expected = ("reordered", *name_of(lines[min(source, target)]))
    lines.insert(target, lines.pop(source))
    return expected


def rewrite(lines: Lines, chance: random.Random) -> Expected:
    """Change an entry and make all that follow it in its record anew, as who has the database could."""
    at = chance.randrange(len(lines))
    record, seq = name_of(lines[at])
    prev = json.loads(lines[at])["prev"]
    for number in range(at, len(lines)):
        entry = json.loads(lines[number])
        if entry["record"] != record:
            break
        if number == at:
            salt, content = chance.randbytes(16), json.dumps({"body": "changed"})
            digest = chain.digest_of(salt, content.encode()).hex()
            entry |= {"salt": salt.hex(), "content": content, "digest": digest, "state": "whole"}
        link = chain.Link(
            record, entry["seq"], bytes.fromhex(prev), entry["kind"], entry["ts"], bytes.fromhex(entry["digest"])
        )
        entry |= {"prev": prev, "hash": link.hash.hex()}
        prev = entry["hash"]
        lines[number] = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
    # It shows between two checkpoints.
    return "changed", record, (seq - 1) // 10 * 10 + 1


WAYS: tuple[Callable[[Lines, random.Random], Expected], ...] = (
    change,
    break_line,
    drop,
    repeat,
    forge,
    garbage,
    swap,
    move,
    rewrite,
)


def test_what_was_not_touched_is_right() -> None:
    lines, spans, heads = made(random.Random(1))
    problem, counted = check(lambda: BytesIO(b"".join(lines)), spans, heads)
    assert problem is None
    assert counted.entries == sum(count for _, count in RECORDS)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.__name__))
def test_each_mutation_is_located(way: Callable[[Lines, random.Random], Expected]) -> None:
    chance = random.Random(way.__name__)
    for number in range(MUTATIONS // len(WAYS) + 1):
        lines, spans, heads = made(chance)
        what, record, seq = way(lines, chance)
        problem = found(lines, spans, heads)
        assert problem is not None, number
        assert (problem.what, problem.record, problem.seq) == (what, record, seq), (number, str(problem))
        assert str(problem)
