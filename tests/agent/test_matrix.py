"""The account on Matrix, at a real server of ours; and events of any shape."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nio  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from roomkeeper_agent.sources.base import Batch, SourceFailed
from roomkeeper_agent.sources.matrix import Matrix, MatrixSettings, read_event
from tests.agent.contract import assert_valid
from tests.agent.following import following
from tests.interop.conftest import PASSWORD, call, new_client, ok
from tests.process import ServerProcess

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """A running server."""
    made = await ServerProcess(tmp_path_factory.mktemp("matrix") / "data").start()
    yield made
    await made.stop()


@pytest.fixture
async def people(server: ServerProcess) -> AsyncIterator[tuple[Any, Any]]:
    """The desk and a customer, signed in."""
    made = []
    for name in ("desk", "customer"):
        client = new_client(server, f"{name}{next(_numbers)}")
        ok(await client.register(client.user, PASSWORD, "Phone"), nio.RegisterResponse)
        made.append(client)
    yield made[0], made[1]
    for client in made:
        await client.close()


def settings(server: ServerProcess, client: Any, **more: Any) -> dict[str, Any]:
    """Of the source, for somebody."""
    return {"homeserver": server.url, "user_id": client.user_id, "access_token": client.access_token, **more}


async def say(client: Any, room_id: str, body: str, **more: Any) -> str:
    """Send a message; its id."""
    content = {"msgtype": "m.text", "body": body, **more}
    return str(ok(await client.room_send(room_id, "m.room.message", content), nio.RoomSendResponse).event_id)


async def room_of(desk: Any, customer: Any) -> str:
    """A room that both are in."""
    room_id = ok(await desk.room_create(name="Shop", invite=[customer.user_id]), nio.RoomCreateResponse).room_id
    ok(await customer.join(room_id), nio.JoinResponse)
    return str(room_id)


async def test_what_is_said_in_a_room(server: ServerProcess, people: tuple[Any, Any], tmp_path: Path) -> None:
    desk, customer = people
    room_id = await room_of(desk, customer)
    async with following("matrix", settings(server, desk)) as said:
        await said.until(lambda: said.position)
        first = await say(
            customer, room_id, "Hello 中文", format="org.matrix.custom.html", formatted_body="<b>Hello</b>"
        )
        relation = {"rel_type": "m.replace", "event_id": first}
        new = {"msgtype": "m.text", "body": "Hello all"}
        await say(customer, room_id, "* Hello all", **{"m.new_content": new, "m.relates_to": relation})
        reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": "👍"}}
        ok(await desk.room_send(room_id, "m.reaction", reaction), nio.RoomSendResponse)
        ok(await desk.room_read_markers(room_id, first, first), nio.RoomReadMarkersResponse)
        ok(await customer.room_redact(room_id, first, "wrong"), nio.RoomRedactResponse)
        ok(await customer.room_leave(room_id), nio.RoomLeaveResponse)
        kinds = {"message", "edit", "reaction", "read", "redaction", "leave"}
        await said.until(lambda: kinds <= {entry.kind for entry in said.entries})
    by_kind = {entry.kind: entry for entry in said.entries}
    assert by_kind["message"].id == first
    assert (by_kind["message"].text, by_kind["message"].html) == ("Hello 中文", "<b>Hello</b>")
    assert (by_kind["edit"].text, by_kind["edit"].target) == ("Hello all", first)
    assert (by_kind["reaction"].text, by_kind["reaction"].sender) == ("👍", desk.user_id)
    assert by_kind["redaction"].target == by_kind["read"].target == first
    assert by_kind["leave"].sender == customer.user_id
    assert said.found[-1][0].title == "Shop"


async def test_a_gap_is_filled(server: ServerProcess, people: tuple[Any, Any]) -> None:
    desk, customer = people
    room_id = await room_of(desk, customer)
    async with following("matrix", settings(server, desk)) as said:
        await said.until(lambda: said.position)
    for number in range(130):
        await say(customer, room_id, f"message {number}")
    async with following("matrix", settings(server, desk), said.position) as after:
        await after.until(lambda: len(after.texts()) >= 130)
    assert sorted(after.texts()) == sorted(f"message {number}" for number in range(130))
    assert len({entry.id for entry in after.entries}) == len(after.entries)


async def test_files_and_what_is_encrypted(
    server: ServerProcess, people: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, customer = people
    room_id = await room_of(desk, customer)
    path = tmp_path / "note.txt"
    path.write_bytes(b"a note")
    with path.open("rb") as opened:
        uploaded, _ = await customer.upload(opened, "text/plain", "note.txt", filesize=6)
    url = ok(uploaded, nio.UploadResponse).content_uri
    contents: list[bytes] = []
    real = Matrix._batches

    async def batches(self: Matrix, answer: Any, since: str | None) -> AsyncIterator[Batch]:
        async for batch in real(self, answer, since):
            contents.extend(_contents(batch))
            yield batch

    monkeypatch.setattr(Matrix, "_batches", batches)
    async with following("matrix", settings(server, desk)) as said:
        await said.until(lambda: said.position)
        await say(customer, room_id, "note.txt", msgtype="m.file", url=url, info={"size": 6, "mimetype": "text/plain"})
        await call(customer, "PUT", f"/rooms/{room_id}/send/m.room.encrypted/1", {"algorithm": "x", "ciphertext": "y"})
        await said.until(lambda: said.problems)
    (file,) = (file for entry in said.entries for file in entry.files)
    assert (file.name, file.type) == ("note.txt", "text/plain")
    assert contents == [b"a note"]
    assert not await asyncio.to_thread(Path(file.path).exists)
    assert "end-to-end encrypted" in said.problems[0].why


async def test_who_is_not_let_in(server: ServerProcess, people: tuple[Any, Any]) -> None:
    desk, _ = people
    async with following("matrix", settings(server, desk, access_token="wrong")) as said:
        with pytest.raises(SourceFailed, match="sync"):
            await said.until(lambda: False)
    async with following("matrix", settings(server, desk, access_token="", password=PASSWORD)) as said:
        await said.until(lambda: said.position)
    async with following("matrix", settings(server, desk, homeserver="http://127.0.0.1:1")) as said:
        with pytest.raises(SourceFailed, match="reached"):
            await said.until(lambda: False)


def test_events_of_any_shape() -> None:
    odd: list[Any] = [None, 5, -1, 2**70, 1.5, True, "", "x" * 5000, "\ud800\x00\n", [], [[]], {}, {"a": {}}]
    kinds = ("m.room.message", "m.reaction", "m.room.redaction", "m.room.member", "m.room.name", "m.call.invite")
    good = {
        "event_id": "$1",
        "sender": "@a:b",
        "origin_server_ts": 1,
        "state_key": "@a:b",
        "content": {"body": "x", "membership": "join", "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}},
    }
    conversation = Matrix(MatrixSettings(homeserver="https://example.org", user_id="@a:b"))
    assert conversation.name == "matrix"
    for kind in kinds:
        for field in ("event_id", "sender", "origin_server_ts", "type", "state_key", "content", "unsigned", "redacts"):
            for value in odd:
                _check({**good, "type": kind, field: value})
        for field in ("body", "membership", "m.relates_to", "m.new_content", "msgtype", "formatted_body", "reason"):
            for value in odd:
                _check({**good, "type": kind, "content": {**good["content"], field: value}})  # type: ignore[dict-item]


def _check(event: dict[str, Any]) -> None:
    from roomkeeper_agent.sources.base import Conversation

    entry = read_event(event)
    if entry is not None:
        assert_valid([(Conversation(program="matrix", conversation="x"), entry)])


def _contents(batch: Batch) -> list[bytes]:
    return [Path(file.path).read_bytes() for _, entry in batch.found for file in entry.files]
