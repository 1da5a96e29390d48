"""Gajim: the contract on both forms of its database, while it is written; rows that go, and come again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest

from roomkeeper_agent import sources
from roomkeeper_agent.sources import gajim
from tests.agent.contract import Contract, Sample, read

OLD = """
PRAGMA page_size = 512;
CREATE TABLE jids(jid_id INTEGER PRIMARY KEY AUTOINCREMENT, jid TEXT UNIQUE, type INTEGER);
CREATE TABLE logs(log_line_id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER, jid_id INTEGER, contact_name TEXT,
    time REAL, kind INTEGER, message TEXT, stanza_id TEXT, message_id TEXT);
INSERT INTO jids VALUES (1, 'desk@example.org', 0), (2, 'customer@example.org', 0), (3, 'room@example.org', 1);
INSERT INTO logs(account_id, jid_id, contact_name, time, kind, message, message_id) VALUES
    (1, 2, NULL, 1795402680.5, 4, 'Hello 中文', 'm1'), (1, 2, NULL, 1795402681, 6, 'Good day', 'm2'),
    (1, 2, NULL, 1795402681, 4, 'ok', NULL), (1, 2, NULL, 1795402681, 4, 'ok', NULL),
    (1, 3, 'guest', 1795402682, 2, 'in the room', 'm3'), (1, 2, NULL, 1795402683, 0, NULL, NULL);
"""
NEW = """
PRAGMA page_size = 512;
CREATE TABLE account(pk INTEGER PRIMARY KEY, jid TEXT);
CREATE TABLE remote(pk INTEGER PRIMARY KEY, jid TEXT);
CREATE TABLE occupant(pk INTEGER PRIMARY KEY, nickname TEXT);
CREATE TABLE message(pk INTEGER PRIMARY KEY, fk_account_pk INTEGER, fk_remote_pk INTEGER, resource TEXT, type INTEGER,
    direction INTEGER, timestamp REAL, state INTEGER, id TEXT, stanza_id TEXT, text TEXT, fk_occupant_pk INTEGER,
    correction_id TEXT);
CREATE TABLE reaction(pk INTEGER PRIMARY KEY, fk_account_pk INTEGER, fk_remote_pk INTEGER, fk_occupant_pk INTEGER,
    id TEXT, direction INTEGER, emojis TEXT, timestamp REAL);
CREATE TABLE retraction(pk INTEGER PRIMARY KEY, fk_account_pk INTEGER, fk_remote_pk INTEGER, fk_occupant_pk INTEGER,
    id TEXT, direction INTEGER, timestamp REAL);
INSERT INTO account VALUES (1, 'desk@example.org');
INSERT INTO remote VALUES (1, 'customer@example.org'), (2, 'room@example.org');
INSERT INTO occupant VALUES (1, 'guest');
INSERT INTO message VALUES
    (1, 1, 1, 'phone', 1, 1, 1795402680.123, 2, 'm1', 's1', 'Hello 中文', NULL, NULL),
    (2, 1, 1, NULL, 1, 2, 1795402681.5, 1, 'm2', NULL, 'Good dya', NULL, NULL),
    (3, 1, 1, NULL, 1, 2, 1795402682.5, 1, 'm3', NULL, 'Good day', NULL, 'm2'),
    (4, 1, 2, 'guest', 2, 1, 1795402683.5, 2, 'm4', 's4', 'in the room', 1, NULL);
INSERT INTO reaction VALUES (1, 1, 2, 1, 's4', 1, '👍', 1795402684.5);
INSERT INTO retraction VALUES (1, 1, 1, NULL, 'm1', 1, 1795402685.5);
"""


def database(script: str) -> bytes:
    """The file that the statements make."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(script)
        return made.serialize()


def settings(folder: Path) -> dict[str, Any]:
    """Of the source, for a database in this folder."""
    return {"file": str(folder / "logs.db")}


class TestContract(Contract):
    """Both forms keep it."""

    @pytest.fixture(params=[(OLD, 5), (NEW, 6)], ids=["old", "new"])
    def sample(self, request: pytest.FixtureRequest) -> Sample:
        """One of them."""
        script, entries = request.param
        return Sample("gajim", "logs.db", database(script), entries, settings, grows=False, step=97)

    @pytest.fixture
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gajim, "MOST_ROWS", 1)


@pytest.fixture
def written(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database as Gajim has it open: what is new is in the log beside it."""
    with closing(sqlite3.connect(tmp_path / "logs.db", isolation_level=None)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.executescript(NEW)
        yield made


def test_what_it_says(tmp_path: Path, written: sqlite3.Connection) -> None:
    source: Any = sources.make("gajim", settings(tmp_path))
    said = [(conversation.conversation, entry) for conversation, entry in read(source).found]
    first, second, edit, group, reaction, redaction = (entry for _, entry in said)
    assert (first.sender, first.ts, first.text) == ("customer@example.org", 1_795_402_680_123, "Hello 中文")
    assert second.sender == "desk@example.org"
    assert (edit.kind, edit.target, edit.text) == ("edit", second.id, "Good day")
    assert (said[3][0], group.sender) == ("room@example.org", "guest")
    assert (reaction.kind, reaction.target, reaction.sender, reaction.text) == ("reaction", group.id, "guest", "👍")
    assert (redaction.kind, redaction.target) == ("redaction", first.id)


def test_what_the_server_says_later_makes_no_other_message(tmp_path: Path, written: sqlite3.Connection) -> None:
    source: Any = sources.make("gajim", settings(tmp_path))
    before = read(source)
    written.execute("UPDATE message SET state = 2, stanza_id = 's2' WHERE pk = 2")
    assert read(source).ids == before.ids
    assert read(source, before.position).found == []
    # A reaction that is changed is another entry.
    written.execute("UPDATE reaction SET emojis = '❤', timestamp = 1795402690.0")
    assert [entry.text for _, entry in read(source, before.position).found] == ["❤"]


def test_numbers_of_removed_rows_are_used_again(tmp_path: Path, written: sqlite3.Connection) -> None:
    source: Any = sources.make("gajim", settings(tmp_path))
    before = read(source)
    written.execute("DELETE FROM message WHERE pk > 1")
    written.execute(
        "INSERT INTO message VALUES (2, 1, 1, NULL, 1, 1, 1795402699.0, 2, 'm9', NULL, 'new after all', NULL, NULL)"
    )
    after = read(source, before.position)
    assert [entry.text for _, entry in after.found if entry.id not in before.ids] == ["new after all"]


async def test_it_wakes_when_something_is_written(tmp_path: Path, written: sqlite3.Connection) -> None:
    source: Any = sources.make("gajim", settings(tmp_path))
    async with asyncio.timeout(60), aclosing(source.follow(None)) as batches:
        said: list[str] = []
        async for batch in batches:
            said += [entry.text for _, entry in batch.found]
            if len(said) == 6:
                written.execute(
                    "INSERT INTO message VALUES (5, 1, 1, NULL, 1, 1, 1795402699.0, 2, 'm9', NULL, 'live', NULL, NULL)"
                )
            if said[-1] == "live":
                break
    assert len(said) == 7


def test_found_on_this_desktop(tmp_path: Path) -> None:
    source = sources.source_class("gajim")
    assert source.detect(tmp_path) == []
    path = tmp_path / ".local" / "share" / "gajim" / "logs.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert [found.settings for found in source.detect(tmp_path)] == [{"file": str(path)}]
