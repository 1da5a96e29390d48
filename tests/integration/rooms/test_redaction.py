"""Redactions: who may, what is left, and that nothing else is left anywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roomkeeper.core.sync import feeds
from tests.harness import Client, Server
from tests.integration.rooms.paths import VERSIONS, error, room_path, state_of

SECRET = "the words that must go away"


async def redact(client: Client, room_id: str, event_id: str, transaction_id: str = "r", **body: Any) -> str:
    """Redact an event: the redaction's id."""
    return str((await client.put(room_path(room_id, "redact", event_id, transaction_id), body))["event_id"])


@pytest.mark.parametrize("version", VERSIONS)
async def test_ones_own_message(server: Server, version: str) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat", room_version=version)
    await ben.join(room_id)
    await ann.sync()
    await ben.sync()
    event_id = await ben.send(room_id, SECRET)
    redaction_id = await redact(ben, room_id, event_id, reason="a slip")
    shown = (await ann.sync())["rooms"]["join"][room_id]["timeline"]["events"]
    assert SECRET not in json.dumps(shown), "who was away for both is not shown what is gone"
    assert shown[-1]["type"] == "m.room.redaction"
    assert shown[-1]["redacts"] == shown[-1]["content"]["redacts"] == event_id
    assert shown[-1]["content"]["reason"] == "a slip"
    event = await ann.get(room_path(room_id, "event", event_id))
    assert event["content"] == {}
    because = event["unsigned"]["redacted_because"]
    assert because["event_id"] == redaction_id
    assert because["sender"] == ben.user_id
    assert because["room_id"] == room_id


@pytest.mark.parametrize("version", VERSIONS)
async def test_who_may_redact_what(server: Server, version: str) -> None:
    ann, ben, eve = [await server.register(name) for name in ("ann", "ben", "eve")]
    room_id = await ann.create_room(preset="public_chat", room_version=version)
    await ben.join(room_id)
    anns, bens = await ann.send(room_id, "from ann"), await ben.send(room_id, "from ben")
    path = room_path(room_id, "redact", anns, "t")
    assert await error(ben, "PUT", path, {}) == (403, "M_FORBIDDEN")
    assert await error(eve, "PUT", path, {}) == (403, "M_FORBIDDEN")
    await redact(ann, room_id, bens)
    assert (await ann.get(room_path(room_id, "event", anns)))["content"]["body"] == "from ann"
    await ben.leave(room_id)
    assert await error(ben, "PUT", room_path(room_id, "redact", bens, "t"), {}) == (403, "M_FORBIDDEN")


@pytest.mark.parametrize("version", VERSIONS)
async def test_by_the_send_endpoint(server: Server, version: str) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room(room_version=version)
    event_id = await ann.send(room_id, SECRET)
    path = room_path(room_id, "send", "m.room.redaction", "t")
    assert await error(ann, "PUT", path, {}) == (400, "M_INVALID_PARAM")
    assert await error(ann, "PUT", path, {"redacts": 5}) == (400, "M_INVALID_PARAM")
    assert await error(ann, "PUT", path, {"redacts": "$nothing"}) == (404, "M_NOT_FOUND")
    await ann.put(path, {"redacts": event_id, "reason": "x"})
    assert (await ann.get(room_path(room_id, "event", event_id)))["content"] == {}


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_kept_of_state(server: Server, version: str) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room(room_version=version)
    name = await ann.set_state(room_id, "m.room.name", {"name": SECRET})
    rules = await ann.set_state(room_id, "m.room.join_rules", {"join_rule": "knock", "note": SECRET})
    await redact(ann, room_id, name, "1")
    await redact(ann, room_id, rules, "2")
    for _ in range(2):
        state = await state_of(ann, room_id)
        assert state["m.room.name", ""] == {}
        assert state["m.room.join_rules", ""] == {"join_rule": "knock"}
        await server.restart()
    again = await ann.set_state(room_id, "m.room.name", {"name": "new"})
    event = await ann.get(room_path(room_id, "event", again))
    assert event["unsigned"]["prev_content"] == {}


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_create_event_keeps_what_makes_the_room(server: Server, version: str) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room(room_version=version, creation_content={"note": SECRET, "type": "m.space"})
    create = await ann.get(room_path(room_id, "state", "m.room.create", ""), format="event")
    await redact(ann, room_id, create["event_id"])
    content = await ann.get(room_path(room_id, "state", "m.room.create", ""))
    if version == "10":
        assert content == {"creator": ann.user_id}
    else:
        assert content["note"] == SECRET, "from version 11 on all of it is kept"
    await server.restart()
    await ann.send(room_id, "the room still works")


async def test_a_redacted_ban_is_still_a_ban(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ann.post(room_path(room_id, "ban"), {"user_id": ben.user_id, "reason": SECRET})
    ban = await ann.get(room_path(room_id, "state", "m.room.member", ben.user_id), format="event")
    await redact(ann, room_id, ban["event_id"])
    for _ in range(2):
        assert (await ben.attempt("POST", f"/join/{room_id}"))[0] == 403
        assert (await state_of(ann, room_id))["m.room.member", ben.user_id] == {"membership": "ban"}
        await server.restart()


async def test_nothing_is_left_of_it(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    message = await ann.send(room_id, SECRET)
    topic = await ann.set_state(room_id, "m.room.topic", {"topic": f"topic: {SECRET}"})
    await ann.set_state(room_id, "m.room.topic", {"topic": "another"})
    await ann.sync()
    for number, event_id in enumerate((message, topic)):
        await redact(ann, room_id, event_id, str(number))
    assert SECRET not in json.dumps(await ann.get("/sync"))
    assert SECRET not in json.dumps(await ann.get(room_path(room_id, "messages"), dir="b", limit=100))
    await server.stop()
    try:
        for file in server.data_dir.rglob("*"):
            assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    finally:
        await server.start()


async def test_nothing_is_left_in_memory_for_who_is_behind(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed holds more than a room keeps; neither may show what was redacted."""
    assert feeds.KEPT_CHANGES > 200
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await ben.sync()
    message = await ann.send(room_id, SECRET)
    topic = await ann.set_state(room_id, "m.room.topic", {"topic": SECRET})
    await ann.set_state(room_id, "m.room.topic", {"topic": "another"})
    for number in range(150):
        await ann.send(room_id, f"message {number}")
    await redact(ann, room_id, message, "1")
    await redact(ann, room_id, topic, "2")
    answer = await ben.sync(filter='{"room":{"timeline":{"limit":400}}}')
    assert len(answer["rooms"]["join"][room_id]["timeline"]["events"]) == 155
    assert SECRET not in json.dumps(answer)


async def test_redactions_are_idempotent_and_of_one_room(server: Server) -> None:
    ann = await server.register("ann")
    room_id, other = await ann.create_room(), await ann.create_room()
    event_id = await ann.send(room_id)
    assert await error(ann, "PUT", room_path(other, "redact", event_id, "t"), {}) == (404, "M_NOT_FOUND")
    assert await error(ann, "PUT", room_path(room_id, "redact", event_id, "t"), {"reason": 5}) == (400, "M_BAD_JSON")
    first = await redact(ann, room_id, event_id, "t")
    assert await redact(ann, room_id, event_id, "t") == first
    assert await redact(ann, room_id, event_id, "u") != first
    redaction_of_redaction = await redact(ann, room_id, first, "v", reason="hush")
    assert (await ann.get(room_path(room_id, "event", first)))["unsigned"]["redacted_because"]["event_id"] == (
        redaction_of_redaction
    )
