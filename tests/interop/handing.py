"""What the organisation does when somebody leaves, through the operator's endpoints: for the clients of others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp

from tests.interop.conftest import PASSWORD
from tests.process import ServerProcess

ROOT = "/_roomkeeper/v1"
SOON = 30.0

Found = TypeVar("Found")


async def ask(process: ServerProcess, method: str, path: str, body: Any = None) -> Any:
    """An endpoint under ``/_roomkeeper/v1``, with the operator's token."""
    token = json.loads((process.data_dir / "instance.json").read_bytes())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(process.url) as session,
        session.request(method, f"{ROOT}{path}", json=body, headers=headers) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def hire(process: ServerProcess, localpart: str, display_name: str, **more: Any) -> str:
    """Somebody new of the staff, with the usual password; their user id."""
    body = {"localpart": localpart, "display_name": display_name, "password": PASSWORD, **more}
    return str((await ask(process, "POST", "/people", body))["user_id"])


async def depart(process: ServerProcess, user_id: str, successor: str, **plan: Any) -> str:
    """Let somebody leave, in favour of somebody; the departure's id, when all customers have been asked."""
    wanted = {"user_id": user_id, "plan": {"rules": [{"staff_id": successor}], **plan}}
    departure = str((await ask(process, "POST", "/departures", wanted))["departure_id"])
    await until_state(process, departure, "finished")
    return departure


async def until_state(process: ServerProcess, departure: str, state: str) -> None:
    """Wait until a departure is in a state."""

    async def is_so() -> bool:
        return bool((await ask(process, "GET", f"/departures/{departure}"))["departure"]["state"] == state)

    await until(is_so)


async def until_status(process: ServerProcess, departure: str, customer: str, status: str) -> dict[str, Any]:
    """Wait until a customer has a status, and their room says so; what became of them."""

    async def found() -> dict[str, Any] | None:
        page = await ask(process, "GET", f"/departures/{departure}/customers")
        mine: dict[str, Any] = next((each for each in page["customers"] if each["customer_id"] == customer), {})
        return mine if mine.get("status") == status and mine.get("told", True) else None

    return await until(found)


async def until(what: Callable[[], Awaitable[Found | None]]) -> Found:
    """Wait until something is so; what is found."""
    async with asyncio.timeout(SOON):
        while not (found := await what()):  # noqa: ASYNC110 - it is asked of a server
            await asyncio.sleep(0.02)
    return found
