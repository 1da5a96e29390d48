"""Events reach a service in order, each in one transaction, whatever happens to either side."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.accounts.operator import operator
from tests.integration.appservices.bridge import SOON, Bridge, Ghost
from tests.integration.appservices.conftest import MakeBridge


async def portal(server: Server, bridge: Bridge, version: str = "12") -> tuple[Client, Ghost, str]:
    """Alice, a ghost, and a room with both."""
    alice = await server.register("alice")
    ghost = await bridge.ghost(server, f"_{bridge.name}_bob")
    room_id = await alice.create_room(room_version=version, invite=[ghost.user_id])
    await ghost.join(room_id)
    return alice, ghost, room_id


async def settled(server: Server) -> None:
    """Wait until the services are not behind."""
    async with asyncio.timeout(SOON):
        while True:
            _, answer = await operator(server, "GET", "/appservices")
            if all(service["behind"] == 0 for service in answer["appservices"]):
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("version", ["11", "12"])
async def test_a_service_gets_the_events_of_its_rooms_from_the_invitation_on(
    bridged: Server, bridge: Bridge, version: str
) -> None:
    alice, ghost, room_id = await portal(bridged, bridge, version)
    event_id = await alice.send(room_id, "hello")
    await ghost.send(room_id, "hello yourself")
    await alice.set_state(room_id, "m.room.topic", {"topic": "one"})
    await alice.set_state(room_id, "m.room.topic", {"topic": "two"})
    await bridge.wait(lambda: [event for event in bridge.events() if event["content"].get("topic") == "two"])
    events = bridge.events()
    assert [event["type"] for event in events[:2]] == ["m.room.member", "m.room.member"]
    assert [event["content"]["membership"] for event in events[:2]] == ["invite", "join"]
    assert bridge.bodies() == ["hello", "hello yourself"]
    message = next(event for event in events if event["event_id"] == event_id)
    assert message["room_id"] == room_id
    assert message["sender"] == alice.user_id
    assert message["unsigned"] == {}
    assert isinstance(message["origin_server_ts"], int)
    topic = events[-1]
    assert topic["state_key"] == ""
    assert topic["unsigned"]["prev_content"] == {"topic": "one"}
    assert "membership" not in topic["unsigned"]
    assert bridge.tokens == {"Bearer hs-irc"}


async def test_other_rooms_are_not_its_affair_nor_is_what_follows_when_its_last_user_has_gone(
    bridged: Server, bridge: Bridge
) -> None:
    alice, ghost, room_id = await portal(bridged, bridge)
    elsewhere = await alice.create_room()
    await alice.send(elsewhere, "secret")
    second = await bridge.ghost(bridged, "_irc_carol")
    await alice.invite(room_id, second.user_id)
    await second.join(room_id)
    await ghost.leave(room_id)
    await alice.send(room_id, "one is left")
    await second.leave(room_id)
    await alice.send(room_id, "nobody hears this")
    await alice.invite(room_id, ghost.user_id)
    await ghost.join(room_id)
    await alice.send(room_id, "again")
    await bridge.wait(lambda: "again" in bridge.bodies())
    assert bridge.bodies() == ["one is left", "again"]


async def test_a_room_made_by_the_service_is_told_from_its_first_event(bridged: Server, bridge: Bridge) -> None:
    bot = bridge.client(bridged)
    room_id = await bot.create_room()
    await bot.send(room_id, "hello")
    await bridge.wait(bridge.bodies)
    assert bridge.events()[0]["type"] == "m.room.create"
    assert {event["room_id"] for event in bridge.events()} == {room_id}


async def test_rooms_are_of_interest_by_alias_and_by_id(make_server: MakeServer, make_bridge: MakeBridge) -> None:
    namespaces = {"users": [], "aliases": [{"exclusive": False, "regex": "#log-.*"}], "rooms": []}
    by_alias = await make_bridge("logger", namespaces=namespaces)
    everything = {"users": [], "aliases": [], "rooms": [{"exclusive": False, "regex": "!.*"}]}
    by_id = await make_bridge("watcher", namespaces=everything)
    server = await make_server(ROOMKEEPER_APPSERVICES=f"{by_alias.file},{by_id.file}")
    alice = await server.register("alice")
    named = await alice.create_room(room_alias_name="log-one")
    plain = await alice.create_room()
    await alice.send(named, "named")
    await alice.send(plain, "plain")
    await alice.send(named, "end")
    await by_alias.wait(lambda: "end" in by_alias.bodies())
    await by_id.wait(lambda: "end" in by_id.bodies())
    assert by_alias.bodies() == ["named", "end"]
    assert by_id.bodies() == ["named", "plain", "end"]


async def test_what_is_not_accepted_is_sent_again_with_the_same_id_and_bytes(bridged: Server, bridge: Bridge) -> None:
    alice, _, room_id = await portal(bridged, bridge)
    await bridge.wait(lambda: len(bridge.events()) >= 2)
    bridge.status, before = 500, len(bridge.attempts)
    event_id = await alice.send(room_id, "first")
    await bridge.wait(lambda: len(bridge.attempts) > before)
    # What happens meanwhile changes nothing of what was sent once.
    await alice.send(room_id, "second")
    await alice.put(f"/rooms/{room_id}/redact/{event_id}/x", {})
    await bridge.wait(lambda: len(bridge.attempts) > before + 1)
    bridge.status = 200
    await bridge.wait(lambda: "second" in bridge.bodies())
    failed = bridge.attempts[before:]
    assert len({identifier for identifier, _ in failed[:2]}) == 1
    assert failed[0] == failed[1]
    assert bridge.bodies() == ["first", "second"]
    ids = [identifier for identifier, _ in bridge.accepted]
    assert all(identifier.isdigit() for identifier in ids)
    assert ids == sorted(set(ids), key=int)


async def test_a_service_that_was_down_gets_everything_in_order_and_once_over_a_restart(
    bridged: Server, bridge: Bridge
) -> None:
    alice, ghost, room_id = await portal(bridged, bridge)
    await bridge.wait(lambda: len(bridge.events()) >= 2)
    await bridge.stop()
    for number in range(120):
        await alice.send(room_id, f"m{number}")
    # Who leaves while the service is down had been there for what came before.
    await ghost.leave(room_id)
    await alice.send(room_id, "not for it")
    await bridged.restart()
    await alice.send(room_id, "nor this")
    await bridge.start()
    await bridge.wait(lambda: bridge.events()[-1]["content"].get("membership") == "leave")
    assert bridge.bodies() == [f"m{number}" for number in range(120)]
    accepted = [event["event_id"] for event in bridge.events()]
    assert len(accepted) == len(set(accepted))
    ids = [int(identifier) for identifier, _ in bridge.accepted]
    assert ids == sorted(set(ids))


async def test_the_same_transaction_is_sent_after_a_restart(bridged: Server, bridge: Bridge) -> None:
    alice, _, room_id = await portal(bridged, bridge)
    await bridge.wait(lambda: len(bridge.events()) >= 2)
    bridge.status, before = 503, len(bridge.attempts)
    event_id = await alice.send(room_id, "kept")
    await bridge.wait(lambda: len(bridge.attempts) > before)
    first = bridge.attempts[before]
    await alice.put(f"/rooms/{room_id}/redact/{event_id}/x", {})
    await bridged.restart()
    bridge.status, again = 200, len(bridge.attempts)
    await bridge.wait(lambda: len(bridge.attempts) > again)
    assert bridge.attempts[again] == first


async def test_a_transaction_is_bounded(bridged: Server, bridge: Bridge) -> None:
    alice, _, room_id = await portal(bridged, bridge)
    await bridge.stop()
    big = "x" * 60_000
    for number in range(20):
        await alice.send(room_id, f"{number} {big}")
    await bridge.start()
    await bridge.wait(lambda: len(bridge.bodies()) == 20)
    assert [body.split()[0] for body in bridge.bodies()] == [str(number) for number in range(20)]
    assert max(len(body) for _, body in bridge.attempts) < 600 * 1024


async def test_older_services_get_it_on_the_older_path(bridged: Server, bridge: Bridge) -> None:
    bridge.is_legacy = True
    alice, _, room_id = await portal(bridged, bridge)
    await alice.send(room_id, "hello")
    await bridge.wait(bridge.bodies)
    assert bridge.bodies() == ["hello"]


async def test_a_service_without_a_url_gets_nothing_and_a_new_one_nothing_from_before(
    make_server: MakeServer, make_bridge: MakeBridge
) -> None:
    silent = await make_bridge("silent", url=None)
    server = await make_server(ROOMKEEPER_APPSERVICES=str(silent.file))
    alice = await server.register("alice")
    ghost = await silent.ghost(server, "_silent_bob")
    room_id = await alice.create_room(invite=[ghost.user_id])
    await ghost.join(room_id)
    await alice.send(room_id, "before")
    silent.registration["url"] = silent.url
    silent.file.write_text(json.dumps(silent.registration))
    await server.restart()
    await settled(server)
    # The ghost that has been in the room is known all the same.
    await alice.send(room_id, "after")
    await silent.wait(silent.bodies)
    assert silent.bodies() == ["after"]
