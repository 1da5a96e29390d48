"""This server's own points, at what the built-in kinds of trouble need."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from roomkeeper.core.rooms.api import sending
from roomkeeper.core.rooms.service import Rooms
from roomkeeper.platform.database import DatabaseError
from tests.conftest import MakeServer
from tests.databases import databases
from tests.harness import Server
from tests.integration.accounts.operator import operator


async def flow(server: Server, user_id: str, kind: str) -> dict[str, Any]:
    """A user's flow, as the operator sees it."""
    status, answer = await operator(server, "GET", "/repair/flow", user_id=user_id, kind=kind)
    assert status == 200, answer
    return dict(answer)


async def points(server: Server, user_id: str, kind: str) -> list[tuple[str, str]]:
    """The steps of the newest attempt: point and correlation id."""
    attempts = (await flow(server, user_id, kind))["attempts"]
    return [(step["point"], attempts[0]["correlation_id"]) for step in attempts[0]["steps"]] if attempts else []


async def test_a_message_that_is_sent_and_one_that_is_refused(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room = await alice.create_room()
    await alice.send(room, transaction_id="t1")
    assert await points(server, alice.user_id, "message_stuck") == [("message_accepted", "t1")]
    path = f"/rooms/{room}/send/m.room.message/t2"
    assert (await bob.attempt("PUT", path, {"msgtype": "m.text", "body": "x"}))[0] == 403
    found = await flow(server, bob.user_id, "message_stuck")
    assert found["attempts"][0]["deviation"]["code"] == "failed"
    assert found["attempts"][0]["steps"][-1]["event"]["properties"]["errcode"] == "M_FORBIDDEN"
    assert "hello" not in str(await server.app.driver.query("SELECT properties FROM repair_events"))


async def test_a_message_that_takes_long(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """That it has come is told before it is done with, and where it never is."""
    monkeypatch.setattr(sending, "SLOW_S", 0.05)
    alice = await server.register("alice")
    room = await alice.create_room()
    send = Rooms.send

    async def slow(*what: Any) -> Any:
        await asyncio.sleep(0.3)
        return await send(*what)

    monkeypatch.setattr(Rooms, "send", slow)
    await alice.send(room, transaction_id="t1")
    monkeypatch.undo()
    assert await points(server, alice.user_id, "message_stuck") == [
        ("message_received", "t1"),
        ("message_accepted", "t1"),
    ]


async def test_a_room_that_is_joined(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room = await alice.create_room()
    await bob.sync()
    await alice.invite(room, bob.user_id)
    await bob.join(room)
    await bob.sync()
    assert await points(server, bob.user_id, "room_missing") == [("room_joined", room), ("room_synced", room)]
    closed = await alice.create_room()
    assert (await bob.attempt("POST", f"/join/{closed}"))[0] == 403
    found = await flow(server, bob.user_id, "room_missing")
    assert found["attempts"][0]["deviation"]["point"] == "room_join_refused"


async def test_a_session_that_ends(server: Server) -> None:
    alice = await server.register("alice")
    await alice.sync()
    assert [name for name, _ in await points(server, alice.user_id, "signed_out")] == [
        "device_signed_in",
        "device_active",
    ]
    await alice.post("/logout")
    for _ in range(3):
        assert (await alice.attempt("GET", "/sync"))[0] == 401
    found = await flow(server, alice.user_id, "signed_out")
    assert [step["point"] for step in found["attempts"][0]["steps"]][2:] == ["device_signed_out"]
    assert found["attempts"][0]["correlation_id"] == alice.device_id


async def test_a_file_that_is_uploaded(server: Server) -> None:
    alice = await server.register("alice")
    media_id = str((await alice.post("/_matrix/media/v1/create"))["content_uri"]).rsplit("/", 1)[1]
    headers = {"authorization": f"Bearer {alice.token}", "content-type": "text/plain"}
    status, _, _ = await server.raw("PUT", f"/_matrix/media/v3/upload/example.org/{media_id}", b"words", headers)
    assert status == 200
    await alice.get(f"/_roomkeeper/v1/screening/uploads/{media_id}", timeout_ms=5000)
    assert [name for name, at in await points(server, alice.user_id, "media_refused") if at == media_id] == [
        "media_received",
        "media_allowed",
    ]


async def test_where_tracking_is_off_nothing_is_kept(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_REPAIR_TRACKING="off")
    alice = await server.register("alice")
    await alice.send(await alice.create_room())
    assert await points(server, alice.user_id, "message_stuck") == []
    own = await alice.get("/_roomkeeper/v1/repair/tracking")
    assert (own["enabled"], own["available"], own["chosen"]) == (False, False, True)


async def test_without_the_capability_nothing_listens(make_server: MakeServer, tmp_path: Path) -> None:
    await databases.empty(tmp_path / "data0")
    server = await make_server(with_capabilities=False)
    assert server.app.tracking.listener is None
    alice = await server.register("alice")
    await alice.send(await alice.create_room())


async def test_what_is_too_much_is_dropped_and_counted_and_flows_say_so(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_REPAIR_BUFFERED_EVENTS="100", ROOMKEEPER_REPAIR_FLUSH_SECONDS="60")
    alice = await server.register("alice")
    for number in range(300):
        server.app.tracking.track("message_received", alice.user_id, txn_id=f"t{number}", room_id="!r:x", device_id="D")
    found = await flow(server, alice.user_id, "message_stuck")
    assert found["events"] <= 101
    (lost,) = [each for each in found["findings"] if each["code"] == "lost"]
    assert "lost 2" in lost["text"]
    volumes = (await operator(server, "GET", "/repair/volumes"))[1]
    assert volumes["dropped"] >= 200


async def test_points_wait_while_the_database_refuses(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = await server.register("alice")
    submit = server.app.committer.submit

    def refuse(write: Any) -> Any:
        if any("repair_events" in statement.sql for statement in write.statements):
            raise DatabaseError("full")
        return submit(write)

    monkeypatch.setattr(server.app.committer, "submit", refuse)
    room = await alice.create_room()
    await alice.send(room, transaction_id="t1")
    await asyncio.sleep(0.7)
    monkeypatch.undo()
    assert [name for name, _ in await points(server, alice.user_id, "message_stuck")] == ["message_accepted"]
