"""What tests of repairing share: paths, drills, a client that logs what it does, and waiting for what becomes of it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from tests.harness import Client, Server
from tests.integration.organisation.office import Office

ROOT = "/_roomkeeper/v1/repair"
REPEAT = "org.roomkeeper.repair.repeat"
FORWARD_S = 30.0
OVER = ("repaired", "unverified", "failed", "closed", "waiting", "approval", "asking")


async def until(check: Callable[[], Awaitable[Any]]) -> Any:
    """What `check` gives, as soon as that is anything."""
    async with asyncio.timeout(FORWARD_S):
        while True:
            if found := await check():
                return found
            await asyncio.sleep(0.03)


class World:
    """A server with people on it."""

    _numbers = itertools.count(1)

    def __init__(self, office: Office) -> None:
        self.office = office
        self.server: Server = office.server
        self.owner = office.owner

    async def drill(self, name: str, **parameters: str) -> dict[str, Any]:
        """Make a fault."""
        found: dict[str, Any] = await self.owner.post(f"{ROOT}/drills/{name}", {"parameters": parameters})
        return found

    async def report(self, client: Client, **body: Any) -> dict[str, Any]:
        """Report something."""
        found: dict[str, Any] = await client.post(f"{ROOT}/reports", {"client": "test", **body})
        return found

    async def look(self, report_id: str) -> dict[str, Any]:
        """Everything about a report."""
        found: dict[str, Any] = await self.owner.get(f"{ROOT}/desk/reports/{report_id}")
        return found

    async def state(self, report_id: str, *states: str) -> dict[str, Any]:
        """Wait until a report is in one of these states; everything about it."""

        async def is_so() -> dict[str, Any] | None:
            found = await self.look(report_id)
            return found if found["report"].get("state", "new") in (states or OVER) else None

        found: dict[str, Any] = await until(is_so)
        return found

    async def log(self, client: Client, name: str, **properties: Any) -> None:
        """What a client logs of itself, as our web client does."""
        key = (await client.get(f"{ROOT}/tracking"))["write_key"]
        basic = base64.b64encode(f"{key}:".encode()).decode()
        message = {
            "type": "track",
            "messageId": f"m{next(self._numbers)}",
            "userId": client.user_id,
            "event": name,
            "properties": properties,
        }
        headers = {"authorization": f"Basic {basic}"}
        body = json.dumps({"batch": [message]}).encode()
        status, _, answer = await self.server.raw("POST", "/v1/batch", body, headers)
        assert status == 200, answer

    async def told_to_repeat(self, client: Client, report_id: str) -> dict[str, Any]:
        """Wait until the server asks a client to try again; what it says."""

        async def asked() -> dict[str, Any] | None:
            path = f"/user/{quote(client.user_id)}/account_data/{REPEAT}"
            status, answer = await client.attempt("GET", path)
            return answer if status == 200 and answer["report_id"] == report_id else None

        found: dict[str, Any] = await until(asked)
        return found

    async def send(self, client: Client, room_id: str, txn_id: str) -> tuple[int, dict[str, Any]]:
        """Send a message as our web client does, and log it."""
        await self.log(client, "message_sending", txn_id=txn_id, room_id=room_id)
        path = f"/rooms/{quote(room_id)}/send/m.room.message/{txn_id}"
        status, answer = await client.attempt("PUT", path, {"msgtype": "m.text", "body": "hello"})
        if status == 200:
            await self.log(client, "message_sent", txn_id=txn_id, room_id=room_id, event_id=answer["event_id"])
        else:
            await self.log(client, "message_failed", txn_id=txn_id, room_id=room_id, errcode=answer["errcode"])
        return status, answer

    async def operation(self, **body: Any) -> dict[str, Any]:
        """Store an operation."""
        made: dict[str, Any] = await self.owner.post(f"{ROOT}/operations", body)
        return made
