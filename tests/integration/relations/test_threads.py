"""Threads: what is told with their roots, and the list of them. spec: client-server §Threading"""

from __future__ import annotations

from typing import Any

from tests.harness import Client, Server
from tests.integration.relations.conftest import Talk
from tests.integration.relations.saying import bundle, edit, react, redact, reply, say, v1
from tests.integration.rooms.paths import error, room_path


async def roots(client: Client, room_id: str, **query: Any) -> list[str]:
    """The ids of the roots of threads."""
    return [event["event_id"] for event in (await client.get(v1(room_id, "threads"), **query))["chunk"]]


async def test_what_a_root_tells(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    await reply(talk.ann, talk.room_id, root, "one")
    last = await reply(talk.ann, talk.room_id, root, "two")
    thread = (await bundle(talk.ben, talk.room_id, root))["m.thread"]
    assert (thread["count"], thread["current_user_participated"]) == (2, False)
    assert thread["latest_event"]["event_id"] == last
    assert thread["latest_event"]["content"]["body"] == "two"
    assert (await bundle(talk.ann, talk.room_id, root))["m.thread"]["current_user_participated"] is True
    await reply(talk.ben, talk.room_id, root, "three")
    thread = (await bundle(talk.ben, talk.room_id, root))["m.thread"]
    assert (thread["count"], thread["current_user_participated"]) == (3, True)


async def test_the_newest_event_tells_of_its_own_edit(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    last = await reply(talk.ben, talk.room_id, root)
    changed = await edit(talk.ben, talk.room_id, last, "changed")
    latest = (await bundle(talk.ann, talk.room_id, root))["m.thread"]["latest_event"]
    assert latest["event_id"] == last
    assert latest["unsigned"]["m.relations"]["m.replace"]["event_id"] == changed


async def test_redacted_replies_do_not_count(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    first = await reply(talk.ben, talk.room_id, root)
    last = await reply(talk.ben, talk.room_id, root)
    await redact(talk.ben, talk.room_id, last)
    thread = (await bundle(talk.ann, talk.room_id, root))["m.thread"]
    assert (thread["count"], thread["latest_event"]["event_id"]) == (1, first)
    await redact(talk.ben, talk.room_id, first)
    assert await bundle(talk.ann, talk.room_id, root) == {}
    assert await roots(talk.ann, talk.room_id) == []


async def test_threads_do_not_start_within_relations(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    for child in (await reply(talk.ben, talk.room_id, root), await react(talk.ben, talk.room_id, root)):
        content = {"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "m.thread", "event_id": child}}
        path = room_path(talk.room_id, "send", "m.room.message", f"t{child[1:6]}")
        assert await error(talk.ann, "PUT", path, content) == (400, "M_UNKNOWN")


async def test_a_reply_can_become_a_root(talk: Talk) -> None:
    asked = await talk.ann.send(talk.room_id)
    content = {"msgtype": "m.text", "body": "yes", "m.relates_to": {"m.in_reply_to": {"event_id": asked}}}
    root = (await talk.ben.put(room_path(talk.room_id, "send", "m.room.message", "r"), content))["event_id"]
    await reply(talk.ann, talk.room_id, root)
    assert await roots(talk.ann, talk.room_id) == [root]


async def test_the_list_is_ordered_by_newest_events(talk: Talk) -> None:
    ids = [await talk.ann.send(talk.room_id, f"root {number}") for number in range(5)]
    for number in (0, 1, 2, 3, 4, 1, 3):
        await reply(talk.ben, talk.room_id, ids[number])
    expected = [ids[number] for number in (3, 1, 4, 2, 0)]
    assert await roots(talk.ann, talk.room_id) == expected
    answer = await talk.ann.get(v1(talk.room_id, "threads"), limit=2)
    found = [event["event_id"] for event in answer["chunk"]]
    assert answer["chunk"][0]["unsigned"]["m.relations"]["m.thread"]["count"] == 2
    while "next_batch" in answer:
        answer = await talk.ann.get(v1(talk.room_id, "threads"), limit=2, **{"from": answer["next_batch"]})
        found += [event["event_id"] for event in answer["chunk"]]
    assert found == expected


async def test_only_those_that_one_takes_part_in(talk: Talk) -> None:
    by_ann, by_ben, other = [await who.send(talk.room_id) for who in (talk.ann, talk.ben, talk.ann)]
    await reply(talk.ann, talk.room_id, by_ann)
    await reply(talk.ann, talk.room_id, by_ben)
    for _ in range(3):
        await reply(talk.ann, talk.room_id, other)
    await reply(talk.ben, talk.room_id, by_ann)
    assert await roots(talk.ben, talk.room_id, include="participated") == [by_ann, by_ben]
    assert await roots(talk.ann, talk.room_id, include="participated") == [by_ann, other, by_ben]
    assert await roots(talk.ben, talk.room_id, include="participated", limit=1) == [by_ann]


async def test_who_may_look(talk: Talk, server: Server) -> None:
    eve = await server.register("eve")
    assert await error(eve, "GET", v1(talk.room_id, "threads")) == (403, "M_FORBIDDEN")
    assert await error(eve, "GET", v1("!none:example.org", "threads")) == (403, "M_FORBIDDEN")
    assert await error(talk.ann, "GET", v1(talk.room_id, "threads"), **{"from": "nonsense"}) == (400, "M_INVALID_PARAM")
    assert await error(talk.ann, "GET", v1(talk.room_id, "threads"), limit=0) == (400, "M_INVALID_PARAM")


async def test_what_came_after_leaving_is_not_told(talk: Talk) -> None:
    root = await talk.ann.send(talk.room_id)
    known = await reply(talk.ann, talk.room_id, root)
    await talk.ben.leave(talk.room_id)
    await reply(talk.ann, talk.room_id, root, "behind Ben's back")
    thread = (await bundle(talk.ben, talk.room_id, root))["m.thread"]
    assert (thread["count"], thread["latest_event"]["event_id"]) == (1, known)


async def test_what_came_before_joining_is_not_told(server: Server, talk: Talk) -> None:
    await talk.ann.set_state(talk.room_id, "m.room.history_visibility", {"history_visibility": "joined"})
    root = await talk.ann.send(talk.room_id)
    await talk.ben.leave(talk.room_id)
    await reply(talk.ann, talk.room_id, root, "behind Ben's back")
    await talk.ben.join(talk.room_id)
    assert await bundle(talk.ben, talk.room_id, root) == {}
    assert await roots(talk.ben, talk.room_id) == []
    last = await reply(talk.ann, talk.room_id, root, "for all to hear")
    assert (await bundle(talk.ben, talk.room_id, root))["m.thread"]["count"] == 1
    found = await talk.ben.get(v1(talk.room_id, "relations", root))
    assert [event["event_id"] for event in found["chunk"]] == [last]


async def test_a_thread_with_an_unknown_root(talk: Talk) -> None:
    await say(talk.ann, talk.room_id, "m.thread", "$nothing")
    assert await roots(talk.ann, talk.room_id) == []
