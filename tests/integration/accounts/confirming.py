"""Confirming with a password what is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.harness import Answer, Client, Server


def password_auth(client: Client, **extra: Any) -> dict[str, Any]:
    """The `auth` of a user who knows the password."""
    identifier = {"type": "m.id.user", "user": client.user_id}
    return {"type": "m.login.password", "identifier": identifier, "password": client.password, **extra}


async def confirmed(client: Client, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
    """Asked, challenged, confirmed."""
    body = body or {}
    status, challenge = await client.attempt(method, path, body)
    assert status == 401, challenge
    return await client.attempt(method, path, {**body, "auth": password_auth(client, session=challenge["session"])})


async def administrator(server: Server, name: str = "root") -> Client:
    """A user who is an administrator."""
    from tests.integration.accounts.operator import operator

    body = {"user": name, "password": "correct horse battery", "admin": True}
    assert (await operator(server, "POST", "/users", body))[0] == 200
    return await server.login(name)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so."""
    for _ in range(1500):
        if await condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not become so")
