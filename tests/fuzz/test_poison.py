"""Events with content of the wrong kind: each is refused, or every endpoint goes on working in a room that has it.

Clients may put anything into most events; what the server itself reads (names, levels, rules) it must read with care,
also after a restart, when rooms are loaded from the database.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import MakeServer
from tests.consistency import check_data_dir
from tests.fuzz.values import WRONG_VALUES
from tests.fuzz.world import Attack, World, world_of
from tests.harness import V3, Client

CONTENTS: dict[str, dict[str, Any]] = {
    "m.room.avatar": {"url": "mxc://example.org/a", "info": {}},
    "m.room.canonical_alias": {"alias": None, "alt_aliases": []},
    "m.room.create": {"room_version": "12", "creator": "@x:example.org", "additional_creators": []},
    "m.room.encryption": {"algorithm": "m.megolm.v1.aes-sha2"},
    "m.room.guest_access": {"guest_access": "can_join"},
    "m.room.history_visibility": {"history_visibility": "shared"},
    "m.room.join_rules": {
        "join_rule": "restricted",
        "allow": [{"type": "m.room_membership", "room_id": "!x:example.org"}],
    },
    "m.room.member": {
        "membership": "join",
        "displayname": "x",
        "avatar_url": "mxc://example.org/a",
        "join_authorised_via_users_server": "@x:example.org",
        "third_party_invite": {"signed": {"mxid": "x", "token": "x", "signatures": {}}},
        "is_direct": True,
    },
    "m.room.name": {"name": "x"},
    "m.room.pinned_events": {"pinned": []},
    "m.room.power_levels": {
        "ban": 50,
        "kick": 50,
        "redact": 50,
        "invite": 0,
        "state_default": 50,
        "events_default": 0,
        "users_default": 0,
        "events": {"m.room.name": 50},
        "users": {},
        "notifications": {"room": 50},
    },
    "m.room.redaction": {"redacts": "$x", "reason": "x"},
    "m.room.server_acl": {"allow": ["*"], "deny": []},
    "m.room.third_party_invite": {"display_name": "x", "key_validity_url": "x", "public_key": "x", "public_keys": []},
    "m.room.tombstone": {"body": "x", "replacement_room": "!x:example.org"},
    "m.room.topic": {"topic": "x", "m.topic": {"m.text": [{"body": "x"}]}},
    "m.space.child": {"via": ["example.org"], "order": "x"},
    "m.space.parent": {"via": ["example.org"], "canonical": True},
}


LAZY = quote('{"room":{"state":{"lazy_load_members":true}}}')


def poisons(event_type: str) -> list[dict[str, Any]]:
    """The content with each field wrong in each way."""
    content = CONTENTS[event_type]
    return [{**content, name: value} for name in content for value in WRONG_VALUES.values()] + [{}]


@pytest.mark.parametrize("every", [pytest.param(7, id="some"), pytest.param(1, id="all", marks=pytest.mark.long)])
@pytest.mark.parametrize("event_type", CONTENTS)
async def test_a_room_survives_odd_state(make_server: MakeServer, event_type: str, every: int) -> None:
    server = await make_server()
    found: list[str] = []
    with world_of(server) as world:
        await world.renew()
        for content in poisons(event_type)[::every]:
            if await put_state(world, event_type, content, found):
                found += [f"{event_type} {json.dumps(content)[:200]}: {fault}" for fault in await use(world)]
                if len(found) > 20 or not await still_useful(world, event_type):
                    await world.renew()
    assert not found, "\n".join(found[:20])
    await server.restart()
    with world_of(server) as world:
        await world.renew()
        for (room_id,) in await server.app.driver.query("SELECT room_id FROM rooms"):
            join = Attack("POST", f"{V3}/join/{quote(room_id)}".encode())
            found += await world.attempt(join, world.alice.token)
        for attack in looks(world):
            found += await world.attempt(attack, world.alice.token)
    assert not found, "after a restart:\n" + "\n".join(found[:20])
    check_data_dir(server.data_dir)


async def put_state(world: World, event_type: str, content: dict[str, Any], found: list[str]) -> bool:
    """Send the state event, and a message of that type; whether the state was accepted."""
    room = f"{V3}/rooms/{quote(world.parameters['roomId'])}"
    state_key = world.alice.user_id if event_type == "m.room.member" else ""
    body = json.dumps(content).encode()
    state = Attack("PUT", f"{room}/state/{event_type}/{quote(state_key)}".encode(), body=body)
    message = Attack("PUT", f"{room}/send/{event_type}/{abs(hash(body))}".encode(), body=body)
    before = await newest_event(world)
    for attack in (message, state):
        found += await world.attempt(attack, world.alice.token)
    return await newest_event(world) != before


async def newest_event(world: World) -> int:
    """The position of the newest event of all."""
    row = await world.server.app.driver.query_one("SELECT max(position) FROM events")
    assert row is not None
    return int(row[0])


async def still_useful(world: World, event_type: str) -> bool:
    """Whether Alice can still send such state; some kinds lock everybody out, or cannot be replaced."""
    return event_type not in ("m.room.member", "m.room.power_levels") and await world.is_signed_in()


def looks(world: World) -> list[Attack]:
    """All that only reads, in the world's room."""
    room = f"/rooms/{quote(world.parameters['roomId'])}"
    paths = [
        "/sync",
        "/sync?since=s0.1",
        f"/sync?filter={LAZY}",
        "/sync?full_state=true",
        f"{room}/messages?dir=b&limit=500",
        f"{room}/state",
        f"{room}/members",
        f"{room}/joined_members",
        f"{room}/aliases",
        f"{room}/context/{quote(world.parameters['eventId'])}",
    ]
    split = [path.partition("?") for path in paths]
    return [Attack("GET", f"{V3}{path}".encode(), query.encode()) for path, _, query in split]


