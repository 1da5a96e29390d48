"""People in rooms, what they send, and what sync tells them of it."""

from __future__ import annotations

import itertools
import json
from typing import Any

from tests.harness import Client, Server
from tests.integration.rooms.paths import room_path

BY_THREAD = json.dumps({"room": {"timeline": {"unread_thread_notifications": True}}})
_numbers = itertools.count(1)

Counts = tuple[int, int]
"""Notifications and highlights."""


async def two_in_a_room(server: Server, **room: Any) -> tuple[Client, Client, str]:
    """Two people in a room, who have synced."""
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat", **room)
    await ben.join(room_id)
    for client in (ann, ben):
        await client.sync()
    return ann, ben, room_id


def counts(answer: dict[str, Any], room_id: str) -> Counts | None:
    """What an answer says of a room as a whole (or of its main timeline), `None` where it says nothing."""
    section = answer.get("rooms", {}).get("join", {}).get(room_id, {})
    return _counts(section["unread_notifications"]) if "unread_notifications" in section else None


def thread_counts(answer: dict[str, Any], room_id: str) -> dict[str, Counts]:
    """What an answer says of a room's threads."""
    section = answer.get("rooms", {}).get("join", {}).get(room_id, {})
    return {name: _counts(value) for name, value in section.get("unread_thread_notifications", {}).items()}


async def say(client: Client, room_id: str, body: str = "hello", /, **content: Any) -> str:
    """Send a message with more in its content; its event id."""
    path = room_path(room_id, "send", "m.room.message", f"say{next(_numbers)}")
    return str((await client.put(path, {"msgtype": "m.text", "body": body, **content}))["event_id"])


async def reply_in(client: Client, room_id: str, thread_id: str, body: str = "in the thread", /, **content: Any) -> str:
    """Send a message in a thread."""
    content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread_id}
    return await say(client, room_id, body, **content)


async def read(client: Client, room_id: str, event_id: str, thread_id: str | None = None, *, kind: str = "") -> None:
    """Move a receipt."""
    body = {} if thread_id is None else {"thread_id": thread_id}
    await client.post(room_path(room_id, "receipt", kind or "m.read", event_id), body)


async def fresh(server: Server, client: Client, **query: Any) -> dict[str, Any]:
    """What a new device of the user is told first."""
    device = await server.login(client.user_id, client.password)
    return await device.sync(**query)


def mention(*user_ids: str) -> dict[str, Any]:
    """The part of a content that mentions users."""
    return {"m.mentions": {"user_ids": list(user_ids)}}


def _counts(value: dict[str, int]) -> Counts:
    return value["notification_count"], value["highlight_count"]
