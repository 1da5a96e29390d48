"""Room upgrades: what goes over, who may, what the old room becomes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Server
from tests.integration.rooms.paths import VERSIONS, do, error, room_path, state_of


@pytest.mark.parametrize("old_version", VERSIONS)
@pytest.mark.parametrize("new_version", VERSIONS)
async def test_upgrade(server: Server, old_version: str, new_version: str) -> None:
    ann, ben, eve = [await server.register(name) for name in ("ann", "ben", "eve")]
    old = await ann.create_room(
        room_version=old_version,
        preset="public_chat",
        name="House",
        topic="Talk",
        room_alias_name="house",
        creation_content={"type": "m.space", "m.federate": False},
        power_level_content_override={"kick": 60},
    )
    await ben.join(old)
    await do(ann, "ban", old, eve.user_id)
    body: dict[str, Any] = {"new_version": new_version}
    if new_version == "12":
        body["additional_creators"] = [ben.user_id]
    new = (await ann.post(room_path(old, "upgrade"), body))["replacement_room"]
    state = await state_of(ann, new)
    create = state["m.room.create", ""]
    assert create["room_version"] == new_version
    assert create["type"] == "m.space"
    assert create["m.federate"] is False
    assert create["predecessor"]["room_id"] == old
    assert create.get("additional_creators") == ([ben.user_id] if new_version == "12" else None)
    assert state["m.room.name", ""] == {"name": "House"}
    assert state["m.room.topic", ""]["topic"] == "Talk"
    assert state["m.room.join_rules", ""] == {"join_rule": "public"}
    assert state["m.room.member", eve.user_id]["membership"] == "ban"
    assert state["m.room.power_levels", ""]["kick"] == 60
    assert state["m.room.canonical_alias", ""]["alias"] == "#house:example.org"
    assert (await ann.get("/directory/room/%23house%3Aexample.org"))["room_id"] == new
    before = await state_of(ben, old)
    assert before["m.room.tombstone", ""]["replacement_room"] == new
    assert before["m.room.power_levels", ""]["events_default"] >= 50
    assert await error(ben, "PUT", room_path(old, "send", "m.room.message", "t"), {"body": "x"}) == (403, "M_FORBIDDEN")
    await ben.join(new)
    assert await do(eve, "join", new) == 403
    await ann.set_state(new, "m.room.power_levels", {**state["m.room.power_levels", ""], "kick": 70})


async def test_who_may(server: Server) -> None:
    ann, ben, eve = [await server.register(name) for name in ("ann", "ben", "eve")]
    room_id = await ann.create_room(preset="public_chat", room_version="11")
    await ben.join(room_id)
    path = room_path(room_id, "upgrade")
    assert await error(ben, "POST", path, {"new_version": "12"}) == (403, "M_FORBIDDEN")
    assert await error(eve, "POST", path, {"new_version": "12"}) == (403, "M_FORBIDDEN")
    assert await error(ann, "POST", path, {"new_version": "1"}) == (400, "M_UNSUPPORTED_ROOM_VERSION")
    assert await error(ann, "POST", path, {}) == (400, "M_BAD_JSON")
    nowhere = room_path("!no:example.org", "upgrade")
    assert await error(ann, "POST", nowhere, {"new_version": "12"}) == (404, "M_NOT_FOUND")
    assert "m.room.tombstone" not in {kind for kind, _ in await state_of(ann, room_id)}


@pytest.mark.parametrize("new_version", VERSIONS)
async def test_a_moderator_with_the_level_for_tombstones(server: Server, new_version: str) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(
        preset="public_chat",
        room_version="11",
        power_level_content_override={
            "users": {ann.user_id: 100, ben.user_id: 50},
            "events": {"m.room.tombstone": 50, "m.room.power_levels": 100, "m.room.history_visibility": 100},
        },
    )
    await ben.join(room_id)
    new = (await ben.post(room_path(room_id, "upgrade"), {"new_version": new_version}))["replacement_room"]
    await ann.join(new)
    state = await state_of(ann, new)
    if new_version != "12":
        assert state["m.room.power_levels", ""]["users"] == {ann.user_id: 100, ben.user_id: 50}
    assert state["m.room.history_visibility", ""] == {"history_visibility": "shared"}
