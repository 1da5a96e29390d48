"""Edits, redactions, restarts: the index follows what happens."""

from __future__ import annotations

import asyncio
import itertools
from urllib.parse import quote

import pytest

from roomkeeper.core.search import segmentation
from roomkeeper.platform.database import Write
from tests.harness import Client, Server
from tests.integration.retention.operator import Operator
from tests.integration.search.finding import bodies, event_ids, search

_numbers = itertools.count(1)


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


@pytest.fixture
async def room_id(alice: Client) -> str:
    return await alice.create_room(preset="public_chat")


async def edit(client: Client, room_id: str, event_id: str, body: str) -> str:
    """Replace a message."""
    content = {
        "msgtype": "m.text",
        "body": f"* {body}",
        "m.new_content": {"msgtype": "m.text", "body": body},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }
    path = f"/rooms/{quote(room_id)}/send/m.room.message/edit{next(_numbers)}"
    return str((await client.put(path, content))["event_id"])


async def redact(client: Client, room_id: str, event_id: str) -> None:
    """Redact an event."""
    await client.put(f"/rooms/{quote(room_id)}/redact/{quote(event_id)}/redact{next(_numbers)}", {})


@pytest.mark.parametrize("look_between", [True, False])
async def test_edits(alice: Client, room_id: str, look_between: bool) -> None:
    event_id = await alice.send(room_id, "first version")
    if look_between:
        assert await event_ids(alice, "first") == [event_id]
    await edit(alice, room_id, event_id, "second version")
    if look_between:
        assert await event_ids(alice, "second") == [event_id]
    third = await edit(alice, room_id, event_id, "third version")
    assert await event_ids(alice, "third") == [event_id]
    assert await event_ids(alice, "version") == [event_id]
    for old in ("first", "second"):
        assert await event_ids(alice, old) == []
    assert (await search(alice, "third"))["highlights"] == ["third"]
    await redact(alice, room_id, third)
    assert await event_ids(alice, "second") == [event_id]
    assert await event_ids(alice, "third") == []
    await redact(alice, room_id, event_id)
    assert await event_ids(alice, "version") == []


