"""Reactions: nobody reacts twice with the same. spec: client-server §Event annotations and reactions"""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.harness import Server
from tests.integration.relations.conftest import Talk
from tests.integration.relations.saying import attempt, bundle, children, react, reaction, redact
from tests.integration.rooms.paths import room_path

DUPLICATE = (400, "M_DUPLICATE_ANNOTATION")


async def refusal(talk: Talk, event_id: str, key: str = "👍", event_type: str = "m.reaction") -> tuple[int, str]:
    """How Ben's reaction is refused."""
    status, answer = await attempt(talk.ben, talk.room_id, event_type, reaction(event_id, key))
    return status, answer.get("errcode", "")


async def test_nobody_reacts_twice(talk: Talk, server: Server) -> None:
    event_id = await talk.ann.send(talk.room_id)
    await react(talk.ben, talk.room_id, event_id)
    assert await refusal(talk, event_id) == DUPLICATE
    await server.restart()
    assert await refusal(talk, event_id) == DUPLICATE, "the database knows, too"
    assert (await refusal(talk, event_id, key="👎"))[0] == 200
    assert (await refusal(talk, event_id, event_type="org.example.reaction"))[0] == 200
    await react(talk.ann, talk.room_id, event_id)


async def test_at_the_same_moment(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    answers = await asyncio.gather(
        *(attempt(talk.ben, talk.room_id, "m.reaction", reaction(event_id)) for _ in range(20))
    )
    assert sorted(status for status, _ in answers) == [200] + [400] * 19
    assert {answer["errcode"] for status, answer in answers if status != 200} == {"M_DUPLICATE_ANNOTATION"}
    assert len(await children(talk.ann, talk.room_id, event_id, "m.annotation")) == 1


async def test_the_same_request_again_is_no_second_reaction(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    path = room_path(talk.room_id, "send", "m.reaction", "once")
    first = await talk.ben.put(path, reaction(event_id))
    assert await talk.ben.put(path, reaction(event_id)) == first


async def test_one_may_react_again_after_taking_it_back(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    first = await react(talk.ben, talk.room_id, event_id)
    await redact(talk.ben, talk.room_id, first)
    assert await children(talk.ann, talk.room_id, event_id) == []
    second = await react(talk.ben, talk.room_id, event_id)
    assert await children(talk.ann, talk.room_id, event_id) == [second]


@pytest.mark.parametrize("key", ["x" * 20_000, "a\0b", "", "👩‍👩‍👧‍👦"])
async def test_any_text_is_a_key(talk: Talk, key: str) -> None:
    event_id = await talk.ann.send(talk.room_id)
    await react(talk.ben, talk.room_id, event_id, key)
    assert await refusal(talk, event_id, key) == DUPLICATE
    (found,) = (await talk.ann.get(f"/_matrix/client/v1{room_path(talk.room_id, 'relations', event_id)}"))["chunk"]
    assert found["content"]["m.relates_to"]["key"] == key


async def test_reactions_are_not_told_with_the_event(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    await react(talk.ben, talk.room_id, event_id)
    assert await bundle(talk.ann, talk.room_id, event_id) == {}


@pytest.mark.parametrize(
    "relation",
    [
        None, 5, "text", [], {}, {"rel_type": "m.annotation"}, {"event_id": "$x"}, {"rel_type": 1, "event_id": "$x"},
        {"rel_type": "m.annotation", "event_id": 5, "key": "x"}, {"rel_type": "m.annotation", "event_id": "no id"},
        {"rel_type": "m.annotation", "event_id": "$x", "key": {}}, {"rel_type": "", "event_id": "$x"},
        {"rel_type": "m.thread", "event_id": "$unknown"}, {"rel_type": "x" * 300, "event_id": "$x"},
        {"rel_type": "a\0b", "event_id": "$x"}, {"rel_type": "m.replace", "event_id": "$" + "x" * 300},
    ],
    ids=json.dumps,
)  # fmt: skip
async def test_what_is_no_relation_is_just_an_event(talk: Talk, relation: object) -> None:
    for _ in range(2):
        status, answer = await attempt(talk.ben, talk.room_id, "m.reaction", {"m.relates_to": relation})
        assert status == 200, answer
    shown = await talk.ann.get(room_path(talk.room_id, "event", answer["event_id"]))
    assert shown["content"] == {"m.relates_to": relation}
