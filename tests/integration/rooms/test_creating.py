"""``POST /createRoom``: a room has what was asked for, in the order of precedence that the specification gives."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.rooms.paths import VERSIONS, do, error, state_of

JOIN_RULES = ("m.room.join_rules", "")
VISIBILITY = ("m.room.history_visibility", "")
GUESTS = ("m.room.guest_access", "")
LEVELS = ("m.room.power_levels", "")
CREATE = ("m.room.create", "")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("preset", "join_rule", "guests"),
    [
        ("private_chat", "invite", "can_join"),
        ("trusted_private_chat", "invite", "can_join"),
        ("public_chat", "public", "forbidden"),
    ],
)
async def test_presets(server: Server, version: str, preset: str, join_rule: str, guests: str) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room(preset=preset, room_version=version)
    state = await state_of(ann, room_id)
    assert state[JOIN_RULES] == {"join_rule": join_rule}
    assert state[VISIBILITY] == {"history_visibility": "shared"}
    assert state[GUESTS] == {"guest_access": guests}
    assert state[CREATE]["room_version"] == version


async def test_visibility_chooses_the_preset_where_none_is_named(server: Server) -> None:
    ann = await server.register("ann")
    public = await state_of(ann, await ann.create_room(visibility="public"))
    private = await state_of(ann, await ann.create_room())
    assert public[JOIN_RULES]["join_rule"] == "public"
    assert private[JOIN_RULES]["join_rule"] == "invite"


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_creates_is_creator(server: Server, version: str) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room(room_version=version, creation_content={"creator": "@evil:example.org", "x": 1})
    state = await state_of(ann, room_id)
    assert state[CREATE]["x"] == 1
    if version == "10":
        assert state[CREATE]["creator"] == ann.user_id
    else:
        assert "creator" not in state[CREATE]
    if version == "12":
        assert state[LEVELS]["users"] == {}
        assert ":" not in room_id
    else:
        assert state[LEVELS]["users"] == {ann.user_id: 100}
        assert room_id.endswith(":example.org")


@pytest.mark.parametrize("version", VERSIONS)
async def test_trusted_people_get_the_creators_power(server: Server, version: str) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(room_version=version, preset="trusted_private_chat", invite=[ben.user_id])
    state = await state_of(ann, room_id)
    if version == "12":
        assert state[CREATE]["additional_creators"] == [ben.user_id]
        assert ben.user_id not in state[LEVELS]["users"]
    else:
        assert state[LEVELS]["users"] == {ann.user_id: 100, ben.user_id: 100}
    await ben.join(room_id)
    await ben.set_state(room_id, "m.room.power_levels", {**state[LEVELS], "kick": 60})


async def test_initial_state_goes_before_the_preset_and_names_after_both(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room(
        preset="private_chat",
        initial_state=[
            {"type": "m.room.join_rules", "content": {"join_rule": "knock"}},
            {"type": "m.room.name", "state_key": "", "content": {"name": "from initial_state"}},
            {"type": "org.example.thing", "state_key": "a/b", "content": {"value": 1}},
        ],
        name="from name",
        topic="from topic",
    )
    state = await state_of(ann, room_id)
    assert state[JOIN_RULES] == {"join_rule": "knock"}
    assert state[VISIBILITY] == {"history_visibility": "shared"}
    assert state["m.room.name", ""] == {"name": "from name"}
    assert state["m.room.topic", ""]["topic"] == "from topic"
    assert state["org.example.thing", "a/b"] == {"value": 1}


@pytest.mark.parametrize("version", VERSIONS)
async def test_power_level_content_override(server: Server, version: str) -> None:
    ann = await server.register("ann")
    override = {"events_default": 30, "events": {"m.room.name": 10}}
    levels = (await state_of(ann, await ann.create_room(room_version=version, power_level_content_override=override)))[
        LEVELS
    ]
    assert levels["events_default"] == 30
    assert levels["events"] == {"m.room.name": 10}
    assert levels["state_default"] == 50


async def test_room_types_and_federation(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room(creation_content={"type": "m.space", "m.federate": False})
    create = (await state_of(ann, room_id))[CREATE]
    assert create["type"] == "m.space"
    assert create["m.federate"] is False


async def test_direct_chats_say_so_in_their_invitations(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    await ann.put(f"/profile/{ann.user_id}/displayname", {"displayname": "Ann"})
    room_id = await ann.create_room(is_direct=True, invite=[ben.user_id, ben.user_id], preset="trusted_private_chat")
    invite = (await ben.sync())["rooms"]["invite"][room_id]["invite_state"]["events"]
    own = next(event for event in invite if event.get("state_key") == ben.user_id)
    assert own["content"]["is_direct"] is True
    assert own["sender"] == ann.user_id
    assert any(event["type"] == "m.room.create" for event in invite)


async def test_an_alias_is_made_with_the_room(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(room_alias_name="lobby", preset="public_chat")
    assert (await ben.get("/directory/room/%23lobby%3Aexample.org"))["room_id"] == room_id
    assert (await state_of(ann, room_id))["m.room.canonical_alias", ""] == {"alias": "#lobby:example.org"}
    await ben.join("#lobby:example.org")
    assert await error(ben, "POST", "/createRoom", {"room_alias_name": "lobby"}) == (400, "M_ROOM_IN_USE")


@pytest.mark.parametrize("version", VERSIONS)
async def test_rooms_alike_that_are_made_in_one_millisecond_are_two(make_server: MakeServer, version: str) -> None:
    server = await make_server(clock=FixedClock())
    ann = await server.register("ann")
    room_ids = await asyncio.gather(*(ann.create_room(room_version=version) for _ in range(5)))
    assert len(set(room_ids)) == 5
    assert set((await ann.get("/joined_rooms"))["joined_rooms"]) == set(room_ids)


async def test_two_who_want_one_alias_at_once_get_one_room(server: Server) -> None:
    ann = await server.register("ann")
    answers = await asyncio.gather(
        *(ann.attempt("POST", "/createRoom", {"room_alias_name": "lobby"}) for _ in range(5))
    )
    assert sorted(status for status, _ in answers) == [200, 400, 400, 400, 400]
    assert {answer["errcode"] for status, answer in answers if status == 400} == {"M_ROOM_IN_USE"}
    rooms = (await ann.get("/joined_rooms"))["joined_rooms"]
    assert rooms == [answer["room_id"] for status, answer in answers if status == 200]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"room_version": "1"}, (400, "M_UNSUPPORTED_ROOM_VERSION")),
        ({"room_version": 11}, (400, "M_BAD_JSON")),
        ({"preset": "open_house"}, (400, "M_BAD_JSON")),
        ({"visibility": "hidden"}, (400, "M_BAD_JSON")),
        ({"invite": ["ben"]}, (400, "M_INVALID_PARAM")),
        ({"invite": ["@nobody:example.org"]}, (404, "M_NOT_FOUND")),
        ({"invite": "@ben:example.org"}, (400, "M_BAD_JSON")),
        ({"room_alias_name": "a b:c"}, (400, "M_INVALID_PARAM")),
        ({"room_alias_name": "a" * 256}, (400, "M_BAD_JSON")),
        ({"room_alias_name": "é" * 200}, (400, "M_INVALID_PARAM")),
        ({"initial_state": [{"type": "m.room.name"}]}, (400, "M_BAD_JSON")),
        ({"initial_state": [{"type": 1, "content": {}}]}, (400, "M_BAD_JSON")),
        ({"initial_state": ["x"]}, (400, "M_BAD_JSON")),
        ({"initial_state": [{"type": "m.room.member", "content": {}}]}, (400, "M_INVALID_ROOM_STATE")),
        ({"initial_state": [{"type": "m.room.create", "content": {}}]}, (400, "M_INVALID_ROOM_STATE")),
        ({"power_level_content_override": {"users": {"@x:example.org": "100"}}}, (400, "M_INVALID_ROOM_STATE")),
        ({"power_level_content_override": {"users_default": 1.5}}, (400, "M_INVALID_ROOM_STATE")),
        ({"creation_content": {"n": 2**60}}, (400, "M_BAD_JSON")),
        ({"name": 5}, (400, "M_BAD_JSON")),
        ({"topic": "x" * 70_000}, (413, "M_TOO_LARGE")),
        ({"invite_3pid": [{"address": "a@b.c", "medium": "email"}]}, (403, "M_FORBIDDEN")),
    ],
)  # fmt: skip
async def test_what_cannot_be_made_is_refused(server: Server, body: dict[str, Any], expected: tuple[int, str]) -> None:
    ann = await server.register("ann")
    assert await error(ann, "POST", "/createRoom", body) == expected
    assert await ann.get("/joined_rooms") == {"joined_rooms": []}


@pytest.mark.parametrize("version", ["12"])
async def test_creators_cannot_stand_among_the_power_levels(server: Server, version: str) -> None:
    ann = await server.register("ann")
    body = {"room_version": version, "power_level_content_override": {"users": {ann.user_id: 100}}}
    assert await error(ann, "POST", "/createRoom", body) == (400, "M_INVALID_ROOM_STATE")


async def test_a_room_exists_whole_for_everyone_who_sees_it(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(name="One", invite=[ben.user_id])
    await server.restart()
    assert (await state_of(ann, room_id))["m.room.name", ""] == {"name": "One"}
    assert await do(ben, "join", room_id) == 200
