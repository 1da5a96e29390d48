"""What sync answers say of receipts, typing and presence, and of messages to the device."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.harness import Client, Server

Receipts = dict[tuple[str, str, str | None], str]
"""By user id, type and thread id the event id."""


def room_path(room_id: str, *parts: str) -> str:
    """A path below a room."""
    return "/".join(["/rooms", *(quote(part, safe="") for part in (room_id, *parts))])


def ephemeral(answer: dict[str, Any], room_id: str, event_type: str) -> list[dict[str, Any]]:
    """The contents of a room's ephemeral events of one type."""
    section = answer.get("rooms", {}).get("join", {}).get(room_id, {})
    return [event["content"] for event in section.get("ephemeral", {}).get("events", []) if event["type"] == event_type]


def receipts(answer: dict[str, Any], room_id: str) -> Receipts:
    """A room's receipts in a sync answer."""
    found: Receipts = {}
    for content in ephemeral(answer, room_id, "m.receipt"):
        for event_id, of_event in content.items():
            for kind, of_kind in of_event.items():
                for user_id, told in of_kind.items():
                    assert abs(told["ts"]) > 10**12
                    found[user_id, kind, told.get("thread_id")] = event_id
    return found


def typing(answer: dict[str, Any], room_id: str) -> list[str] | None:
    """Who types, `None` where the answer does not say."""
    lists = ephemeral(answer, room_id, "m.typing")
    assert len(lists) <= 1
    return lists[0]["user_ids"] if lists else None


def presence(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The presence of users in a sync answer, without times that pass."""
    found = {}
    for event in answer.get("presence", {}).get("events", []):
        assert event["type"] == "m.presence"
        found[event["sender"]] = {key: value for key, value in event["content"].items() if key != "last_active_ago"}
    return found


def messages(answer: dict[str, Any]) -> list[Any]:
    """The contents of messages to the device."""
    return [event["content"] for event in answer.get("to_device", {}).get("events", [])]


async def room_of_two(server: Server) -> tuple[Client, Client, str]:
    """Alice and Bob in a room; neither has synced."""
    alice, bob = await server.register("alice"), await server.register("bob")
    room_id = await alice.create_room(preset="public_chat")
    await bob.join(room_id)
    return alice, bob, room_id
