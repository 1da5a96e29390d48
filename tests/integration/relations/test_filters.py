"""Filters by what relates to an event. spec: client-server §Filtering, ``related_by_senders`` and its kin"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness import Client
from tests.integration.relations.conftest import Talk
from tests.integration.relations.saying import react, reply
from tests.integration.rooms.paths import room_path


async def messages(client: Client, room_id: str, limit: int = 100, **wanted: Any) -> list[str]:
    """The ids of what a filter lets through, oldest first, from as many pages as there are."""
    found: list[str] = []
    page: dict[str, Any] = {"end": ""}
    while "end" in page:
        query = {"from": page["end"]} if page["end"] else {}
        path = room_path(room_id, "messages")
        page = await client.get(path, dir="f", limit=limit, filter=json.dumps(wanted), **query)
        found += [event["event_id"] for event in page["chunk"]]
    return found


@pytest.mark.parametrize("limit", [1, 100])
async def test_a_room_read_by_what_relates_to_its_events(talk: Talk, limit: int) -> None:
    ann, ben, room_id = talk.ann, talk.ben, talk.room_id
    threaded, liked, _alone = [await ann.send(room_id) for _ in range(3)]
    await reply(ben, room_id, threaded)
    await react(ann, room_id, liked)
    assert await messages(ann, room_id, limit, related_by_rel_types=["m.thread"]) == [threaded]
    assert await messages(ann, room_id, limit, related_by_rel_types=["m.thread", "m.annotation"]) == [threaded, liked]
    assert await messages(ann, room_id, limit, related_by_senders=[ann.user_id]) == [liked]
    only = {"related_by_senders": [ann.user_id], "related_by_rel_types": ["m.thread"]}
    assert await messages(ann, room_id, limit, **only) == []
    assert await messages(ann, room_id, limit, related_by_rel_types=[]) == []


async def test_a_timeline_by_what_relates_to_its_events(talk: Talk) -> None:
    ann, room_id = talk.ann, talk.room_id
    root = await ann.send(room_id)
    await ann.send(room_id)
    await reply(talk.ben, room_id, root)
    wanted = json.dumps({"room": {"timeline": {"related_by_rel_types": ["m.thread"]}}})
    answer = await ann.get("/sync", filter=wanted)
    timeline = answer["rooms"]["join"][room_id]["timeline"]["events"]
    assert [event["event_id"] for event in timeline] == [root]
