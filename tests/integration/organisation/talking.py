"""What customers and staff do with sessions, in tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from tests.harness import Client
from tests.integration.organisation.office import ROOT

SESSIONS = f"{ROOT}/sessions"
SESSION = "org.roomkeeper.session"
SERVICE = "@sessions:example.org"


def session_path(room_id: str, *more: str) -> str:
    """The path of a session."""
    return "/".join((SESSIONS, quote(room_id, safe=""), *more))


async def direct(client: Client, other: Client, **more: Any) -> str:
    """A direct chat as stock clients make it; the room's id."""
    body = {"invite": [other.user_id], "is_direct": True, "preset": "trusted_private_chat", **more}
    return await client.create_room(**body)


async def session_of(client: Client, room_id: str) -> dict[str, Any]:
    """A session."""
    return await client.get(session_path(room_id))


async def told(client: Client, room_id: str) -> dict[str, Any]:
    """What the room says that it is."""
    return await client.get(f"/rooms/{quote(room_id)}/state/{SESSION}/")


async def members(client: Client, room_id: str) -> set[str]:
    """Who is in a room."""
    return set((await client.get(f"/rooms/{quote(room_id)}/joined_members"))["joined"])


async def direct_list(client: Client) -> dict[str, list[str]]:
    """Their m.direct."""
    return await client.get(f"/user/{quote(client.user_id)}/account_data/m.direct")


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not await what():  # noqa: ASYNC110 - it is asked of a server
            await asyncio.sleep(0.02)


async def until_state(client: Client, room_id: str, state: str) -> dict[str, Any]:
    """Wait until a session is in a state; the session."""

    async def is_so() -> bool:
        return bool((await session_of(client, room_id))["state"] == state)

    await until(is_so)
    return await session_of(client, room_id)
