"""Reactions, threads and edits with matrix-nio, a client that nobody here wrote."""

from __future__ import annotations

from typing import Any

import nio  # type: ignore[import-untyped]
from nio.api import MessageDirection, RelationshipType  # type: ignore[import-untyped]

from tests.interop.conftest import SignUp, call, ok
from tests.interop.test_matrix_nio import create, say, together, wait_for


def related(rel_type: str, event_id: str, **more: Any) -> dict[str, Any]:
    """The content of a message that relates to another."""
    return {
        "msgtype": "m.text", "body": "related", **more, "m.relates_to": {"rel_type": rel_type, "event_id": event_id}
    }  # fmt: skip


async def send(client: Any, room_id: str, event_type: str, content: dict[str, Any]) -> str:
    """Send an event: its id."""
    return str(ok(await client.room_send(room_id, event_type, content), nio.RoomSendResponse).event_id)


async def test_a_reaction_is_seen_and_not_sent_twice(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    event_id = await say(alice, room_id, "What do you think?")
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": "👍"}}
    reaction_id = await send(bob, room_id, "m.reaction", content)

    def reactions(answer: Any) -> list[Any]:
        room = answer.rooms.join.get(room_id)
        return [event for event in room.timeline.events if isinstance(event, nio.ReactionEvent)] if room else []

    (seen,) = await wait_for(alice, reactions)
    assert (seen.event_id, seen.reacts_to, seen.key, seen.sender) == (reaction_id, event_id, "👍", bob.user_id)
    again = ok(await bob.room_send(room_id, "m.reaction", content), nio.RoomSendError)
    assert again.status_code == "M_DUPLICATE_ANNOTATION"
    ok(await bob.room_redact(room_id, reaction_id), nio.RoomRedactResponse)
    await send(bob, room_id, "m.reaction", content)


async def test_relations_by_type_and_direction(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    root = await say(alice, room_id, "root")
    threaded = [await send(bob, room_id, "m.room.message", related("m.thread", root)) for _ in range(3)]
    edited = await send(
        alice, room_id, "m.room.message", related("m.replace", root, **{"m.new_content": {"body": "Root"}})
    )
    everything = [event.event_id async for event in alice.room_get_event_relations(room_id, root)]
    assert everything == [edited, *threaded[::-1]]
    kinds = alice.room_get_event_relations(
        room_id, root, RelationshipType.thread, "m.room.message", MessageDirection.front, limit=2
    )
    assert [event.event_id async for event in kinds] == threaded
    edits = alice.room_get_event_relations(room_id, root, RelationshipType.replacement)
    assert [event.event_id async for event in edits] == [edited]


async def test_threads_are_listed(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    first, second = await say(alice, room_id, "one"), await say(bob, room_id, "two")
    for root in (first, second, first):
        await send(bob, room_id, "m.room.message", related("m.thread", root))
    assert [event.event_id async for event in alice.room_get_threads(room_id)] == [first, second]
    listed = [event.source async for event in alice.room_get_threads(room_id)]
    assert listed[0]["unsigned"]["m.relations"]["m.thread"]["count"] == 2


async def test_an_ignored_user_is_not_heard(sign_up: SignUp) -> None:
    alice, bob, room_id = await together(sign_up)
    content: dict[str, Any] = {"ignored_users": {bob.user_id: {}}}
    await call(alice, "PUT", f"/user/{alice.user_id}/account_data/m.ignored_user_list", content)
    await say(bob, room_id, "psst")
    await say(alice, room_id, "quiet here")
    found = ok(await alice.room_messages(room_id, alice.next_batch, direction=MessageDirection.front),
               nio.RoomMessagesResponse)  # fmt: skip
    assert [event.body for event in found.chunk if isinstance(event, nio.RoomMessageText)] == ["quiet here"]


async def test_a_space_is_walked(sign_up: SignUp) -> None:
    alice, bob = await sign_up("alice"), await sign_up("bob")
    space = await create(alice, space=True, preset=nio.RoomPreset.public_chat, name="space")
    room_id = await create(alice, preset=nio.RoomPreset.public_chat, name="room")
    ok(await alice.room_put_state(space, "m.space.child", {"via": ["example.org"]}, room_id), nio.RoomPutStateResponse)
    found = ok(await bob.space_get_hierarchy(space), nio.SpaceGetHierarchyResponse)
    assert [room["room_id"] for room in found.rooms] == [space, room_id]
