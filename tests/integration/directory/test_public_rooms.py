"""The public room list. spec: client-server §Published Room Directory"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import MakeServer
from tests.harness import Client, Server


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


async def public_room(client: Client, name: str, **body: Any) -> str:
    """A room on the list."""
    return await client.create_room(visibility="public", name=name, **body)


async def names(client: Client, **body: Any) -> list[str]:
    """The names of the rooms that match a filter, in order."""
    answer = await client.post("/publicRooms", {"filter": body})
    return [room["name"] for room in answer["chunk"]]


async def test_what_is_listed(server: Server, alice: Client) -> None:
    room_id = await public_room(
        alice, "Gardeners", topic="Roses", room_alias_name="gardeners", creation_content={"type": "org.example.garden"}
    )
    await alice.set_state(room_id, "m.room.canonical_alias", {"alias": "#gardeners:example.org"})
    await alice.set_state(room_id, "m.room.avatar", {"url": "mxc://example.org/abc"})
    await alice.create_room(name="Private")
    expected = {
        "room_id": room_id,
        "name": "Gardeners",
        "topic": "Roses",
        "canonical_alias": "#gardeners:example.org",
        "avatar_url": "mxc://example.org/abc",
        "join_rule": "public",
        "room_type": "org.example.garden",
        "num_joined_members": 1,
        "world_readable": False,
        "guest_can_join": False,
    }
    assert await alice.get("/publicRooms") == {"chunk": [expected], "total_room_count_estimate": 1}
    status, answer = await server.request("GET", "/publicRooms")
    assert (status, answer["chunk"]) == (200, [expected])


async def test_changes_are_seen(server: Server, alice: Client) -> None:
    assert await names(alice) == []
    room_id = await public_room(alice, "One")
    assert await names(alice) == ["One"]
    await alice.set_state(room_id, "m.room.name", {"name": "Two"})
    assert await names(alice) == ["Two"]
    bob = await server.register("bob")
    await bob.join(room_id)
    assert (await alice.get("/publicRooms"))["chunk"][0]["num_joined_members"] == 2
    for client in (alice, bob):
        await client.leave(room_id)
    assert await names(alice) == []
    await bob.join(room_id)
    assert (await alice.get("/publicRooms"))["chunk"][0]["num_joined_members"] == 1


async def test_an_upgraded_room_takes_the_place_of_the_old(alice: Client) -> None:
    old = await public_room(alice, "One", room_version="11")
    assert await names(alice) == ["One"]
    new = (await alice.post(f"/rooms/{quote(old)}/upgrade", {"new_version": "12"}))["replacement_room"]
    assert [room["room_id"] for room in (await alice.get("/publicRooms"))["chunk"]] == [new]


async def test_after_a_restart(server: Server, alice: Client) -> None:
    await public_room(alice, "One")
    await server.restart()
    assert await names(alice) == ["One"]


async def test_most_members_first_and_pages(server: Server, alice: Client) -> None:
    rooms = [await public_room(alice, f"Room {number}") for number in range(7)]
    bob, carol = await server.register("bob"), await server.register("carol")
    await bob.join(rooms[3])
    await carol.join(rooms[3])
    await bob.join(rooms[5])
    first = await alice.get("/publicRooms", limit=3)
    assert [room["room_id"] for room in first["chunk"]][:2] == [rooms[3], rooms[5]]
    assert first["total_room_count_estimate"] == 7
    assert "prev_batch" not in first
    seen = [room["room_id"] for room in first["chunk"]]
    second = await alice.post("/publicRooms", {"limit": 3, "since": first["next_batch"]})
    back = await alice.get("/publicRooms", limit=3, since=second["prev_batch"])
    assert back["chunk"] == first["chunk"]
    await public_room(alice, "Room late")
    third = await alice.get("/publicRooms", limit=30, since=second["next_batch"])
    seen += [room["room_id"] for room in second["chunk"] + third["chunk"]]
    assert set(rooms) <= set(seen)
    assert len(seen) == len(set(seen))
    assert "next_batch" not in third


async def test_search_terms(alice: Client) -> None:
    await public_room(alice, "Gardening Club", topic="Roses and tulips")
    await public_room(alice, "茶友会", topic="Chinese tea")
    await public_room(alice, "Café")
    assert await names(alice, generic_search_term="garden") == ["Gardening Club"]
    assert await names(alice, generic_search_term="TULIPS club") == ["Gardening Club"]
    assert await names(alice, generic_search_term="茶友") == ["茶友会"]
    assert await names(alice, generic_search_term="cafe") == ["Café"]
    assert await names(alice, generic_search_term="ＣＡＦＥ") == ["Café"]
    assert await names(alice, generic_search_term="%") == []
    assert len(await names(alice, generic_search_term="")) == 3


async def test_room_types(alice: Client) -> None:
    await public_room(alice, "Room")
    await public_room(alice, "Space", creation_content={"type": "m.space"})
    assert await names(alice, room_types=["m.space"]) == ["Space"]
    assert await names(alice, room_types=[None]) == ["Room"]
    assert set(await names(alice, room_types=[None, "m.space"])) == {"Room", "Space"}
    assert await names(alice, room_types=["org.example.other"]) == []
    assert set(await names(alice)) == {"Room", "Space"}


async def test_visibility(server: Server, alice: Client) -> None:
    room_id = await alice.create_room(name="Private", preset="public_chat")
    path = f"/directory/list/room/{quote(room_id)}"
    assert await alice.get(path) == {"visibility": "private"}
    bob = await server.register("bob")
    await bob.join(room_id)
    status, answer = await bob.attempt("PUT", path, {"visibility": "public"})
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    carol = await server.register("carol")
    status, _ = await carol.attempt("PUT", path, {"visibility": "public"})
    assert status == 403
    await alice.put(path, {"visibility": "public"})
    assert (await server.request("GET", path))[1] == {"visibility": "public"}
    assert await names(alice) == ["Private"]
    await alice.put(path, {"visibility": "private"})
    assert await names(alice) == []
    await alice.put(path, {})
    assert await alice.get(path) == {"visibility": "public"}
    status, answer = await alice.attempt("PUT", path, {"visibility": "hidden"})
    assert (status, answer["errcode"]) == (400, "M_BAD_JSON")
    for method, body in (("GET", None), ("PUT", {})):
        status, answer = await alice.attempt(method, "/directory/list/room/!none:example.org", body)
        assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


async def test_with_the_level_for_it(server: Server, alice: Client) -> None:
    bob = await server.register("bob")
    room_id = await alice.create_room(
        preset="public_chat", power_level_content_override={"events": {"m.room.canonical_alias": 0}}
    )
    await bob.join(room_id)
    await bob.put(f"/directory/list/room/{quote(room_id)}", {"visibility": "public"})


async def test_other_servers(alice: Client) -> None:
    assert (await alice.get("/publicRooms", server="example.org"))["chunk"] == []
    for server, expected in (("other.example.org", 403), ("no server", 400), ("", 400)):
        for method in ("GET", "POST"):
            status, _ = await alice.attempt(method, "/publicRooms", {} if method == "POST" else None, server=server)
            assert status == expected, server


async def test_bad_requests(alice: Client) -> None:
    await public_room(alice, "One")
    for since in ("", "x", "bjEu", "!!!", "é", "bjE", "AAAA", "x" * 5000):
        status, answer = await alice.attempt("GET", "/publicRooms", since=since)
        assert (status, answer["errcode"]) == (400, "M_INVALID_PARAM"), since
    wrong: list[dict[str, Any]] = [
        {"limit": "1"},
        {"limit": -1},
        {"filter": []},
        {"filter": {"room_types": [1]}},
        {"since": 1},
    ]
    for body in wrong:
        status, answer = await alice.attempt("POST", "/publicRooms", body)
        assert (status, answer["errcode"]) == (400, "M_BAD_JSON"), body
    status, _ = await alice.attempt("GET", "/publicRooms", limit="many")
    assert status == 400
    assert (await alice.post("/publicRooms", {"third_party_instance_id": "irc"}))["chunk"] == []
    assert (await alice.post("/publicRooms", {"limit": 0}))["chunk"] == []
    assert len((await alice.post("/publicRooms", {"limit": 2**53}))["chunk"]) == 1


async def test_odd_state_is_left_out(alice: Client) -> None:
    room_id = await public_room(alice, "One")
    await alice.set_state(room_id, "m.room.topic", {"topic": {"a": 1}})
    await alice.set_state(room_id, "m.room.avatar", {"url": "https://example.org/x.png"})
    await alice.set_state(room_id, "m.room.name", {"name": 17})
    (room,) = (await alice.get("/publicRooms"))["chunk"]
    assert not {"name", "topic", "avatar_url"} & set(room)


async def test_a_list_for_users_alone(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_DIRECTORY_PUBLIC_LIST="users")
    alice = await server.register("alice")
    await public_room(alice, "One")
    assert await names(alice) == ["One"]
    status, answer = await server.request("GET", "/publicRooms")
    assert (status, answer["errcode"]) == (401, "M_MISSING_TOKEN")
    assert len((await alice.get("/publicRooms"))["chunk"]) == 1