async def use(world: World) -> list[str]:
    """Everything that one can do in a room, as a member and as somebody who comes and goes; what went wrong."""
    alice, bob = world.alice, world.bob
    room = f"/rooms/{quote(world.parameters['roomId'])}"
    at_bob, number = {"user_id": bob.user_id}, await newest_event(world)
    steps: list[tuple[Client, str, str, Any]] = [
        (bob, "POST", f"{room}/join", {}),
        (bob, "POST", f"{room}/leave", {}),
        (bob, "POST", f"/knock/{quote(world.parameters['roomId'])}", {}),
        (alice, "POST", f"{room}/invite", at_bob),
        (bob, "GET", "/sync", None),
        (bob, "POST", f"{room}/join", {}),
        (alice, "POST", f"{room}/kick", at_bob),
        (alice, "POST", f"{room}/ban", at_bob),
        (alice, "POST", f"{room}/unban", at_bob),
        (alice, "POST", f"{room}/invite", at_bob),
        (bob, "POST", f"{room}/join", {}),
        (alice, "PUT", f"{room}/send/m.room.message/{number}", {"msgtype": "m.text", "body": "x"}),
        (alice, "PUT", f"{room}/typing/{quote(alice.user_id)}", {"typing": True}),
        (alice, "POST", f"{room}/read_markers", {"m.fully_read": world.parameters["eventId"]}),
        (alice, "PUT", f"/profile/{quote(alice.user_id)}/displayname", {"displayname": f"{number}"}),
        (alice, "POST", f"{room}/upgrade", {"new_version": "11"}),
    ]
    found: list[str] = []
    for attack in looks(world):
        found += await world.attempt(attack, alice.token)
    for client, method, path, body in steps:
        data = b"" if body is None else json.dumps(body).encode()
        found += await world.attempt(Attack(method, f"{V3}{path}".encode(), body=data), client.token)
    for attack in looks(world):
        found += await world.attempt(attack, bob.token)
    return found
