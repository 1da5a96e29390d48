"""The children of an event, page by page. spec: client-server §Relationships API"""

from __future__ import annotations

from typing import Any

from tests.harness import Client, Server
from tests.integration.relations.conftest import Talk
from tests.integration.relations.saying import bundle, children, edit, react, redact, reply, say, v1
from tests.integration.rooms.paths import error


async def pages(client: Client, path: str, **query: Any) -> list[str]:
    """All ids, page after page."""
    answer = await client.get(path, **query)
    found = [event["event_id"] for event in answer["chunk"]]
    assert "prev_batch" not in answer
    while "next_batch" in answer:
        assert len(answer["chunk"]) <= query["limit"]
        answer = await client.get(path, **{**query, "from": answer["next_batch"]})
        assert "prev_batch" in answer
        found += [event["event_id"] for event in answer["chunk"]]
    return found


async def test_both_directions(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    said = [await reply(talk.ann, talk.room_id, root, str(number)) for number in range(7)]
    path = v1(talk.room_id, "relations", root)
    for limit in (1, 3, 7, 50):
        assert await pages(talk.ben, path, limit=limit, dir="f") == said
        assert await pages(talk.ben, path, limit=limit) == said[::-1]


async def test_from_one_token_to_another(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    said, tokens = [], []
    for number in range(4):
        said.append(await reply(talk.ann, talk.room_id, root, str(number)))
        tokens.append((await talk.ben.sync())["next_batch"])
    assert await children(talk.ben, talk.room_id, root, **{"from": tokens[2], "to": tokens[0]}) == said[2:0:-1]
    assert await children(talk.ben, talk.room_id, root, dir="f", **{"from": tokens[0], "to": tokens[2]}) == said[1:3]
    assert await children(talk.ben, talk.room_id, root, **{"from": tokens[0], "to": tokens[2]}) == []


async def test_by_kind(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    answered, reacted = await reply(talk.ben, talk.room_id, root), await react(talk.ben, talk.room_id, root)
    noted = await say(talk.ben, talk.room_id, "org.example.note", root)
    assert await children(talk.ann, talk.room_id, root) == [noted, reacted, answered]
    assert await children(talk.ann, talk.room_id, root, "m.thread") == [answered]
    assert await children(talk.ann, talk.room_id, root, "m.annotation", "m.reaction") == [reacted]
    assert await children(talk.ann, talk.room_id, root, "m.annotation", "m.room.message") == []
    assert await children(talk.ann, talk.room_id, root, "org.example.note", "m.room.message") == [noted]


async def test_children_of_children(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    first = await reply(talk.ann, talk.room_id, root)
    changed = await edit(talk.ann, talk.room_id, first, "changed")
    reacted = await react(talk.ben, talk.room_id, first)
    deeper = await say(talk.ben, talk.room_id, "m.reference", reacted)
    await say(talk.ben, talk.room_id, "m.reference", deeper)
    path = v1(talk.room_id, "relations", root)
    answer = await talk.ben.get(path, recurse="true")
    assert [event["event_id"] for event in answer["chunk"]] == [deeper, reacted, changed, first]
    assert answer["recursion_depth"] == 3
    answer = await talk.ben.get(path)
    assert [event["event_id"] for event in answer["chunk"]] == [first]
    assert "recursion_depth" not in answer
    assert await pages(talk.ben, path, limit=1, dir="f", recurse="true") == [first, changed, reacted, deeper]
    assert await children(talk.ben, talk.room_id, root, "m.thread", recurse="true") == [first]
    assert await children(talk.ben, talk.room_id, root, "m.annotation", recurse="true") == [], "no way leads there"


async def test_children_tell_of_their_own(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    first = await reply(talk.ann, talk.room_id, root)
    changed = await edit(talk.ann, talk.room_id, first, "changed")
    (found,) = (await talk.ben.get(v1(talk.room_id, "relations", root)))["chunk"]
    assert found["unsigned"]["m.relations"]["m.replace"]["event_id"] == changed


async def test_references(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    ids = [await say(talk.ben, talk.room_id, "m.reference", event_id, str(number)) for number in range(3)]
    told = await bundle(talk.ann, talk.room_id, event_id)
    assert told == {"m.reference": {"chunk": [{"event_id": name} for name in ids]}}
    await redact(talk.ben, talk.room_id, ids[1])
    told = await bundle(talk.ann, talk.room_id, event_id)
    assert told == {"m.reference": {"chunk": [{"event_id": ids[0]}, {"event_id": ids[2]}]}}


async def test_other_rooms_are_other_rooms(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    other = await talk.ann.create_room()
    await reply(talk.ann, other, event_id)
    assert await children(talk.ann, talk.room_id, event_id) == []
    assert await bundle(talk.ann, talk.room_id, event_id) == {}
    assert await error(talk.ann, "GET", v1(other, "relations", event_id)) == (404, "M_NOT_FOUND")


async def test_who_may_not_see_the_parent(talk: Talk, server: Server) -> None:
    event_id = await talk.ann.send(talk.room_id)
    eve = await server.register("eve")
    assert await error(eve, "GET", v1(talk.room_id, "relations", event_id)) == (404, "M_NOT_FOUND")
    assert await error(talk.ann, "GET", v1(talk.room_id, "relations", "$none")) == (404, "M_NOT_FOUND")
    assert await error(talk.ann, "GET", v1(talk.room_id, "relations", event_id), dir="up") == (400, "M_INVALID_PARAM")
