"""The spool: each entry once, with its position; full, on a full disk, killed, and given back."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from roomkeeper_agent.sources.base import Batch, Conversation, Entry, LocalFile, Participant, Problem
from roomkeeper_agent.spool import Full, NoSpace, Rule, Spool
from roomkeeper_agent.spool import outbox as outboxes

NOW = 1_700_000_000_000
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/record-upload.schema.json").read_text("utf-8"))
GREEN = Conversation(program="pidgin", account="desk", conversation="green@example.org", title="Green")


def always(rule: Rule) -> Callable[[str], Rule]:
    """That rule for each program."""
    return lambda _: rule


def entry(number: int, **more: Any) -> Entry:
    """A message."""
    return Entry(id=f"m{number}", ts=NOW + number, sender="green@example.org", text=f"你好 {number}", **more)


def batch(*entries: Entry, position: Any = None, of: Conversation = GREEN) -> Batch:
    """A batch of one conversation."""
    return Batch(found=[(of, each) for each in entries], position=position)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """A new one."""
    made = Spool(tmp_path / "spool")
    yield made
    made.close()


def lines(spool: Spool, upload: outboxes.Upload) -> list[dict[str, Any]]:
    """The lines of an upload, each of which is as the server wants it."""
    body = spool.outbox.body(upload)
    assert (len(body), hashlib.sha256(body).hexdigest()) == (upload.size, upload.sha256)
    found = [json.loads(line) for line in body.splitlines()]
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for each in found:
        validator.validate(each)
    assert all(len(line) < 1024 * 1024 for line in body.splitlines())
    return found


def next_upload(spool: Spool) -> outboxes.Upload:
    """The upload that is next."""
    chunk = spool.outbox.choose()
    assert chunk is not None
    return spool.outbox.fix(chunk)


def test_once_with_its_position(spool: Spool) -> None:
    store = spool.intake.store
    assert len(store("a", batch(entry(1), entry(2), position={"at": 2}), always("all"), NOW).new) == 2
    again = store("a", batch(entry(2), entry(3), position={"at": 3}), always("all"), NOW)
    assert ([each.id for _, each in again.new], again.known) == (["m3"], 1)
    assert spool.intake.position("a") == {"at": 3}
    assert spool.intake.position("b") is None
    upload = next_upload(spool)
    header, *entries = lines(spool, upload)
    assert (header["program"], header["account"], header["trigger"], header["title"]) == (
        "pidgin",
        "desk",
        "rule",
        "Green",
    )
    assert [each["id"] for each in entries] == ["m1", "m2", "m3"]
    # What comes meanwhile changes nothing in it: after a crash, it is the same upload.
    store("a", batch(entry(4)), always("all"), NOW)
    folder = spool.database.folder
    spool.close()
    reopened = Spool(folder)
    assert reopened.outbox.begun() == upload
    assert lines(reopened, upload)[1:] == entries
    assert reopened.outbox.finish(upload, "r1") == 3
    assert reopened.outbox.begun() is None
    assert [each["id"] for each in lines(reopened, next_upload(reopened))[1:]] == ["m4"]
    assert reopened.outbox.conversations()[0]["record_id"] == "r1"
    reopened.close()


def test_files_are_kept_until_the_server_has_them(spool: Spool, tmp_path: Path) -> None:
    picture = tmp_path / "shot.png"
    picture.write_bytes(b"a picture")
    gone = LocalFile(path=str(tmp_path / "gone.pdf"))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    files = (LocalFile(path=str(picture), type="image/png"), gone, LocalFile(path=str(fifo)))
    spool.intake.store("a", batch(entry(1, files=files), entry(2, files=files[:1])), always("all"), NOW)
    picture.unlink()
    chunk = spool.outbox.choose()
    assert chunk is not None
    due = spool.outbox.files_due(chunk.entry_nos)
    assert [file.name for file in due] == ["shot.png", "shot.png"]
    assert due[0].sha256 is not None
    assert spool.files.path(due[0].sha256).read_bytes() == b"a picture"
    for file in due:
        spool.outbox.mark_file(file, url="mxc://example.org/abc")
    first, *notes, second = lines(spool, upload := spool.outbox.fix(chunk))[1:]
    shown = {"url": "mxc://example.org/abc", "name": "shot.png", "type": "image/png", "size": 9, "path": str(picture)}
    assert first["attachments"] == second["attachments"] == [shown]
    assert [note["kind"] for note in notes] == ["note", "note"]
    assert "gone.pdf" in notes[0]["text"]
    assert notes[0]["target"] == "m1"
    assert spool.intake.bytes > 9
    spool.outbox.finish(upload, "r")
    assert spool.intake.bytes == 0
    assert list((spool.database.folder / "files").iterdir()) == []


def test_full_and_free_again(spool: Spool) -> None:
    spool.intake.most_bytes = 10_000
    stored = 0
    while fits(spool, stored):
        stored += 1
    assert stored > 10
    assert spool.intake.position("a") == stored - 1
    assert spool.intake.bytes <= 10_000
    spool.outbox.finish(next_upload(spool), "r")
    assert fits(spool, stored)


def fits(spool: Spool, number: int) -> bool:
    """Whether there was room for an entry."""
    try:
        spool.intake.store("a", batch(entry(number), position=number), always("all"), NOW)
    except Full:
        return False
    return True


def test_a_full_disk_changes_nothing(spool: Spool, tmp_path: Path) -> None:
    """SQLite's own limit of pages answers as a full disk does."""
    spool.intake.store("a", batch(entry(0), position=0), always("all"), NOW)
    pages = spool.database.number("PRAGMA page_count")
    spool.database.rows(f"PRAGMA max_page_count = {pages + 2}")
    large = entry(1, html="x" * 100_000)
    with pytest.raises(NoSpace, match="disk is full"):
        spool.intake.store("a", batch(large, position=1), always("all"), NOW)
    assert spool.intake.position("a") == 0
    spool.database.rows("PRAGMA max_page_count = 1000000")
    assert len(spool.intake.store("a", batch(large, position=1), always("all"), NOW).new) == 1


