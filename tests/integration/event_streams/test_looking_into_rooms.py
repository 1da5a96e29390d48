"""Looking into a room that one is not in. spec: client-server §Room previews"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client, Server

WORLD = {"type": "m.room.history_visibility", "content": {"history_visibility": "world_readable"}}


def bodies(answer: dict[str, Any]) -> list[str]:
    return [event["content"]["body"] for event in answer["chunk"] if event["type"] == "m.room.message"]


async def snapshot(client: Client, room_id: str, **query: Any) -> dict[str, Any]:
    return await client.get(f"/rooms/{quote(room_id)}/initialSync", **query)


async def waits(server: Server, count: int = 1) -> None:
    """Wait until so many requests do."""
    route, _ = server.app.routes.find("GET", b"/_matrix/client/v3/events")
    waiting = route.endpoint.__self__._streams.waiting  # type: ignore[attr-defined]
    async with asyncio.timeout(30):
        while len(waiting) < count:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


async def test_a_world_readable_room(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room(initial_state=[WORLD], visibility="public", name="Room")
    for number in range(5):
        await alice.send(room_id, f"m{number}")
    found = await snapshot(bob, room_id, limit=2)
    assert bodies(found["messages"]) == ["m3", "m4"]
    assert found["visibility"] == "public"
    assert "membership" not in found
    names = [event["content"]["name"] for event in found["state"] if event["type"] == "m.room.name"]
    assert names == ["Room"]
    assert {event["room_id"] for event in (*found["state"], *found["messages"]["chunk"])} == {room_id}
    # Older messages are before `start`, newer ones after `end`.
    older = await bob.get(f"/rooms/{quote(room_id)}/messages", dir="b", **{"from": found["messages"]["start"]}, limit=2)
    assert bodies(older) == ["m2", "m1"]

    listening = {"from": found["messages"]["end"], "timeout": 60_000, "room_id": room_id}
    waiting = asyncio.create_task(bob.get("/events", **listening))
    await waits(server)
    await alice.send(room_id, "new")
    answer = await waiting
    assert bodies(answer) == ["new"]
    assert answer["chunk"][0]["room_id"] == room_id
    again = await bob.get("/events", **{**listening, "from": answer["end"], "timeout": 0})
    assert again["chunk"] == []
    await alice.send(room_id, "newer")
    assert bodies(await bob.get("/events", **{**listening, "from": answer["end"]})) == ["newer"]


async def test_from_now_on(server: Server) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    await alice.send(room_id, "old")
    waiting = asyncio.create_task(alice.get("/events", room_id=room_id, timeout=60_000))
    await waits(server)
    await alice.send(room_id, "new")
    assert bodies(await waiting) == ["new"]


async def test_other_rooms_wake_nobody(server: Server) -> None:
    alice = await server.register("alice")
    one, other = await alice.create_room(), await alice.create_room()
    waiting = asyncio.create_task(alice.get("/events", room_id=one, timeout=60_000))
    await waits(server)
    await alice.send(other, "there")
    await alice.send(one, "here")
    assert bodies(await waiting) == ["here"]


async def test_many_events_come_in_pages(server: Server) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    token = (await snapshot(alice, room_id))["messages"]["end"]
    for number in range(150):
        await alice.send(room_id, str(number))
    found: list[str] = []
    while True:
        answer = await alice.get("/events", room_id=room_id, **{"from": token})
        if not answer["chunk"]:
            break
        assert len(answer["chunk"]) <= 100
        found += bodies(answer)
        token = answer["end"]
    assert found == [str(number) for number in range(150)]


@pytest.mark.parametrize("visibility", ["shared", "invited", "joined"])
async def test_closed_rooms(server: Server, visibility: str) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    closed = {"type": "m.room.history_visibility", "content": {"history_visibility": visibility}}
    room_id = await alice.create_room(initial_state=[closed], preset="public_chat")
    for path, query in ((f"/rooms/{quote(room_id)}/initialSync", {}), ("/events", {"room_id": room_id})):
        status, answer = await bob.attempt("GET", path, None, **query)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    for path, query in (("/rooms/!no:example.org/initialSync", {}), ("/events", {"room_id": "!no:example.org"})):
        assert (await bob.attempt("GET", path, None, **query))[0] == 404
    await bob.join(room_id)
    assert (await snapshot(bob, room_id))["membership"] == "join"


async def test_a_room_that_is_closed_while_somebody_looks_in(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room(initial_state=[WORLD])
    waiting = asyncio.create_task(bob.attempt("GET", "/events", None, room_id=room_id, timeout=60_000))
    await waits(server)
    await alice.set_state(room_id, "m.room.history_visibility", {"history_visibility": "joined"})
    status, _ = await waiting
    assert status == 403


async def test_members_and_those_who_left(server: Server) -> None:
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room(invite=[bob.user_id])
    await bob.join(room_id)
    await alice.send(room_id, "before")
    await bob.put(f"/user/{quote(bob.user_id)}/rooms/{quote(room_id)}/account_data/org.example.x", {"a": 1})
    found = await snapshot(bob, room_id)
    assert found["account_data"] == [{"type": "org.example.x", "content": {"a": 1}}]
    assert (await snapshot(alice, room_id))["account_data"] == []
    await bob.leave(room_id)
    await alice.send(room_id, "after")
    await alice.set_state(room_id, "m.room.topic", {"topic": "after"})
    found = await snapshot(bob, room_id)
    assert found["membership"] == "leave"
    assert bodies(found["messages"]) == ["before"]
    assert not [event for event in found["state"] if event["type"] == "m.room.topic"]


async def test_few_wait_for_one_device(server: Server) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    waiting = []
    for number in range(4):
        waiting.append(asyncio.create_task(alice.get("/events", room_id=room_id, timeout=60_000)))
        await waits(server, min(number + 1, 3))
    assert (await waiting[0])["chunk"] == []
    # A server that stops sends home who waits, then it lets its requests end.
    server.app.begin_stop()
    await asyncio.gather(*waiting)
    await server.restart()


async def test_what_is_wrong(server: Server) -> None:
    alice = await server.register("alice")
    room_id = await alice.create_room()
    for query in ({"from": "x"}, {"timeout": "x"}, {"timeout": "-1"}):
        status, answer = await alice.attempt("GET", "/events", None, room_id=room_id, **query)
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM")
    answer = await alice.get("/events", room_id=room_id, **{"from": "s0.99999999999"})
    assert answer["chunk"] == []
