"""Looking into a room: messages page by page, an event and what is around it, members now and then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import Client, Server
from tests.integration.rooms.paths import error, room_path


async def all_pages(client: Client, room_id: str, direction: str, **query: Any) -> list[dict[str, Any]]:
    """Everything, following the tokens to the end."""
    found: list[dict[str, Any]] = []
    for _ in range(200):
        page = await client.get(room_path(room_id, "messages"), dir=direction, **query)
        found += page["chunk"]
        if "end" not in page:
            return found
        query["from"] = page["end"]
    raise AssertionError("no end")


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
async def test_both_directions_to_the_end(server: Server, limit: int) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    sent = [await ann.send(room_id, f"message {number}") for number in range(15)]
    backwards = await all_pages(ann, room_id, "b", limit=limit)
    forwards = await all_pages(ann, room_id, "f", limit=limit)
    assert [event["event_id"] for event in backwards] == [event["event_id"] for event in reversed(forwards)]
    assert forwards[0]["type"] == "m.room.create"
    assert [event["event_id"] for event in forwards][-15:] == sent
    assert {event["room_id"] for event in forwards} == {room_id}


async def test_from_a_sync_both_ways(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    for number in range(30):
        await ann.send(room_id, f"message {number}")
    timeline = (await ann.sync())["rooms"]["join"][room_id]["timeline"]
    assert timeline["limited"] is True
    earlier = await all_pages(ann, room_id, "b", **{"from": timeline["prev_batch"]})
    shown = [event["event_id"] for event in (*reversed(earlier), *timeline["events"])]
    assert len(shown) == len(set(shown)) == 30 + len([e for e in earlier if e["type"] != "m.room.message"])
    await ann.send(room_id, "later")
    later = await ann.get(room_path(room_id, "messages"), dir="f", **{"from": ann.next_batch})
    assert [event["content"]["body"] for event in later["chunk"]] == ["later"]
    upto = await ann.get(room_path(room_id, "messages"), dir="f", to=ann.next_batch, limit=1000)
    assert upto["chunk"][-1]["content"]["body"] == "message 29"


async def test_filters(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    for number in range(6):
        await ann.send(room_id, f"from ann {number}")
        await ben.send(room_id, f"from ben {number}")
    picture = {"msgtype": "m.image", "body": "x", "url": "mxc://example.org/x"}
    await ben.put(room_path(room_id, "send", "m.room.message", "p"), picture)

    async def bodies(**wanted: Any) -> list[str]:
        events = await all_pages(ann, room_id, "f", limit=2, filter=json.dumps(wanted))
        return [event["content"].get("body", event["type"]) for event in events]

    assert await bodies(senders=[ben.user_id], types=["m.room.message"]) == [
        *(f"from ben {number}" for number in range(6)),
        "x",
    ]
    assert await bodies(not_senders=[ann.user_id], not_types=["m.room.mess*"]) == ["m.room.member"]
    assert await bodies(contains_url=True) == ["x"]
    assert await bodies(types=[]) == []
    assert await bodies(rooms=["!other:example.org"]) == []
    for wrong in ('{"types": 5}', "{", "[]", '{"senders":["x"]}', "\\ud800"):
        status, _ = await error(ann, "GET", room_path(room_id, "messages"), dir="b", filter=wrong)
        assert status == 400


async def test_lazy_loading(server: Server) -> None:
    people = [await server.register(name) for name in ("ann", "ben", "cat")]
    ann, ben, cat = people
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await cat.join(room_id)
    await ben.send(room_id, "hello")
    lazy = json.dumps({"lazy_load_members": True, "types": ["m.room.message"]})
    page = await ann.get(room_path(room_id, "messages"), dir="b", filter=lazy)
    assert [event["state_key"] for event in page["state"]] == [ben.user_id]
    found = await ann.get(room_path(room_id, "context", page["chunk"][0]["event_id"]), filter=lazy, limit=0)
    members = {event["state_key"] for event in found["state"] if event["type"] == "m.room.member"}
    assert members == {ben.user_id}
    sync = await ann.get(
        "/sync", filter=json.dumps({"room": {"state": {"lazy_load_members": True}, "timeline": {"limit": 1}}})
    )
    shown = sync["rooms"]["join"][room_id]["state"]["events"]
    members = {event["state_key"] for event in shown if event["type"] == "m.room.member"}
    assert members == {ann.user_id, ben.user_id, cat.user_id}, "oneself, who spoke, and whom the room is named after"
    await ann.set_state(room_id, "m.room.name", {"name": "named"})
    await ben.send(room_id, "again")
    sync = await ann.get(
        "/sync", filter=json.dumps({"room": {"state": {"lazy_load_members": True}, "timeline": {"limit": 1}}})
    )
    shown = sync["rooms"]["join"][room_id]["state"]["events"]
    members = {event["state_key"] for event in shown if event["type"] == "m.room.member"}
    assert members == {ann.user_id, ben.user_id}


async def test_context(server: Server) -> None:
    ann, eve = await server.register("ann"), await server.register("eve")
    room_id = await ann.create_room()
    sent = [await ann.send(room_id, f"message {number}") for number in range(11)]
    found = await ann.get(room_path(room_id, "context", sent[5]), limit=4)
    assert found["event"]["event_id"] == sent[5]
    assert [event["event_id"] for event in found["events_before"]] == [sent[4], sent[3]]
    assert [event["event_id"] for event in found["events_after"]] == [sent[6], sent[7]]
    before = await ann.get(room_path(room_id, "messages"), dir="b", limit=1, **{"from": found["start"]})
    after = await ann.get(room_path(room_id, "messages"), dir="f", limit=1, **{"from": found["end"]})
    assert before["chunk"][0]["event_id"] == sent[2]
    assert after["chunk"][0]["event_id"] == sent[8]
    alone = await ann.get(room_path(room_id, "context", sent[5]), limit=0)
    assert alone["events_before"] == alone["events_after"] == []
    before = await ann.get(room_path(room_id, "messages"), dir="b", limit=1, **{"from": alone["start"]})
    after = await ann.get(room_path(room_id, "messages"), dir="f", limit=1, **{"from": alone["end"]})
    assert before["chunk"][0]["event_id"] == sent[4]
    assert after["chunk"][0]["event_id"] == sent[6]
    assert await error(ann, "GET", room_path(room_id, "context", "$nothing")) == (404, "M_NOT_FOUND")
    assert await error(eve, "GET", room_path(room_id, "context", sent[5])) == (404, "M_NOT_FOUND")


async def test_event(server: Server) -> None:
    ann, eve = await server.register("ann"), await server.register("eve")
    room_id, other = await ann.create_room(), await ann.create_room()
    event_id = await ann.send(room_id, "hello", "txn1")
    event = await ann.get(room_path(room_id, "event", event_id))
    assert event["unsigned"]["transaction_id"] == "txn1"
    another = await server.login("ann")
    assert "transaction_id" not in (await another.get(room_path(room_id, "event", event_id)))["unsigned"]
    assert await error(ann, "GET", room_path(other, "event", event_id)) == (404, "M_NOT_FOUND")
    assert await error(eve, "GET", room_path(room_id, "event", event_id)) == (404, "M_NOT_FOUND")
    assert await error(ann, "GET", room_path("!no:example.org", "event", event_id)) == (404, "M_NOT_FOUND")


async def test_members_now_and_at_a_token(server: Server) -> None:
    ann, ben, cat = [await server.register(name) for name in ("ann", "ben", "cat")]
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await ann.sync()
    then = ann.next_batch
    await ben.leave(room_id)
    await cat.join(room_id)

    async def members(client: Client, **query: Any) -> dict[str, str]:
        chunk = (await client.get(room_path(room_id, "members"), **query))["chunk"]
        return {event["state_key"]: event["content"]["membership"] for event in chunk}

    now = {ann.user_id: "join", ben.user_id: "leave", cat.user_id: "join"}
    assert await members(ann) == now
    assert await members(ann, at=then) == {ann.user_id: "join", ben.user_id: "join"}
    assert await members(ann, membership="join") == {ann.user_id: "join", cat.user_id: "join"}
    assert await members(ann, not_membership="join") == {ben.user_id: "leave"}
    assert await members(ben) == {ann.user_id: "join", ben.user_id: "leave"}, "as it was when ben left"
    assert await error(ann, "GET", room_path(room_id, "members"), membership="dance") == (400, "M_INVALID_PARAM")
    assert await error(ann, "GET", room_path(room_id, "members"), at="x") == (400, "M_INVALID_PARAM")


async def test_parameters(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    path = room_path(room_id, "messages")
    assert await error(ann, "GET", path) == (400, "M_MISSING_PARAM")
    for query in ({"dir": "x"}, {"dir": "b", "limit": "0"}, {"dir": "b", "limit": "-1"}, {"dir": "b", "limit": "many"}):
        assert await error(ann, "GET", path, **query) == (400, "M_INVALID_PARAM")
    assert len((await ann.get(path, dir="b", limit=10**18))["chunk"]) > 5