def test_what_does_not_fit_is_made_to(spool: Spool) -> None:
    people = tuple(Participant(id=f"p\n{number}", name="\ud800") for number in range(1500))
    strange = Conversation(program="x" * 400, conversation="a\0b", title="t" * 500, participants=people)
    long = "你好" * 200_000
    found = [
        Entry(id="i" * 500, ts=-5, sender="\x01", text="\ud83d", target="t" * 400),
        Entry(id="\n", ts=2**70, text=long, html=long, raw=long),
        Entry(id="full", ts=1, text="\x01" * 190_000, html="h"),
    ]
    spool.intake.store("a", batch(*found, of=strange), always("all"), NOW)
    chunk = spool.outbox.choose()
    assert chunk is not None
    due = spool.outbox.files_due(chunk.entry_nos)
    assert [file.name for file in due] == ["text.txt", "text.txt"]
    assert due[0].sha256 is not None
    assert spool.files.path(due[0].sha256).read_text("utf-8") == long
    for file in due:
        spool.outbox.mark_file(file, url="mxc://example.org/abc")
    assert len(lines(spool, spool.outbox.fix(chunk))) == 4
    # Once more: the same ids.
    spool.intake.store("a", batch(*found, of=strange), always("all"), NOW)
    assert spool.outbox.choose() is None


def test_on_request(spool: Spool) -> None:
    """What is held is recorded when somebody asks, with what comes then; what nobody asks for goes."""
    store = spool.intake.store
    store("a", batch(entry(1), entry(2), entry(3)), always("on_request"), NOW)
    other = Conversation(program="pidgin", conversation="blue@example.org")
    store("a", batch(entry(4), of=other), always("on_request"), NOW)
    assert spool.outbox.choose() is None
    (green,) = [each for each in spool.outbox.conversations() if each["conversation"].get("title") == "Green"]
    assert spool.outbox.release(green["no"], "manual", NOW + 2, NOW + 1000) == 2
    store("a", batch(entry(5)), always("on_request"), NOW + 900)
    store("a", batch(entry(6)), always("on_request"), NOW + 1001)
    header, *entries = lines(spool, next_upload(spool))
    assert header["trigger"] == "manual"
    assert [each["id"] for each in entries] == ["m2", "m3", "m5"]
    assert spool.outbox.let_go(NOW + 1) == 2
    assert spool.outbox.waiting().held == 1
    assert len(store("a", batch(entry(7), of=other), always("never"), NOW).new) == 0


