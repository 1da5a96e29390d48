"""Edits: which count, and which is told with the original. spec: client-server §Event replacements"""

from __future__ import annotations

from tests.integration.relations.conftest import Talk
from tests.integration.relations.saying import attempt, bundle, children, edit, redact, reply, say
from tests.integration.rooms.paths import room_path


async def current(talk: Talk, event_id: str) -> str | None:
    """The id of the edit that Ann is told with an event."""
    replace = (await bundle(talk.ann, talk.room_id, event_id)).get("m.replace")
    return None if replace is None else replace["event_id"]


async def test_the_newest_edit_is_told(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id, "cake")
    await edit(talk.ann, talk.room_id, event_id, "good cake")
    newest = await edit(talk.ann, talk.room_id, event_id, "chocolate cake")
    replace = (await bundle(talk.ben, talk.room_id, event_id))["m.replace"]
    assert replace["event_id"] == newest
    assert replace["sender"] == talk.ann.user_id
    assert replace["room_id"] == talk.room_id
    assert replace["content"]["m.new_content"]["body"] == "chocolate cake"
    original = await talk.ben.get(room_path(talk.room_id, "event", event_id))
    assert original["content"]["body"] == "cake", "the original stays as it is"


async def test_nobody_edits_for_another(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    await edit(talk.ben, talk.room_id, event_id, "what Ben would have said")
    assert await current(talk, event_id) is None


async def test_an_edit_has_the_type_of_its_original(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    content = {"m.new_content": {}, "m.relates_to": {"rel_type": "m.replace", "event_id": event_id}}
    assert (await attempt(talk.ann, talk.room_id, "org.example.other", content))[0] == 200
    assert await current(talk, event_id) is None


async def test_an_edit_has_new_content(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    await say(talk.ann, talk.room_id, "m.replace", event_id)
    assert await current(talk, event_id) is None
    assert await children(talk.ann, talk.room_id, event_id) == []


async def test_an_encrypted_edit_has_it_inside(talk: Talk) -> None:
    secret = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA"}
    _, answer = await attempt(talk.ann, talk.room_id, "m.room.encrypted", secret)
    content = {**secret, "m.relates_to": {"rel_type": "m.replace", "event_id": answer["event_id"]}}
    _, edited = await attempt(talk.ann, talk.room_id, "m.room.encrypted", content)
    assert await current(talk, answer["event_id"]) == edited["event_id"]


async def test_an_edit_is_not_edited(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    first = await edit(talk.ann, talk.room_id, event_id, "once")
    await edit(talk.ann, talk.room_id, first, "twice")
    assert await current(talk, first) is None
    assert await current(talk, event_id) == first


async def test_state_is_not_edited(talk: Talk) -> None:
    event_id = await talk.ann.set_state(talk.room_id, "m.room.topic", {"topic": "cake"})
    content = {"m.new_content": {}, "m.relates_to": {"rel_type": "m.replace", "event_id": event_id}}
    assert (await attempt(talk.ann, talk.room_id, "m.room.topic", content))[0] == 200
    assert await current(talk, event_id) is None


async def test_a_redacted_edit_is_undone(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    first = await edit(talk.ann, talk.room_id, event_id, "once")
    second = await edit(talk.ann, talk.room_id, event_id, "twice")
    await redact(talk.ann, talk.room_id, second)
    assert await current(talk, event_id) == first
    await redact(talk.ann, talk.room_id, first)
    assert await current(talk, event_id) is None


async def test_a_redacted_original_has_no_edits(talk: Talk) -> None:
    event_id = await talk.ann.send(talk.room_id)
    changed = await edit(talk.ann, talk.room_id, event_id, "changed")
    answered = await reply(talk.ben, talk.room_id, event_id)
    await redact(talk.ann, talk.room_id, event_id)
    told = await bundle(talk.ann, talk.room_id, event_id)
    assert told.keys() == {"m.thread"}
    assert told["m.thread"]["latest_event"]["event_id"] == answered
    assert await children(talk.ann, talk.room_id, event_id) == [answered, changed]
