"""What tests of safety share: paths, waiting, people who say where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from tests.harness import Client, Server

ROOT = "/_roomkeeper/v1/safety"
FORWARD_S = 20.0


def of(user_id: str) -> str:
    """The path of a person."""
    return f"{ROOT}/people/{quote(user_id, safe='')}"


async def until(check: Callable[[], Awaitable[Any]]) -> Any:
    """What `check` gives, as soon as that is anything."""
    async with asyncio.timeout(FORWARD_S):
        while True:
            if found := await check():
                return found
            await asyncio.sleep(0.02)


async def agree(client: Client, **what: Any) -> dict[str, Any]:
    """Agree to share one's location, and to what else is given."""
    return await client.put(f"{of(client.user_id)}/preferences", {"location": "exact", **what})


async def follow(follower: Client, followed: Client, relation: str = "parent", when: str = "trusted") -> str:
    """Let somebody watch over somebody; the id."""
    asked = await follower.post(f"{ROOT}/followings", {"followed": followed.user_id, "relation": relation})
    await followed.post(f"{ROOT}/followings/{asked['following_id']}/answer", {"confirm": True, "when": when})
    return str(asked["following_id"])


async def go(client: Client, latitude: float, longitude: float, **more: Any) -> dict[str, Any]:
    """Say where one is."""
    return await client.put(f"{ROOT}/location", {"latitude": latitude, "longitude": longitude, **more})


async def where(client: Client) -> dict[str, Any] | None:
    """What is known of where somebody is."""
    found = (await client.get(f"{ROOT}/location"))["position"]
    assert found is None or isinstance(found, dict)
    return found


async def notices(client: Client) -> list[str]:
    """What the server has told somebody, whose invitation to its notices is accepted."""
    answer = await client.get("/sync")
    for room_id, room in answer.get("rooms", {}).get("invite", {}).items():
        # What asks into a group gives a reason, and is answered by the test.
        if not any("reason" in each["content"] for each in room["invite_state"]["events"]):
            await client.join(room_id)
    answer = await client.get("/sync")
    said = []
    for room in answer.get("rooms", {}).get("join", {}).values():
        said += [
            event["content"].get("body", "")
            for event in room["timeline"]["events"]
            if event["type"] == "m.room.message"
        ]
    return said


async def people(server: Server, *names: str) -> list[Client]:
    """New users."""
    return [await server.register(name) for name in names]
