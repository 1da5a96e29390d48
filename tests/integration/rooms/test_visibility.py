"""Who sees what of a room's history, for all four visibilities and every kind of relation to the room."""

from __future__ import annotations

import json

import pytest

from tests.harness import Client, RequestFailed, Server
from tests.integration.rooms.paths import room_path


async def seen(client: Client, room_id: str) -> set[str]:
    """The messages that a user finds in a room's history."""
    status, answer = await client.attempt("GET", room_path(room_id, "messages"), dir="b", limit=200)
    if status == 403:
        return set()
    assert status == 200, answer
    return {event["content"]["body"] for event in answer["chunk"] if event["type"] == "m.room.message"}


ALL = {"early", "middle", "invited", "late", "end"}
EXPECTED = {
    # visibility: what is seen by who joined before, joined between, was invited, left, never was there
    "world_readable": (ALL, ALL, ALL, ALL, ALL),
    "shared": (ALL, ALL, ALL, {"early", "middle"}, set()),
    "invited": (ALL, {"middle", "invited", "late", "end"}, {"invited", "late", "end"}, {"early", "middle"}, set()),
    "joined": (ALL, {"middle", "invited", "late", "end"}, {"late", "end"}, {"early", "middle"}, set()),
}


@pytest.mark.parametrize("version", ["10", "12"])
@pytest.mark.parametrize("visibility", sorted(EXPECTED))
async def test_history(server: Server, visibility: str, version: str) -> None:
    ann, before, between, invited, left, never = [
        await server.register(name) for name in ("ann", "before", "between", "invited", "left", "never")
    ]
    room_id = await ann.create_room(
        preset="public_chat",
        room_version=version,
        initial_state=[{"type": "m.room.history_visibility", "content": {"history_visibility": visibility}}],
    )
    ids = {}
    await before.join(room_id)
    await left.join(room_id)
    ids["early"] = await ann.send(room_id, "early")
    await between.join(room_id)
    ids["middle"] = await ann.send(room_id, "middle")
    await left.leave(room_id)
    await ann.invite(room_id, invited.user_id)
    ids["invited"] = await ann.send(room_id, "invited")
    await invited.join(room_id)
    ids["late"] = await ann.send(room_id, "late")
    ids["end"] = await ann.send(room_id, "end")
    for _ in range(2):
        for client, expected in zip((before, between, invited, left, never), EXPECTED[visibility], strict=True):
            assert await seen(client, room_id) == expected, client.user_id
            for body, event_id in ids.items():
                status, _ = await client.attempt("GET", room_path(room_id, "event", event_id))
                assert (status == 200) == (body in expected), (client.user_id, body)
                status, _ = await client.attempt("GET", room_path(room_id, "context", event_id))
                assert (status == 200) == (body in expected), (client.user_id, body)
            fresh = await client.get("/sync", filter=json.dumps({"room": {"timeline": {"limit": 100}}}))
            section = fresh.get("rooms", {}).get("join", {}).get(room_id)
            if section is not None:
                events = section["timeline"]["events"]
                shown = {event["content"]["body"] for event in events if event["type"] == "m.room.message"}
                assert shown <= expected
        await server.restart()


async def test_while_invited(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    for visibility, expected in (("invited", {"after"}), ("joined", set()), ("shared", set())):
        room_id = await ann.create_room(
            initial_state=[{"type": "m.room.history_visibility", "content": {"history_visibility": visibility}}]
        )
        await ann.send(room_id, "before")
        await ann.invite(room_id, ben.user_id)
        await ann.send(room_id, "after")
        assert await seen(ben, room_id) == expected, visibility


async def test_a_change_of_visibility_counts_from_then_on(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(
        preset="public_chat",
        initial_state=[{"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}}],
    )
    await ann.send(room_id, "secret")
    await ann.set_state(room_id, "m.room.history_visibility", {"history_visibility": "shared"})
    await ann.send(room_id, "open")
    await ben.join(room_id)
    assert await seen(ben, room_id) == {"open"}
    await ann.set_state(room_id, "m.room.history_visibility", {"history_visibility": "world_readable"})
    await ann.send(room_id, "everywhere")
    eve = await server.register("eve")
    assert await seen(eve, room_id) == {"everywhere"}
    await ann.set_state(room_id, "m.room.history_visibility", {"history_visibility": "joined"})
    assert await seen(eve, room_id) == set(), "peeking ends with it"


async def test_membership_is_told_with_each_event(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ann.send(room_id, "before")
    await ben.join(room_id)
    await ann.send(room_id, "after")
    page = await ben.get(room_path(room_id, "messages"), dir="b", limit=100)
    told = {e["content"]["body"]: e["unsigned"]["membership"] for e in page["chunk"] if e["type"] == "m.room.message"}
    assert told == {"before": "leave", "after": "join"}


async def test_state_is_for_members(server: Server) -> None:
    ann, ben, eve = [await server.register(name) for name in ("ann", "ben", "eve")]
    room_id = await ann.create_room()
    await ann.invite(room_id, ben.user_id)
    for path in ("state", "members", "joined_members", "aliases"):
        assert (await eve.attempt("GET", room_path(room_id, path)))[0] == 403
        assert (await ben.attempt("GET", room_path(room_id, path)))[0] == 403
    with pytest.raises(RequestFailed):
        await eve.timeline(room_id)
