"""The user directory. spec: client-server §User Directory"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.platform.database import Statement
from tests.conftest import MakeServer
from tests.harness import Client, Server


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


async def find(client: Client, term: str, **body: Any) -> list[str]:
    """The localparts of who is found, in order; facts are delivered first."""
    await settled(client.server)
    answer = await client.post("/user_directory/search", {"search_term": term, **body})
    return [user["user_id"][1:].partition(":")[0] for user in answer["results"]]


async def settled(server: Server) -> None:
    """Wait until what was recorded has reached those who care."""
    for _ in range(1000):
        if not (await server.app.driver.query("SELECT count(*) FROM outbox"))[0][0]:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("facts were not delivered")


async def named(server: Server, name: str, display_name: str) -> Client:
    """A user with a display name."""
    client = await server.register(name)
    await client.put(f"/profile/{client.user_id}/displayname", {"displayname": display_name})
    return client


async def in_a_room(*clients: Client) -> str:
    """A private room of these users."""
    first, *others = clients
    room_id = await first.create_room(invite=[client.user_id for client in others])
    for client in others:
        await client.join(room_id)
    return room_id


@pytest.mark.parametrize(
    ("localpart", "display_name", "term"),
    [
        ("bob", "Robert Miller", "bob"),
        ("bob", "Robert Miller", "BO"),
        ("bob", "Robert Miller", "robert"),
        ("bob", "Robert Miller", "mill"),
        ("bob", "Robert Miller", "mil rob"),
        ("bob", "Robert Miller", "ＲＯＢＥＲＴ"),
        ("bob", "Robert Miller", "@bob:example.org"),
        ("bob", "Robert Miller", "@bo"),
        ("jan.kowalski", "", "kowal"),
        ("u1", "Renée Łukasz", "renee"),
        ("u1", "王小明", "小明"),
        ("u1", "王小明", "王"),
        ("u1", "王小明", "王小明"),
        ("u1", "王小明 (Support)", "supp 小明"),
        ("u1", "김철수", "철수"),
        ("u1", "Ольга", "ольг"),
    ],
)
async def test_found(server: Server, alice: Client, localpart: str, display_name: str, term: str) -> None:
    other = await named(server, localpart, display_name)
    await in_a_room(alice, other)
    assert await find(alice, term) == [localpart]


@pytest.mark.parametrize("term", ["", "  ", "x", "ob", "miller bert", "example", "%", "_", "*", "\x00", "明小"])
async def test_not_found(server: Server, alice: Client, term: str) -> None:
    await in_a_room(alice, await named(server, "bob", "Robert Miller 小明"))
    assert await find(alice, term) == []


async def test_the_answer(server: Server, alice: Client) -> None:
    bob = await named(server, "bob", "Robert")
    await bob.put(f"/profile/{bob.user_id}/avatar_url", {"avatar_url": "mxc://example.org/abc"})
    await in_a_room(alice, bob)
    await settled(server)
    assert await alice.post("/user_directory/search", {"search_term": "bob"}) == {
        "results": [{"user_id": bob.user_id, "display_name": "Robert", "avatar_url": "mxc://example.org/abc"}],
        "limited": False,
    }


async def test_strangers_are_not_found(server: Server, alice: Client) -> None:
    bob = await named(server, "bob", "Robert")
    await server.register("bobby")
    assert await find(alice, "bob") == []
    await bob.create_room()
    assert await find(alice, "bob") == []
    await in_a_room(alice, bob)
    assert await find(alice, "bob") == ["bob"]


async def test_who_left_is_not_found(server: Server, alice: Client) -> None:
    bob = await named(server, "bob", "Robert")
    room_id = await in_a_room(alice, bob)
    assert await find(alice, "bob") == ["bob"]
    await bob.leave(room_id)
    assert await find(alice, "bob") == []


async def test_members_of_open_rooms_are_found(server: Server, alice: Client) -> None:
    bob = await named(server, "bob", "Robert")
    room_id = await bob.create_room(preset="public_chat")
    assert await find(alice, "robert") == ["bob"]
    await bob.set_state(room_id, "m.room.join_rules", {"join_rule": "invite"})
    assert await find(alice, "robert") == []
    await bob.set_state(room_id, "m.room.history_visibility", {"history_visibility": "world_readable"})
    assert await find(alice, "robert") == ["bob"]
    await bob.leave(room_id)
    assert await find(alice, "robert") == []


async def test_a_new_name(server: Server, alice: Client) -> None:
    bob = await named(server, "bob", "Robert")
    await in_a_room(alice, bob)
    await bob.put(f"/profile/{bob.user_id}/displayname", {"displayname": "Bertie"})
    assert await find(alice, "robert") == []
    assert await find(alice, "bertie") == ["bob"]
    await bob.delete(f"/profile/{bob.user_id}/displayname")
    assert await find(alice, "bertie") == []
    assert await find(alice, "bob") == ["bob"]


async def test_a_closed_account(server: Server, alice: Client) -> None:
    bob = await named(server, "bob", "Robert")
    await in_a_room(alice, bob)
    auth = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "bob"}, "password": bob.password}
    await bob.post("/account/deactivate", {"auth": auth})
    assert await find(alice, "bob") == []
    assert await find(alice, "robert") == []


async def test_limit_and_order(server: Server, alice: Client) -> None:
    others = [await named(server, name, display) for name, display in (("smith", ""), ("x1", "Smithers"), ("x2", ""))]
    await in_a_room(alice, *others[:2])
    stranger = await named(server, "smithy", "Smith")
    await stranger.create_room(preset="public_chat")
    assert await find(alice, "smith") == ["smith", "smithy", "x1"]
    answer = await alice.post("/user_directory/search", {"search_term": "smith", "limit": 2})
    assert (len(answer["results"]), answer["limited"]) == (2, True)
    answer = await alice.post("/user_directory/search", {"search_term": "smith", "limit": 3})
    assert (len(answer["results"]), answer["limited"]) == (3, False)
    answer = await alice.post("/user_directory/search", {"search_term": "smith", "limit": 2**53})
    assert len(answer["results"]) == 3
    for wrong in ({"limit": -1}, {"limit": "1"}, {"search_term": 1}, {}):
        body = wrong if "search_term" in wrong or not wrong else {"search_term": "smith", **wrong}
        status, found = await alice.attempt("POST", "/user_directory/search", body)
        assert (status, found["errcode"]) == (400, "M_BAD_JSON")


async def test_more_users_with_a_word_than_are_looked_at(
    server: Server, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roomkeeper.core.directory.users.SCANNED", 2)
    for number in range(5):
        await (await server.register(f"ann{number}")).create_room()
    await in_a_room(alice, await server.register("annabel"))
    assert await find(alice, "ann") == ["annabel"]


@pytest.mark.parametrize("who", ["nobody", "admins", "everyone"])
async def test_all_users(make_server: MakeServer, who: str) -> None:
    server = await make_server(ROOMKEEPER_DIRECTORY_SEARCH_ALL_USERS=who)
    alice, admin = await server.register("alice"), await server.register("admin")
    await server.app.committer.commit(
        Statement("UPDATE users SET is_admin = TRUE WHERE user_id = $1", (admin.user_id,), rows=1)
    )
    await server.register("loner")
    await named(server, "u1", "王小明")
    for term, expected in (("lon", ["loner"]), ("小明", ["u1"]), ("loner x", [])):
        assert await find(alice, term) == (expected if who == "everyone" else [])
        assert await find(admin, term) == ([] if who == "nobody" else expected)


async def test_after_a_restart(server: Server, alice: Client) -> None:
    bob = await named(server, "bob", "Robert")
    await in_a_room(alice, bob)
    await server.restart()
    assert await find(alice, "robert") == ["bob"]


@pytest.mark.parametrize("term", ["a" * 100_000, "字" * 100_000, "a " * 50_000, "'; DROP TABLE users; --", "@" * 1000])
async def test_hostile_terms_are_harmless(server: Server, alice: Client, term: str) -> None:
    assert await find(alice, term) in ([], ["alice"])


async def test_who_never_was_in_a_room_finds_and_is_found(server: Server, alice: Client) -> None:
    assert await find(alice, "alice") == []
    room_id = await alice.create_room()
    assert await find(alice, "alice") == ["alice"]
    await alice.get(f"/rooms/{quote(room_id)}/joined_members")
