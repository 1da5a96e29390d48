"""A small Matrix client that speaks HTTP with the server, as everybody else's does."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp

V3 = "/_matrix/client/v3"
ROOT = "/_roomkeeper/v1"
DEVICE = "DEMO"
"""The device of those whom the demo plays. Any other is of somebody who has signed in as them."""
POLL_MS = 30_000
TOO_MANY = 429
FILTER = (
    '{"presence":{"types":[]},"account_data":{"types":[]},"room":{"account_data":{"types":[]},'
    '"ephemeral":{"types":[]},"state":{"types":["org.roomkeeper.session"]},'
    '"timeline":{"limit":10,"types":["m.room.message","org.roomkeeper.session"]}}}'
)
"""What of a sync is needed to answer people."""


class Refused(Exception):
    """The server refused; the message has the request and what it said."""


def path_of(*parts: str) -> str:
    """A path of these parts, each encoded."""
    return "/" + "/".join(quote(part, safe="") for part in parts)


class Client:
    """Somebody's session, or with the operator token the operator's."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str = "", user_id: str = "") -> None:
        self._http = http
        self._url = url
        self.token = token
        self.user_id = user_id
        self._count = 0

    async def sign_in(self, user: str, password: str) -> None:
        """Take up the demo's device of an account."""
        answer = await self.call(
            "POST",
            f"{V3}/login",
            {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": user},
                "password": password,
                "device_id": DEVICE,
                "initial_device_display_name": "Demo",
            },
        )
        self.user_id, self.token = answer["user_id"], answer["access_token"]

    async def call(
        self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None, **headers: str
    ) -> dict[str, Any]:
        """A request and its answer; what is limited is tried again when it may. Raises `Refused`."""
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        sent = {"data": body} if isinstance(body, bytes) else {"json": body if body is not None else {}}
        while True:
            async with self._http.request(
                method, self._url + path, params=query, headers=headers, **(sent if method != "GET" else {})
            ) as answer:
                said: dict[str, Any] = await answer.json()
                if answer.ok:
                    return said
                if answer.status != TOO_MANY:
                    raise Refused(f"{method} {path}: {answer.status} {said.get('errcode')} {said.get('error')}")
            await asyncio.sleep(said.get("retry_after_ms", 1000) / 1000)

    # ------------------------------------------------------------ rooms

    def room(self, room_id: str, *parts: str) -> str:
        """A path below a room's."""
        return V3 + path_of("rooms", room_id, *parts)

    async def send(self, room_id: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        """An event; its id."""
        self._count += 1
        # The token is new at each start, and with it the transactions that the server remembers of the device.
        transaction = f"demo-{self.token[-8:]}-{self._count}"
        return str((await self.call("PUT", self.room(room_id, "send", kind, transaction), content))["event_id"])

    async def read(self, room_id: str, event_id: str) -> None:
        """Tell that one has read up to an event."""
        await self.call("POST", self.room(room_id, "receipt", "m.read", event_id))

    async def typing(self, room_id: str, *, is_typing: bool) -> None:
        """Tell that one writes, or has stopped."""
        body = {"typing": True, "timeout": 20_000} if is_typing else {"typing": False}
        await self.call("PUT", self.room(room_id, "typing", self.user_id), body)

    async def upload(self, data: bytes, content_type: str, name: str) -> str:
        """A file; its mxc address."""
        answer = await self.call(
            "POST", "/_matrix/media/v3/upload", data, {"filename": name}, **{"content-type": content_type}
        )
        return str(answer["content_uri"])

    async def sync(self, since: str) -> dict[str, Any]:
        """What is new; waits for it where `since` is given."""
        query = {"filter": FILTER, "timeout": str(POLL_MS if since else 0)}
        return await self.call("GET", f"{V3}/sync", query={**query, "since": since} if since else query)

    # ------------------------------------------------------------ sessions

    async def sessions(self, state: str) -> list[dict[str, Any]]:
        """One's own sessions in that state."""
        return list((await self.call("GET", f"{ROOT}/sessions", query={"state": state, "limit": "50"}))["sessions"])

    async def ask(self, **wanted: str) -> dict[str, Any]:
        """Ask for a session, as a customer."""
        return await self.call("POST", f"{ROOT}/sessions", wanted)

    async def close(self, room_id: str, reason: str = "") -> None:
        """End a session."""
        await self.call("POST", ROOT + path_of("sessions", room_id, "close"), {"reason": reason})
