"""Somebody who looks into trouble: sends events as programs do, and asks for flows."""

from __future__ import annotations

import base64
import json
from typing import Any

from roomkeeper.platform.clock import FixedClock
from tests.harness import Client, Server
from tests.integration.accounts.operator import operator

NOW = 1_700_000_000_000
STUCK = "message_stuck"
TOLD: dict[str, Any] = {"txn_id": "t1", "room_id": "!r:example.org"}


class Desk:
    """One server, its clock, and a user."""

    def __init__(self, server: Server, clock: FixedClock, alice: Client) -> None:
        self.server = server
        self.clock = clock
        self.alice = alice

    async def ask(self, method: str, path: str, json: Any = None, **query: Any) -> tuple[int, Any]:
        """As the operator, below the endpoints of repair."""
        return await operator(self.server, method, f"/repair{path}", json, **query)

    async def key(self, **wish: Any) -> str:
        """A new write key."""
        status, answer = await self.ask("POST", "/keys", {"name": "test", **wish})
        assert status == 200, answer
        return str(answer["write_key"])

    async def personal(self, client: Client | None = None) -> str:
        """A user's own key."""
        return str((await (client or self.alice).get("/_roomkeeper/v1/repair/tracking"))["write_key"])

    async def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> tuple[int, Any]:
        """As an SDK does: JSON, with the key as the user name of Basic authentication."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**headers}
        if key is not None:
            sent["authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
        status, _, answer = await self.server.raw("POST", f"/v1/{path}", raw, sent)
        return status, json.loads(answer)

    def event(self, name: str, after_ms: int = 0, **more: Any) -> dict[str, Any]:
        """A message of a batch, so many milliseconds after now."""
        ts = self.clock.now_ms() + after_ms
        made = {"type": "track", "event": name, "userId": self.alice.user_id, "timestamp": ts, "properties": TOLD}
        return {**made, "messageId": f"{name}{after_ms}", **more}

    async def batch(self, key: str, *events: dict[str, Any], **more: Any) -> tuple[int, Any]:
        """Send some messages; the sender's clock is right, where nothing else is said."""
        return await self.post("batch", {"batch": list(events), "sentAt": self.clock.now_ms(), **more}, key)

    async def flow(self, kind: str = STUCK, user_id: str | None = None, **query: Any) -> dict[str, Any]:
        """The flow of a user."""
        status, answer = await self.ask("GET", "/flow", user_id=user_id or self.alice.user_id, kind=kind, **query)
        assert status == 200, answer
        return dict(answer)

    async def found(self, **query: Any) -> list[str]:
        """The codes of the findings of a flow."""
        return [each["code"] for each in (await self.flow(**query))["findings"]]
