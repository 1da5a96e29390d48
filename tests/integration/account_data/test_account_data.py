"""Account data over HTTP: what one user keeps on the server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness import V3, Client, Server
from tests.integration.account_data.reading import global_data, of, room_data


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


async def test_what_is_set_can_be_read(alice: Client) -> None:
    await alice.put(of(alice, "org.example.colour"), {"colour": "blue", "shade": 0.5, "names": ["青", "😀"]})
    assert await alice.get(of(alice, "org.example.colour")) == {"colour": "blue", "shade": 0.5, "names": ["青", "😀"]}


async def test_room_data_is_apart_from_global_data(alice: Client) -> None:
    room_id = await alice.create_room()
    await alice.put(of(alice, "org.example.x"), {"where": "global"})
    await alice.put(of(alice, "org.example.x", room_id), {"where": "room"})
    assert await alice.get(of(alice, "org.example.x")) == {"where": "global"}
    assert await alice.get(of(alice, "org.example.x", room_id)) == {"where": "room"}


async def test_a_type_may_hold_any_characters(alice: Client) -> None:
    for event_type in ("a/b", "ä ö?&#%", "..", "😀"):
        await alice.put(of(alice, event_type), {"type": event_type})
        assert await alice.get(of(alice, event_type)) == {"type": event_type}


async def test_what_is_not_there_is_not_found(alice: Client) -> None:
    room_id = await alice.create_room()
    for path in (
        of(alice, "org.example.none"),
        of(alice, "org.example.none", room_id),
        of(alice, "m.fully_read", room_id),
    ):
        status, error = await alice.attempt("GET", path)
        assert (status, error["errcode"]) == (404, "M_NOT_FOUND")


async def test_nobody_else_sees_or_changes_it(server: Server, alice: Client) -> None:
    bob = await server.register("bob")
    room_id = await alice.create_room()
    await alice.put(of(alice, "org.example.x"), {"secret": 1})
    for room in (None, room_id):
        for method in ("GET", "PUT"):
            status, error = await bob.attempt(method, of(alice, "org.example.x", room), {} if method == "PUT" else None)
            assert (status, error["errcode"]) == (403, "M_FORBIDDEN")
    assert (await server.request("GET", of(alice, "org.example.x")))[1]["errcode"] == "M_MISSING_TOKEN"


@pytest.mark.parametrize("event_type", ["m.fully_read", "m.push_rules"])
async def test_what_the_server_manages_cannot_be_set(alice: Client, event_type: str) -> None:
    room_id = await alice.create_room()
    for path in (of(alice, event_type), of(alice, event_type, room_id)):
        status, error = await alice.attempt("PUT", path, {"event_id": "$x"})
        assert (status, error["errcode"]) == (405, "M_BAD_JSON")


@pytest.mark.parametrize(
    ("body", "status", "errcode"),
    [
        (b"", 400, "M_NOT_JSON"),
        (b"{", 400, "M_NOT_JSON"),
        (b'"text"', 400, "M_BAD_JSON"),
        (b"[]", 400, "M_BAD_JSON"),
        (b"null", 400, "M_BAD_JSON"),
        (b'{"a": NaN}', 400, "M_NOT_JSON"),
        (b'{"a": "\\ud800"}', 400, "M_NOT_JSON"),
        (b'{"a": "\xff"}', 400, "M_NOT_JSON"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, 400, "M_BAD_JSON"),
        (b'{"a":' * 9000 + b"1" + b"}" * 9000, 400, "M_BAD_JSON"),
        (b'{"a": "' + b"x" * 65_530 + b'"}', 413, "M_TOO_LARGE"),
    ],
)
async def test_what_cannot_be_kept_is_refused(alice: Client, body: bytes, status: int, errcode: str) -> None:
    path = V3 + of(alice, "org.example.x")
    headers = {"authorization": f"Bearer {alice.token}"}
    answered, _, answer = await alice.server.raw("PUT", path, body, headers)
    assert (answered, errcode in answer.decode()) == (status, True), answer


async def test_content_comes_back_as_it_was_sent(alice: Client) -> None:
    content = {"nul": "\x00", "big": 10**30, "small": -(2**70), "float": 1e300, "": {"deep": [[[]]]}, "null": None}
    await alice.put(of(alice, "org.example.x"), content)
    assert await alice.get(of(alice, "org.example.x")) == content
    assert global_data(await alice.sync())["org.example.x"] == content


@pytest.mark.parametrize("event_type", ["x" * 256, "ä" * 128, "a\0b"])
async def test_a_type_is_bounded(alice: Client, event_type: str) -> None:
    status, error = await alice.attempt("PUT", of(alice, event_type), {})
    assert (status, error["errcode"]) == (400, "M_INVALID_PARAM")


async def test_a_room_must_have_a_room_id(alice: Client) -> None:
    for room_id in ("nonsense", "@alice:example.org", "!a:b c", "!\0:example.org", "!" + "x" * 300 + ":example.org"):
        for method in ("GET", "PUT"):
            status, error = await alice.attempt(method, of(alice, "org.example.x", room_id), {})
            assert (status, error["errcode"]) == (400, "M_INVALID_PARAM")


# ------------------------------------------------------------ sync


async def test_sync_shows_the_newest_of_each_type(server: Server, alice: Client) -> None:
    phone = await server.login("alice")
    room_id = await alice.create_room()
    await phone.sync()
    for number in range(3):
        await alice.put(of(alice, "org.example.x"), {"number": number})
        await alice.put(of(alice, "org.example.y", room_id), {"number": number})
    answer = await phone.sync()
    assert [event["content"] for event in answer["account_data"]["events"]] == [{"number": 2}]
    assert room_data(answer, room_id) == {"org.example.y": {"number": 2}}
    assert "account_data" not in await phone.sync()


async def test_a_waiting_sync_is_woken(server: Server, alice: Client) -> None:
    phone = await server.login("alice")
    await phone.sync()
    waiting = asyncio.create_task(phone.sync(10_000))
    await asyncio.sleep(0.05)
    await alice.put(of(alice, "org.example.x"), {"number": 1})
    assert global_data(await waiting) == {"org.example.x": {"number": 1}}


async def test_others_are_not_shown_it(server: Server, alice: Client) -> None:
    bob = await server.register("bob")
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    await bob.sync()
    await alice.put(of(alice, "org.example.x"), {"secret": 1})
    await alice.put(of(alice, "org.example.x", room_id), {"secret": 1})
    answer = await bob.sync()
    assert (global_data(answer), room_data(answer, room_id)) == ({}, {})
    bob.next_batch = None
    answer = await bob.sync()
    assert (set(global_data(answer)), room_data(answer, room_id)) == ({"m.push_rules"}, {})


async def test_old_state_and_changes_make_new_state(server: Server, alice: Client) -> None:
    """A client that was online, one that was away while the server restarted, and a new one know the same."""
    room_id = await alice.create_room()
    online, away = await server.login("alice"), await server.login("alice")
    await alice.put(of(alice, "org.example.old"), {"number": 0})
    await alice.put(of(alice, "org.example.changed"), {"number": 0})
    known = [global_data(await client.sync()) for client in (online, away)]
    known_of_room: list[dict[str, Any]] = [{}, {}]
    await alice.put(of(alice, "org.example.changed"), {"number": 1})
    await alice.put(of(alice, "org.example.room", room_id), {"number": 1})
    changes = await online.sync()
    await server.restart()
    for index, answer in enumerate((changes, await away.sync())):
        known[index] |= global_data(answer)
        known_of_room[index] |= room_data(answer, room_id)
    fresh = await (await server.login("alice")).sync()
    assert known == [global_data(fresh)] * 2
    assert known_of_room == [room_data(fresh, room_id)] * 2


@pytest.mark.parametrize("is_online", [True, False])
async def test_who_enters_a_room_is_shown_what_they_kept_of_it(server: Server, alice: Client, is_online: bool) -> None:
    bob = await server.register("bob")
    room_id = await alice.create_room(preset="public_chat")
    await bob.put(of(bob, "org.example.x", room_id), {"from": "before"})
    assert room_data(await bob.sync(), room_id) == {}
    await bob.join(room_id)
    if not is_online:
        await server.restart()
    assert room_data(await bob.sync(), room_id) == {"org.example.x": {"from": "before"}}


async def test_the_filter_is_kept(alice: Client) -> None:
    room_id = await alice.create_room()
    for event_type in ("org.example.a", "org.example.b"):
        await alice.put(of(alice, event_type), {})
        await alice.put(of(alice, event_type, room_id), {})
    wanted = '{"account_data": {"types": ["org.example.a"]}, "room": {"account_data": {"not_types": ["*.a"]}}}'
    answer = await alice.sync(filter=wanted)
    assert list(global_data(answer)) == ["org.example.a"]
    assert list(room_data(answer, room_id)) == ["org.example.b"]
    alice.next_batch = None
    nothing = '{"account_data": {"not_types": ["*"]}, "room": {"rooms": []}}'
    answer = await alice.sync(filter=nothing)
    assert "account_data" not in answer
    assert room_data(answer, room_id) == {}


async def test_the_number_of_entries_is_bounded(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.account_data.rules.MAX_ENTRIES", 2)
    for event_type in ("a", "b", "a"):
        await alice.put(of(alice, event_type), {})
    status, error = await alice.attempt("PUT", of(alice, "c"), {})
    assert (status, error["errcode"]) == (403, "M_USER_LIMIT_EXCEEDED")
