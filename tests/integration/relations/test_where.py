"""Where events tell of their children, and where they need not. spec: client-server §Aggregations of child events"""

from __future__ import annotations

import json
from typing import Any

from tests.harness import Server
from tests.integration.relations.conftest import Talk
from tests.integration.relations.saying import edit, reply
from tests.integration.rooms.paths import room_path

Json = dict[str, Any]


def told(events: list[Json]) -> dict[str, set[str]]:
    """The kinds of relations that events tell of, by id, where they do."""
    with_relations = [event for event in events if "m.relations" in event.get("unsigned", {})]
    return {event["event_id"]: set(event["unsigned"]["m.relations"]) for event in with_relations}


async def story(talk: Talk) -> tuple[str, str, str]:
    """A root that was edited, a plain message, and a last one that was edited."""
    root, plain, last = [await talk.ann.send(talk.room_id, body) for body in ("root", "plain", "last")]
    await edit(talk.ann, talk.room_id, root, "Root")
    await reply(talk.ben, talk.room_id, root)
    await edit(talk.ann, talk.room_id, last, "Last")
    return root, plain, last


async def test_messages_and_context(talk: Talk, server: Server) -> None:
    root, plain, last = await story(talk)
    expected = {root: {"m.thread", "m.replace"}, last: {"m.replace"}}
    for _ in range(2):
        for direction in ("b", "f"):
            page = await talk.ben.get(room_path(talk.room_id, "messages"), dir=direction, limit=50)
            assert told(page["chunk"]) == expected
        context = await talk.ben.get(room_path(talk.room_id, "context", plain), limit=10)
        assert told([*context["events_before"], context["event"], *context["events_after"]]) == expected
        assert context["event"]["event_id"] == plain
        await server.restart()


async def test_a_limited_timeline(talk: Talk) -> None:
    root, _, last = await story(talk)
    few = json.dumps({"room": {"timeline": {"limit": 6}}})
    section = (await talk.ben.sync(filter=few))["rooms"]["join"][talk.room_id]["timeline"]
    assert section["limited"]
    assert told(section["events"]) == {root: {"m.thread", "m.replace"}, last: {"m.replace"}}
    thread = section["events"][0]["unsigned"]["m.relations"]["m.thread"]
    assert thread["current_user_participated"] is True


async def test_a_limited_timeline_from_memory(talk: Talk) -> None:
    few = json.dumps({"room": {"timeline": {"limit": 6}}})
    await talk.ben.sync(filter=few)
    await talk.ann.send(talk.room_id, "something before")
    root, _, last = await story(talk)
    section = (await talk.ben.sync(filter=few))["rooms"]["join"][talk.room_id]["timeline"]
    assert section["limited"]
    assert told(section["events"]) == {root: {"m.thread", "m.replace"}, last: {"m.replace"}}


async def test_a_whole_timeline_tells_by_its_events(talk: Talk) -> None:
    await talk.ben.sync()
    await story(talk)
    section = (await talk.ben.sync())["rooms"]["join"][talk.room_id]["timeline"]
    assert len(section["events"]) == 6
    assert told(section["events"]) == {}


async def test_the_transaction_id_stays(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id, "mine", "my-transaction")
    await edit(talk.ann, talk.room_id, event_id, "Mine")
    unsigned = (await talk.ann.get(room_path(talk.room_id, "event", event_id)))["unsigned"]
    assert unsigned["transaction_id"] == "my-transaction"
    assert unsigned["m.relations"].keys() == {"m.replace"}
    assert unsigned["membership"] == "join"
    unsigned = (await talk.ben.get(room_path(talk.room_id, "event", event_id)))["unsigned"]
    assert "transaction_id" not in unsigned