async def test_an_edit_by_somebody_else_counts_for_nothing(server: Server, alice: Client, room_id: str) -> None:
    bob = await server.register("bob")
    await bob.join(room_id)
    event_id = await alice.send(room_id, "my words")
    content = {
        "msgtype": "m.text",
        "body": "* forged",
        "m.new_content": {"msgtype": "m.text", "body": "forged"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }
    await bob.attempt("PUT", f"/rooms/{quote(room_id)}/send/m.room.message/forged", content)
    assert await event_ids(alice, "words") == [event_id]
    assert await event_ids(alice, "forged") == []


@pytest.mark.parametrize("look_between", [True, False])
async def test_redactions(alice: Client, room_id: str, look_between: bool) -> None:
    event_id = await alice.send(room_id, "a secret")
    kept = await alice.send(room_id, "another secret")
    if look_between:
        assert len(await event_ids(alice, "secret")) == 2
    await redact(alice, room_id, event_id)
    assert await event_ids(alice, "secret") == [kept]
    assert (await search(alice, "secret"))["count"] == 1


async def test_a_redacted_name(alice: Client, room_id: str) -> None:
    event_id = await alice.set_state(room_id, "m.room.name", {"name": "embarrassing"})
    assert await event_ids(alice, "embarrassing") == [event_id]
    await redact(alice, room_id, event_id)
    assert await event_ids(alice, "embarrassing") == []


async def test_what_is_removed_for_its_age(server: Server, alice: Client, room_id: str) -> None:
    event_id = await alice.send(room_id, "old words")
    await edit(alice, room_id, event_id, "edited words")
    await alice.send(room_id, "newest words")
    assert (await search(alice, "words"))["count"] == 2
    write = Write()
    pruned = await server.rooms.pruning.prune(write, room_id, 2**50, 0, 200)
    assert pruned.removed >= 2
    await server.app.committer.submit(write)
    assert await bodies(alice, "words") == ["newest words"]
    assert (await search(alice, "words"))["count"] == 1


async def test_a_purged_room(server: Server, alice: Client, room_id: str) -> None:
    other = await alice.create_room()
    for room in (room_id, other):
        event_id = await alice.send(room, "words")
        await edit(alice, room, event_id, "words again")
    assert (await search(alice, "words"))["count"] == 2
    await Operator(server).purge(room_id)
    found = await search(alice, "words")
    assert [item["result"]["room_id"] for item in found["results"]] == [other]
    for table in ("search_edits", "search_entries"):
        left = await server.app.driver.query(f"SELECT count(*) FROM {table} WHERE room_id = $1", room_id)
        assert left == [(0,)]


class HeldIndexer:
    """Holds back what the indexer writes, as a slow disk would."""

    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self._submit = server.app.committer.submit
        self._open = asyncio.Event()
        self._holds = asyncio.Event()
        monkeypatch.setattr(server.app.committer, "submit", self._hold)

    def _hold(self, write: Write) -> asyncio.Future[None]:
        if not any(statement.sql.startswith("INSERT INTO search_") for statement in write.statements):
            return self._submit(write)
        self._holds.set()
        return asyncio.ensure_future(self._later(write))

    async def _later(self, write: Write) -> None:
        await self._open.wait()
        await self._submit(write)

    async def holding(self) -> None:
        """Wait until there is something to write."""
        async with asyncio.timeout(10):
            await self._holds.wait()

    def release(self) -> None:
        """Write it."""
        self._open.set()


async def rows_of(server: Server, room_id: str) -> int:
    """How much is kept of a room."""
    tables = ("search_entries", "search_edits")
    return sum(
        [
            (await server.app.driver.query(f"SELECT count(*) FROM {table} WHERE room_id = $1", room_id))[0][0]
            for table in tables
        ]
    )


async def test_a_room_purged_while_it_is_indexed(
    server: Server, alice: Client, room_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await alice.create_room()
    await search(alice, "nothing")
    held = HeldIndexer(server, monkeypatch)
    for room in (room_id, other):
        event_id = await alice.send(room, "words")
        await edit(alice, room, event_id, "words again")
    await held.holding()
    await Operator(server).purge(room_id)
    held.release()
    assert await event_ids(alice, "words") == [event_id]
    assert await rows_of(server, room_id) == 0
    assert await rows_of(server, other) == 2


@pytest.mark.parametrize("first", ["indexing", "removal"])
async def test_messages_removed_while_they_are_indexed(
    server: Server, alice: Client, room_id: str, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Each was made without knowing of the other; whichever is written first, nothing stays."""
    await search(alice, "nothing")
    held = HeldIndexer(server, monkeypatch)
    event_id = await alice.send(room_id, "old words")
    await edit(alice, room_id, event_id, "edited words")
    await alice.send(room_id, "newest words")
    await held.holding()
    removal = Write()
    pruned = await server.rooms.pruning.prune(removal, room_id, 2**50, 0, 200)
    assert pruned.removed >= 2
    if first == "indexing":
        held.release()
        assert len(await bodies(alice, "words")) == 2
    await server.app.committer.submit(removal)
    held.release()
    assert await bodies(alice, "words") == ["newest words"]
    assert await rows_of(server, room_id) == 1


async def test_after_a_restart(server: Server, alice: Client, room_id: str) -> None:
    await alice.send(room_id, "before the restart")
    assert await bodies(alice, "restart") == ["before the restart"]
    await alice.send(room_id, "right before the restart")
    await server.restart()
    await alice.send(room_id, "after the restart")
    assert len(await bodies(alice, "restart")) == 3


async def test_another_segmentation_indexes_anew(
    server: Server, alice: Client, room_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = await alice.send(room_id, "first words")
    await edit(alice, room_id, event_id, "second words")
    assert len(await bodies(alice, "second")) == 1
    await server.stop()
    monkeypatch.setattr("roomkeeper.core.search.indexer.VERSION", segmentation.VERSION + 1)
    await server.start()
    assert await event_ids(alice, "second") == [event_id]
    assert await event_ids(alice, "first") == []


async def test_while_all_is_indexed_anew_the_old_index_answers(
    server: Server, alice: Client, room_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [await alice.send(room_id, f"message {number}") for number in range(80)]
    await edit(alice, room_id, sent[0], "edited message")
    assert (await search(alice, "message"))["count"] == 80
    await server.stop()
    monkeypatch.setattr("roomkeeper.core.search.indexer.VERSION", segmentation.VERSION + 1)
    monkeypatch.setattr("roomkeeper.core.search.service.WAIT", 0.01)
    monkeypatch.setattr("roomkeeper.core.rooms.follower.BATCH", 8)
    await server.start()
    reached = 0
    upto = 1
    while reached < upto:
        await alice.send(room_id, "more")
        assert await event_ids(alice, "edited") == [sent[0]]
        assert await event_ids(alice, '"message 0"') == []
        found = await search(alice, "message", filter={"limit": 50})
        assert found["count"] == 80
        reached, upto = (await server.app.driver.query("SELECT reached, anew_upto FROM search_progress"))[0]
        assert upto
    assert (await search(alice, "message"))["count"] == 80


async def test_many_at_once(server: Server, alice: Client, room_id: str) -> None:
    """More than one batch, with edits and redactions between."""
    sent = [await alice.send(room_id, f"message {number}") for number in range(450)]
    await redact(alice, room_id, sent[0])
    await edit(alice, room_id, sent[300], "changed")
    assert (await search(alice, "message"))["count"] == 448
    assert await event_ids(alice, "changed") == [sent[300]]


async def test_the_lag_is_a_metric(server: Server, alice: Client, room_id: str) -> None:
    await alice.send(room_id, "word")
    await search(alice, "word")
    _, _, metrics = await server.raw("GET", "/metrics")
    assert b'roomkeeper_follower_lag_positions{follower="search"} 0.0' in metrics
