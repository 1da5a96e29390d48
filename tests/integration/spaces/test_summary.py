"""A room seen from outside. spec: client-server ``GET /room_summary/{roomIdOrAlias}``"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client, Server
from tests.integration.rooms.paths import error


def path(name: str) -> str:
    """The endpoint."""
    return f"/_matrix/client/v1/room_summary/{quote(name, safe='')}"


async def test_by_id_and_alias_with_and_without_a_token(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    room_id = await ann.create_room(
        preset="public_chat", name="Hall", room_alias_name="hall", room_version="11", initial_state=[encryption]
    )
    for name in (room_id, "#hall:example.org"):
        found = await ann.get(path(name))
        assert (found["name"], found["membership"], found["room_version"]) == ("Hall", "join", "11")
        assert found["encryption"] == "m.megolm.v1.aes-sha2"
        assert (await ben.get(path(name)))["membership"] == "leave"
        status, found = await server.request("GET", path(name))
        assert (status, found["name"], "membership" in found) == (200, "Hall", False)


@pytest.mark.parametrize("rule", ["invite", "restricted"])
async def test_hidden_rooms(server: Server, rule: str) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(
        initial_state=[{"type": "m.room.join_rules", "content": {"join_rule": rule, "allow": []}}]
    )
    assert await error(ben, "GET", path(room_id)) == (404, "M_NOT_FOUND")
    assert (await server.request("GET", path(room_id)))[0] == 404
    assert await error(ben, "GET", path("!none:example.org")) == (404, "M_NOT_FOUND")
    assert await error(ben, "GET", path("#none:example.org")) == (404, "M_NOT_FOUND")
    await ann.invite(room_id, ben.user_id)
    assert (await ben.get(path(room_id)))["membership"] == "invite"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("m.room.name", {"name": 5}),
        ("m.room.topic", {"topic": ["x"]}),
        ("m.room.avatar", {"url": "https://example.org/x.png"}),
        ("m.room.encryption", {"algorithm": "rot13"}),
        ("m.room.guest_access", {"guest_access": {}}),
        ("m.room.history_visibility", {"history_visibility": 1}),
    ],
)
async def test_state_of_another_shape_is_left_out(server: Server, kind: str, content: Any) -> None:
    ann: Client = await server.register("ann")
    room_id = await ann.create_room(preset="public_chat")
    await ann.set_state(room_id, kind, content)
    found = await ann.get(path(room_id))
    assert found.keys() == {
        "room_id", "num_joined_members", "world_readable", "guest_can_join", "room_version", "join_rule", "membership"
    }  # fmt: skip
