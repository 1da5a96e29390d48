"""Typing notifications over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.harness import Client
from tests.integration.ephemeral.reading import room_of_two, room_path, typing

Two = tuple[Client, Client, str]


@pytest.fixture
async def two(make_server: Any) -> Two:
    """Alice and Bob in a room, on a server without presence, whose news would come in between."""
    return await room_of_two(await make_server(ROOMKEEPER_PRESENCE_ENABLED="off"))


async def type_(client: Client, room_id: str, is_typing: bool = True, timeout_ms: int | None = None) -> None:
    body: dict[str, Any] = {"typing": is_typing} | ({} if timeout_ms is None else {"timeout": timeout_ms})
    await client.put(room_path(room_id, "typing", client.user_id), body)


async def test_the_list_is_shown_whenever_it_changes(two: Two) -> None:
    alice, bob, room_id = two
    await alice.sync()
    await type_(bob, room_id)
    assert typing(await alice.sync(), room_id) == [bob.user_id]
    await type_(bob, room_id)
    assert typing(await alice.sync(), room_id) is None
    await type_(alice, room_id)
    assert typing(await alice.sync(), room_id) == [bob.user_id, alice.user_id]
    await type_(bob, room_id, False)
    await type_(alice, room_id, False)
    assert typing(await alice.sync(), room_id) == []
    await type_(alice, room_id, False)
    assert typing(await alice.sync(), room_id) is None


async def test_a_waiting_sync_is_woken(two: Two) -> None:
    alice, bob, room_id = two
    await alice.sync()
    waiting = asyncio.create_task(alice.sync(10_000))
    await asyncio.sleep(0.05)
    await type_(bob, room_id)
    assert typing(await waiting, room_id) == [bob.user_id]


async def test_typing_ends_by_itself(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.ephemeral.typing.service.SHORTEST_MS", 50)
    alice, bob, room_id = two
    await alice.sync()
    await type_(bob, room_id, timeout_ms=-5)
    assert typing(await alice.sync(), room_id) == [bob.user_id]
    assert typing(await alice.sync(10_000), room_id) == []


async def test_typing_again_takes_longer(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.ephemeral.typing.service.SHORTEST_MS", 50)
    alice, bob, room_id = two
    await type_(bob, room_id, timeout_ms=50)
    await type_(bob, room_id, timeout_ms=2**53)
    await alice.sync()
    await asyncio.sleep(0.1)
    assert typing(await alice.sync(), room_id) is None


async def test_who_leaves_types_no_more(two: Two) -> None:
    alice, bob, room_id = two
    await alice.sync()
    await type_(bob, room_id)
    assert typing(await alice.sync(), room_id) == [bob.user_id]
    await bob.leave(room_id)
    await asyncio.sleep(0.05)
    assert typing(await alice.sync(), room_id) == []


async def test_a_new_client_is_shown_who_types(two: Two) -> None:
    alice, bob, room_id = two
    await type_(bob, room_id)
    assert typing(await alice.sync(), room_id) == [bob.user_id]
    carol = await alice.server.register("carol")
    await carol.sync()
    await carol.join(room_id)
    assert typing(await carol.sync(), room_id) == [bob.user_id]


async def test_who_comes_back_is_shown_who_began_to_type_meanwhile(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.sync.feeds.KEPT_CHANGES", 0)  # Every sync reads from the database.
    alice, bob, room_id = two
    await alice.sync()
    await alice.leave(room_id)
    await type_(bob, room_id)
    assert typing(await alice.sync(), room_id) is None
    await alice.join(room_id)
    assert typing(await alice.sync(), room_id) == [bob.user_id]
    await bob.send(room_id)
    assert typing(await alice.sync(), room_id) is None


async def test_nobody_types_after_a_restart(two: Two) -> None:
    alice, bob, room_id = two
    await alice.sync()
    await type_(bob, room_id)
    assert typing(await alice.sync(), room_id) == [bob.user_id]
    await alice.server.restart()
    await bob.send(room_id)
    assert typing(await alice.sync(), room_id) == []
    assert typing(await alice.sync(), room_id) is None


async def test_what_cannot_be_is_refused(two: Two) -> None:
    alice, bob, room_id = two
    own = room_path(room_id, "typing", alice.user_id)
    cases: list[tuple[Any, int, str]] = [
        ({}, 400, "M_BAD_JSON"),
        ({"typing": "yes"}, 400, "M_BAD_JSON"),
        ({"typing": 1}, 400, "M_BAD_JSON"),
        ({"typing": True, "timeout": "1"}, 400, "M_BAD_JSON"),
        ({"typing": True, "timeout": 1.5}, 400, "M_BAD_JSON"),
        ({"typing": True, "timeout": 10**30}, 400, "M_BAD_JSON"),
        ([], 400, "M_BAD_JSON"),
        ({"typing": True, "x": "y" * 5000}, 413, "M_TOO_LARGE"),
    ]
    for body, status, errcode in cases:
        answered, error = await alice.attempt("PUT", own, body)
        assert (answered, error["errcode"]) == (status, errcode), body
    other_room = await alice.create_room()
    for client, path, status in (
        (alice, room_path(room_id, "typing", bob.user_id), 403),
        (bob, room_path(other_room, "typing", bob.user_id), 403),
        (bob, room_path("!unknown:example.org", "typing", bob.user_id), 404),
    ):
        answered, _ = await client.attempt("PUT", path, {"typing": True})
        assert answered == status


async def test_the_list_is_bounded(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.ephemeral.typing.service.MAX_TYPING", 1)
    alice, bob, room_id = two
    await alice.sync()
    await type_(bob, room_id)
    await type_(alice, room_id)
    assert typing(await alice.sync(), room_id) == [bob.user_id]
