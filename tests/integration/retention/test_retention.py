"""Old messages go; what the room, its members and its future need stays."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.platform.clock import FixedClock
from roomkeeper.platform.jobs import service
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.retention.operator import Operator

DAY_MS = 24 * 3600 * 1000


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "START_DELAY_S", 0.0)


class World:
    """A server whose clock stands still, which keeps messages for seven days."""

    def __init__(self, server: Server, clock: FixedClock) -> None:
        self.server = server
        self.clock = clock
        self.operator = Operator(server)

    async def events(self, room_id: str) -> list[str]:
        """Types of what is stored of a room, in order."""
        rows = await self.server.app.driver.query(
            "SELECT type FROM events WHERE room_id = $1 ORDER BY position", room_id
        )
        return [str(row[0]) for row in rows]

    async def heads(self, room_id: str) -> list[str]:
        """The room's heads as they are loaded anew."""
        cache = self.server.rooms.cache
        room = cache.peek(room_id)
        if room is not None:
            cache.forget(room)
        return (await cache.get(room_id)).heads


@pytest.fixture
async def world(make_server: MakeServer) -> World:
    clock = FixedClock()
    return World(await make_server(clock=clock, ROOMKEEPER_RETENTION_MAX_AGE_DAYS="7"), clock)


async def bodies(client: Client, room_id: str) -> list[str]:
    """Bodies of messages, oldest first."""
    return await client.timeline(room_id)


async def test_old_messages_go_and_new_ones_stay(world: World) -> None:
    alice, bob = await world.server.register("alice"), await world.server.register("bob")
    room_id = await alice.create_room(preset="public_chat", name="kept")
    await bob.join(room_id)
    for number in range(250):
        await alice.send(room_id, f"old {number}")
    world.clock.advance(6 * DAY_MS)
    await bob.send(room_id, "new 1")
    world.clock.advance(2 * DAY_MS)
    newest = await alice.send(room_id, "new 2")

    job = await world.operator.retain()
    assert job["message"] == "250 events removed"
    assert job["progress"] == {"done": 1, "total": 1, "unit": "rooms"}
    assert await bodies(alice, room_id) == ["new 1", "new 2"]
    assert await world.heads(room_id) == [newest]
    state = {event["type"] for event in await state_of(alice, room_id)}
    assert {"m.room.create", "m.room.name", "m.room.member", "m.room.power_levels"} <= state
    # Whoever begins anew, and whoever comes from before, sees the same room and can go on in it.
    for client in (await world.server.login("bob"), bob):
        section = (await client.sync())["rooms"]["join"][room_id]
        shown = [event["content"].get("body") for event in section["timeline"]["events"]]
        assert shown[-2:] == ["new 1", "new 2"]
        assert not any(body and body.startswith("old") for body in shown)
    after = await bob.send(room_id, "after")
    assert (await stored(world, after))["prev_events"] == [newest]
    assert (await world.operator.retain())["message"] == "0 events removed"


async def state_of(client: Client, room_id: str) -> list[dict[str, Any]]:
    """The room's state."""
    answer: Any = await client.get(f"/rooms/{quote(room_id)}/state")
    return list(answer)


async def stored(world: World, event_id: str) -> dict[str, Any]:
    """An event as it is stored."""
    row = await world.server.app.driver.query_one("SELECT pdu FROM events WHERE event_id = $1", event_id)
    assert row is not None
    return dict(json.loads(row[0]))


async def test_the_newest_event_of_a_quiet_room_stays(world: World) -> None:
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    await alice.send(room_id, "one")
    last = await alice.send(room_id, "two")
    before = await world.heads(room_id)
    world.clock.advance(30 * DAY_MS)
    await world.operator.retain()
    assert await bodies(alice, room_id) == ["two"]
    assert await world.heads(room_id) == before == [last]


async def test_replaced_state_goes_unless_rights_follow_from_it(world: World) -> None:
    alice, bob = await world.server.register("alice"), await world.server.register("bob")
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    for number in range(5):
        await alice.set_state(room_id, "m.room.topic", {"topic": f"topic {number}"})
        await alice.set_state(room_id, "m.room.join_rules", {"join_rule": "public" if number % 2 else "invite"})
    await bob.leave(room_id)
    world.clock.advance(8 * DAY_MS)
    await alice.set_state(room_id, "m.room.topic", {"topic": "newest"})
    await alice.send(room_id, "x")
    await world.operator.retain()
    types = await world.events(room_id)
    # The last of the old ones held until a moment ago.
    assert types.count("m.room.topic") == 2
    assert types.count("m.room.join_rules") == 6
    assert types.count("m.room.member") == 3
    (old,), (new,) = await world.server.app.driver.query(
        "SELECT unsigned FROM events WHERE room_id = $1 AND type = 'm.room.topic' ORDER BY position", room_id
    )
    assert old is None, "the removed topic stands in unsigned of the one that replaced it"
    assert json.loads(new)["prev_content"] == {"topic": "topic 4"}


