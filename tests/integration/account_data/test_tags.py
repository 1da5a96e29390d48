"""Room tags over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client, Server
from tests.integration.account_data.reading import of, room_data


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


@pytest.fixture
async def room_id(alice: Client) -> str:
    return await alice.create_room()


def tags_of(client: Client, room_id: str, tag: str | None = None) -> str:
    """The path of a room's tags, or of one."""
    path = f"/user/{quote(client.user_id)}/rooms/{quote(room_id, safe='')}/tags"
    return path if tag is None else f"{path}/{quote(tag, safe='')}"


async def test_tags_come_and_go(alice: Client, room_id: str) -> None:
    assert await alice.get(tags_of(alice, room_id)) == {"tags": {}}
    await alice.put(tags_of(alice, room_id, "m.favourite"), {"order": 0.25, "org.example.more": [1]})
    await alice.put(tags_of(alice, room_id, "u.Work/Home ä"))
    tags = {"m.favourite": {"order": 0.25, "org.example.more": [1]}, "u.Work/Home ä": {}}
    assert await alice.get(tags_of(alice, room_id)) == {"tags": tags}
    await alice.delete(tags_of(alice, room_id, "m.favourite"))
    await alice.delete(tags_of(alice, room_id, "m.favourite"))
    assert await alice.get(tags_of(alice, room_id)) == {"tags": {"u.Work/Home ä": {}}}


async def test_tags_are_room_account_data(alice: Client, room_id: str) -> None:
    await alice.sync()
    await alice.put(tags_of(alice, room_id, "u.work"), {"order": 0})
    content = {"tags": {"u.work": {"order": 0}}}
    assert await alice.get(of(alice, "m.tag", room_id)) == content
    assert room_data(await alice.sync(), room_id) == {"m.tag": content}


async def test_tags_set_at_the_same_time_are_all_kept(alice: Client, room_id: str) -> None:
    await asyncio.gather(*(alice.put(tags_of(alice, room_id, f"u.{number}")) for number in range(20)))
    assert len((await alice.get(tags_of(alice, room_id)))["tags"]) == 20


@pytest.mark.parametrize("order", [0, 1, 0.5])
async def test_an_order_is_from_0_to_1(alice: Client, room_id: str, order: float) -> None:
    await alice.put(tags_of(alice, room_id, "u.x"), {"order": order})


@pytest.mark.parametrize("order", [-0.1, 1.1, "0.5", True, None, [], 10**40])
async def test_no_other_order(alice: Client, room_id: str, order: Any) -> None:
    status, error = await alice.attempt("PUT", tags_of(alice, room_id, "u.x"), {"order": order})
    assert (status, error["errcode"]) == (400, "M_INVALID_PARAM")


async def test_names_and_sizes_are_bounded(alice: Client, room_id: str) -> None:
    status, _ = await alice.attempt("PUT", tags_of(alice, room_id, "ä" * 128), {})
    assert status == 400
    for number in range(2):
        status, error = await alice.attempt("PUT", tags_of(alice, room_id, f"u.{number}"), {"x": "y" * 40_000})
    assert (status, error["errcode"]) == (413, "M_TOO_LARGE")
    assert list((await alice.get(tags_of(alice, room_id)))["tags"]) == ["u.0"]


async def test_strange_content_of_other_clients_does_no_harm(alice: Client, room_id: str) -> None:
    contents: list[Any] = [{}, {"tags": []}, {"tags": {"u.x": 1, "u.y": {"order": "x"}}}]
    for content in contents:
        await alice.put(of(alice, "m.tag", room_id), content)
        await alice.put(tags_of(alice, room_id, "u.z"))
        assert "u.z" in (await alice.get(tags_of(alice, room_id)))["tags"]


async def test_tags_are_ones_own(server: Server, alice: Client, room_id: str) -> None:
    bob = await server.register("bob")
    for method, path in (
        ("GET", tags_of(alice, room_id)),
        ("PUT", tags_of(alice, room_id, "u.x")),
        ("DELETE", tags_of(alice, room_id, "u.x")),
    ):
        status, error = await bob.attempt(method, path, {})
        assert (status, error["errcode"]) == (403, "M_FORBIDDEN")