def test_pauses(spool: Spool) -> None:
    store = spool.intake.store
    spool.intake.pause(NOW + 10)
    since = spool.intake.paused_since
    assert since == NOW + 10
    # While it lasts, what a log says of the minute in which it began may be of it; what is older is not.
    store("a", batch(entry(-60_000), entry(9), entry(10), entry(15)), always("all"), NOW + 20)
    spool.intake.resume(NOW + 20)
    assert spool.intake.paused_since is None
    store("a", batch(entry(8), entry(16), entry(20)), always("all"), NOW + 20)
    assert [each["id"] for each in lines(spool, next_upload(spool))[1:]] == ["m-60000", "m8", "m20"]


def test_what_the_server_refuses_is_divided_and_set_aside(spool: Spool) -> None:
    spool.intake.store("a", batch(*(entry(number) for number in range(4))), always("all"), NOW)
    most = spool.outbox.split(next_upload(spool), "no")
    assert most == 2
    chunk = spool.outbox.choose(most)
    assert chunk is not None
    assert len(chunk.entry_nos) == 2
    most = spool.outbox.split(spool.outbox.fix(chunk), "no")
    chunk = spool.outbox.choose(most)
    assert chunk is not None
    assert spool.outbox.split(spool.outbox.fix(chunk), "bad line") > 1
    (refused,) = spool.outbox.refused()
    assert (refused["id"], refused["error"]) == ("m0", "bad line")
    assert spool.outbox.waiting().due == 3
    assert spool.outbox.retry() == 1
    assert [each["id"] for each in lines(spool, next_upload(spool))[1:]] == ["m0", "m1", "m2", "m3"]


def test_problems_are_bounded_and_said_once(spool: Spool) -> None:
    many = [Problem(where=f"file {number}", why="bad", raw="\ud800" * 1000) for number in range(1500)]
    spool.intake.note("a", many, NOW)
    spool.intake.note("a", [Problem(where="file 1499", why="bad")], NOW + 1)
    first = spool.outbox.problems(2000)
    assert len(first) == 1000
    assert (first[0]["where"], first[0]["times"]) == ("file 1499", 2)


def test_what_is_too_much_by_itself_comes_when_nothing_else_is_there(spool: Spool, tmp_path: Path) -> None:
    spool.intake.most_bytes = 10_000
    large = tmp_path / "large"
    large.write_bytes(bytes(50_000))
    spool.intake.store("a", batch(entry(1)), always("all"), NOW)
    with pytest.raises(Full):
        spool.intake.store("a", batch(entry(2, files=(LocalFile(path=str(large)),))), always("all"), NOW)
    spool.outbox.finish(next_upload(spool), "r")
    spool.intake.store("a", batch(entry(2, files=(LocalFile(path=str(large)),))), always("all"), NOW)
    assert not fits(spool, 3)


KILLED = """
import sys
from pathlib import Path
from tests.agent.test_spool import NOW, always, batch, entry
from roomkeeper_agent.spool import Spool
spool = Spool(Path(sys.argv[1]))
number = (spool.intake.position("a") or 0)
while True:
    number += 1
    spool.intake.store("a", batch(entry(number), position=number), always("all"), NOW)
    print(number, flush=True)
"""


def test_killed_while_it_writes(tmp_path: Path) -> None:
    told = 0
    for stop in (3, 20, 57):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "spool")], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            for _ in range(stop):
                told = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
    spool = Spool(tmp_path / "spool")
    spool.clear_up()
    position = int(spool.intake.position("a") or 0)
    assert position >= told
    assert [each["id"] for each in lines(spool, next_upload(spool))[1:]] == [f"m{n}" for n in range(1, position + 1)]
    spool.close()
