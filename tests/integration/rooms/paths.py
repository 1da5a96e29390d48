"""Paths below a room, and short ways to look at one."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.harness import Client

VERSIONS = ("10", "11", "12")


def room_path(room_id: str, *rest: str) -> str:
    """A path below a room, every segment percent-encoded."""
    return "/".join(["/rooms", quote(room_id, safe=""), *(quote(part, safe="") for part in rest)])


async def state_of(client: Client, room_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The contents of a room's state by type and state key."""
    return {key: event["content"] for key, event in (await state_events_of(client, room_id)).items()}


async def state_events_of(client: Client, room_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    """A room's state by type and state key."""
    # The answer is the one that is a list.
    events: Any = await client.get(room_path(room_id, "state"))
    return {(event["type"], event["state_key"]): event for event in events}


async def membership(client: Client, room_id: str, user_id: str) -> str | None:
    """A user's membership as `client` sees it."""
    content = (await state_of(client, room_id)).get(("m.room.member", user_id))
    return None if content is None else content["membership"]


async def do(client: Client, verb: str, room_id: str, user_id: str | None = None, **body: Any) -> int:
    """A membership request: its status."""
    if user_id is not None:
        body["user_id"] = user_id
    status, _ = await client.attempt("POST", room_path(room_id, verb), body)
    return status


async def error(client: Client, method: str, path: str, json: Any = None, **query: Any) -> tuple[int, str]:
    """Status and errcode of a request that must fail."""
    status, answer = await client.attempt(method, path, json, **query)
    assert status >= 400, answer
    return status, answer["errcode"]
