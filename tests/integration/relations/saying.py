"""Saying things that relate to others, and looking at what they amount to."""

from __future__ import annotations

import itertools
from typing import Any

from tests.harness import Answer, Client
from tests.integration.rooms.paths import room_path

_numbers = itertools.count(1)

Json = dict[str, Any]


def v1(room_id: str, *rest: str) -> str:
    """A path below a room, of the first version of the API."""
    return "/_matrix/client/v1" + room_path(room_id, *rest)


async def attempt(client: Client, room_id: str, event_type: str, content: Json) -> Answer:
    """Send any event: status and body."""
    return await client.attempt("PUT", room_path(room_id, "send", event_type, f"rel{next(_numbers)}"), content)


async def say(client: Client, room_id: str, rel_type: str | None, parent: str, body: str = "said", **more: Any) -> str:
    """A message that relates to another: its id."""
    relation = {"event_id": parent, **({} if rel_type is None else {"rel_type": rel_type})}
    content = {"msgtype": "m.text", "body": body, "m.relates_to": relation, **more}
    status, answer = await attempt(client, room_id, "m.room.message", content)
    assert status == 200, answer
    return str(answer["event_id"])


async def reply(client: Client, room_id: str, root: str, body: str = "in the thread") -> str:
    """A message in a thread: its id."""
    return await say(client, room_id, "m.thread", root, body)


async def edit(client: Client, room_id: str, event_id: str, body: str) -> str:
    """An edit: its id."""
    new = {"msgtype": "m.text", "body": body}
    return await say(client, room_id, "m.replace", event_id, f"* {body}", **{"m.new_content": new})


def reaction(event_id: str, key: object = "👍") -> Json:
    """The content of a reaction."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}


async def react(client: Client, room_id: str, event_id: str, key: str = "👍") -> str:
    """A reaction: its id."""
    status, answer = await attempt(client, room_id, "m.reaction", reaction(event_id, key))
    assert status == 200, answer
    return str(answer["event_id"])


async def redact(client: Client, room_id: str, event_id: str) -> None:
    """Take an event back."""
    await client.put(room_path(room_id, "redact", event_id, f"red{next(_numbers)}"))


async def bundle(client: Client, room_id: str, event_id: str) -> Json:
    """What ``/event`` tells of an event's children."""
    event = await client.get(room_path(room_id, "event", event_id))
    return dict(event["unsigned"].get("m.relations", {}))


async def children(client: Client, room_id: str, event_id: str, *kind: str, **query: Any) -> list[str]:
    """The ids of an event's children, as ``/relations`` gives them."""
    answer = await client.get(v1(room_id, "relations", event_id, *kind), **query)
    return [event["event_id"] for event in answer["chunk"]]
