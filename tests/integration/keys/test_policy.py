"""Which rooms may be encrypted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.harness import Client, Server

CONTENT = {"algorithm": "m.megolm.v1.aes-sha2"}
STATE = {"type": "m.room.encryption", "state_key": "", "content": CONTENT}
PUBLIC = {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "public"}}


async def attempt(client: Client, room_id: str, event_type: str = "m.room.encryption", content: Any = CONTENT) -> Any:
    status, answer = await client.attempt("PUT", f"/rooms/{room_id}/state/{event_type}/", content)
    return status, answer.get("errcode")


async def test_ordinary_rooms_may_be_encrypted_and_are_not_by_default(server: Server) -> None:
    alice = await server.register("alice")
    for preset in ("private_chat", "trusted_private_chat", "public_chat"):
        room_id = await alice.create_room(preset=preset)
        status, _ = await alice.attempt("GET", f"/rooms/{room_id}/state/m.room.encryption/")
        assert status == 404
        assert await attempt(alice, room_id) == (200, None)
        assert await alice.create_room(preset=preset, initial_state=[STATE])
    space = await alice.create_room(creation_content={"type": "m.space"})
    assert await attempt(alice, space) == (403, "M_FORBIDDEN")


async def test_a_kind_of_room_can_be_kept_readable(make_server: MakeServer) -> None:
    server = await make_server(ROOMKEEPER_KEYS_ALLOWED_ENCRYPTION="private")
    alice = await server.register("alice")
    public = await alice.create_room(preset="public_chat")
    status, answer = await alice.attempt("PUT", f"/rooms/{public}/state/m.room.encryption/", CONTENT)
    assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    assert "leave m.room.encryption out" in answer["error"]
    assert "keys.allowed_encryption" in answer["error"]
    before = (await alice.get("/joined_rooms"))["joined_rooms"]
    for body in (
        {"preset": "public_chat", "initial_state": [STATE]},
        {"preset": "private_chat", "initial_state": [STATE, PUBLIC]},
    ):
        status, answer = await alice.attempt("POST", "/createRoom", body)
        assert (status, answer["errcode"]) == (403, "M_FORBIDDEN")
    assert (await alice.get("/joined_rooms"))["joined_rooms"] == before
    private = await alice.create_room(preset="private_chat")
    assert await attempt(alice, private) == (200, None)
    # Nor does an encrypted room become one of a kind that may not be.
    assert await attempt(alice, private, "m.room.join_rules", PUBLIC["content"]) == (403, "M_FORBIDDEN")
    assert await attempt(alice, private, "m.room.join_rules", {"join_rule": "knock"}) == (200, None)


async def test_a_setting_that_became_stricter_leaves_encrypted_rooms_alone(make_server: MakeServer) -> None:
    server = await make_server()
    alice = await server.register("alice")
    room_id = await alice.create_room(preset="public_chat", initial_state=[STATE])
    await server.stop()
    server._environment["ROOMKEEPER_KEYS_ALLOWED_ENCRYPTION"] = "space"
    await server.start()
    assert await attempt(alice, room_id, content={**CONTENT, "rotation_period_msgs": 50}) == (200, None)
    other = await alice.create_room(preset="public_chat")
    assert await attempt(alice, other) == (403, "M_FORBIDDEN")


@pytest.mark.parametrize("value", ["rooms", "private,rooms"])
async def test_an_unknown_kind_stops_the_start(make_server: MakeServer, value: str) -> None:
    with pytest.raises(Exception, match="ALLOWED_ENCRYPTION"):
        await make_server(ROOMKEEPER_KEYS_ALLOWED_ENCRYPTION=value)