async def test_who_left_still_sees_the_room_as_it_was(world: World) -> None:
    alice, bob = await world.server.register("alice"), await world.server.register("bob")
    room_id = await alice.create_room(preset="public_chat", name="kept")
    await bob.join(room_id)
    await bob.leave(room_id)
    world.clock.advance(20 * DAY_MS)
    await alice.send(room_id, "x")
    await world.operator.retain()
    answer = await bob.get(f"/rooms/{quote(room_id)}/state/m.room.name")
    assert answer["name"] == "kept"


async def test_redactions_stay_with_what_they_redact(world: World) -> None:
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    topic = await alice.set_state(room_id, "m.room.topic", {"topic": "x"})
    message = await alice.send(room_id, "y")
    await alice.put(f"/rooms/{quote(room_id)}/redact/{quote(topic)}/t1", {})
    await alice.put(f"/rooms/{quote(room_id)}/redact/{quote(message)}/t2", {})
    world.clock.advance(8 * DAY_MS)
    await alice.send(room_id, "z")
    await world.operator.retain()
    types = await world.events(room_id)
    assert types.count("m.room.redaction") == 1
    event = await alice.get(f"/rooms/{quote(room_id)}/event/{quote(topic)}")
    assert event["unsigned"]["redacted_because"]["type"] == "m.room.redaction"


async def test_a_repeated_send_is_not_sent_again(make_server: MakeServer) -> None:
    clock = FixedClock()
    world = World(await make_server(clock=clock, ROOMKEEPER_RETENTION_MAX_AGE_DAYS="1"), clock)
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    event_id = await alice.send(room_id, "once", "t1")
    await alice.send(room_id, "last")
    world.clock.advance(2 * DAY_MS)
    await world.operator.retain()
    assert await bodies(alice, room_id) == ["last"]
    assert await alice.send(room_id, "once", "t1") == event_id
    assert await bodies(alice, room_id) == ["last"]


async def test_a_room_has_its_own_rule(world: World) -> None:
    alice = await world.server.register("alice")
    rooms = {}
    for name in ("server", "short", "long"):
        rooms[name] = await alice.create_room(name=name)
        world.clock.advance(1)
    operator = world.operator
    await operator.ask("PUT", f"/rooms/{quote(rooms['short'])}/retention", {"max_age_days": 1})
    await operator.ask("PUT", f"/rooms/{quote(rooms['long'])}/retention", {"max_age_days": None})
    for room_id in rooms.values():
        await alice.send(room_id, "a")
        await alice.send(room_id, "b")
    world.clock.advance(2 * DAY_MS)
    await operator.retain()
    assert [await bodies(alice, rooms[name]) for name in rooms] == [["a", "b"], ["b"], ["a", "b"]]
    world.clock.advance(30 * DAY_MS)
    await operator.retain()
    assert [await bodies(alice, rooms[name]) for name in rooms] == [["b"], ["b"], ["a", "b"]]
    assert await operator.ask("GET", f"/rooms/{quote(rooms['short'])}/retention") == {"max_age_days": 1, "own": True}
    assert await operator.ask("GET", f"/rooms/{quote(rooms['server'])}/retention") == {"max_age_days": 7, "own": False}
    page = await operator.ask("GET", "/retention", limit=1)
    following = await operator.ask("GET", "/retention", limit=1, **{"from": page["next_batch"]})
    assert {page["rooms"][0]["room_id"], following["rooms"][0]["room_id"]} == {rooms["short"], rooms["long"]}
    await operator.ask("DELETE", f"/rooms/{quote(rooms['long'])}/retention")
    await operator.retain()
    assert await bodies(alice, rooms["long"]) == ["b"]


@pytest.mark.parametrize("days", [0, -1, "7", 1.5, 36501, True])
async def test_wrong_rules_are_refused(world: World, days: object) -> None:
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    status, answer = await world.operator.attempt("PUT", f"/rooms/{quote(room_id)}/retention", {"max_age_days": days})
    assert (status, answer["errcode"]) == (400, "M_BAD_JSON")
    for method, path in (("PUT", "retention"), ("GET", "retention"), ("POST", "purge")):
        body = {"max_age_days": 1} if method == "PUT" else None
        status, answer = await world.operator.attempt(method, f"/rooms/!nothing:example.org/{path}", body)
        assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


async def test_only_who_may(world: World) -> None:
    alice = await world.server.register("alice")
    room_id = await alice.create_room()
    for method, path in (
        ("GET", "/jobs"),
        ("POST", "/retention/run"),
        ("POST", f"/rooms/{quote(room_id)}/purge"),
        ("PUT", f"/rooms/{quote(room_id)}/retention"),
    ):
        status, _ = await world.server.request(method, f"/_roomkeeper/v1{path}", {}, alice.token)
        assert status == 403


async def test_a_room_with_released_events_keeps_its_heads(world: World) -> None:
    """Events that were held stand behind their successors; pruning must not make heads of what is old."""
    alice = await world.server.register("alice")
    room_id = await alice.create_room(name="x")
    for number in range(120):
        await alice.send(room_id, f"{number}")
    world.clock.advance(8 * DAY_MS)
    last = await alice.send(room_id, "last")
    await world.operator.retain()
    assert await world.heads(room_id) == [last]
    await world.server.restart()
    assert await world.heads(room_id) == [last]
