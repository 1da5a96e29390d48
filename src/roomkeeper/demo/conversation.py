"""The demo's two clients: ordinary Matrix clients that speak HTTP with the server, nothing else."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

V3 = "/_matrix/client/v3"

SCRIPT = (
    (0, "Good morning! Is my delivery on its way?"),
    (1, "Good morning. One moment, I look it up."),
    (1, "It left the warehouse at 7:40 and should be with you before noon."),
    (0, "太好了，谢谢！"),
    (1, "Gladly. Write here whenever something is unclear."),
)
"""Who says what: index of the person, text."""


class Person:
    """One of the two, and their session once they have signed in."""

    def __init__(self, localpart: str, name: str, password: str) -> None:
        self.localpart = localpart
        self.name = name
        self.password = password
        self.user_id = ""
        self.token = ""
        self.since = ""


class Conversation:
    """Two people and the room in which they talk."""

    def __init__(self, base_url: str, people: Sequence[Person]) -> None:
        self._base_url = base_url
        self.people = people
        self.room_id = ""

    async def begin(self, operator_token: str) -> None:
        """Make both accounts, sign both in, open the room, let the other one join."""
        for person in self.people:
            account = {"user": person.localpart, "password": person.password}
            await self._call("POST", "/_roomkeeper/v1/users", account, operator_token)
            identifier = {"type": "m.id.user", "user": person.localpart}
            login = {"type": "m.login.password", "identifier": identifier, "password": person.password}
            session = await self._call("POST", f"{V3}/login", login)
            person.user_id, person.token = session["user_id"], session["access_token"]
            path = f"{V3}/profile/{quote(person.user_id)}/displayname"
            await self._call("PUT", path, {"displayname": person.name}, person.token)
        customer, desk = self.people
        room = {"name": "Delivery", "topic": "A question about a delivery", "invite": [customer.user_id]}
        self.room_id = (await self._call("POST", f"{V3}/createRoom", room, desk.token))["room_id"]
        await self._call("POST", f"{V3}/join/{quote(self.room_id)}", {}, customer.token)
        for person in self.people:
            person.since = (await self._call("GET", f"{V3}/sync", None, person.token))["next_batch"]

    async def talk(self) -> AsyncIterator[tuple[str, str]]:
        """Say the script; what comes out is what the other side's long-poll received."""
        for turn, (speaker, text) in enumerate(SCRIPT):
            sender, receiver = self.people[speaker], self.people[1 - speaker]
            waiting = asyncio.create_task(self._receive(receiver))
            await asyncio.sleep(0.8)
            path = f"{V3}/rooms/{quote(self.room_id)}/send/m.room.message/demo{turn}"
            await self._call("PUT", path, {"msgtype": "m.text", "body": text}, sender.token)
            yield sender.name, await waiting

    async def _receive(self, person: Person) -> str:
        """Long-poll until a message of the other one arrives."""
        while True:
            path = f"{V3}/sync?timeout=30000&since={person.since}"
            answer = await self._call("GET", path, None, person.token)
            person.since = answer["next_batch"]
            room = answer.get("rooms", {}).get("join", {}).get(self.room_id, {})
            for event in room.get("timeline", {}).get("events", []):
                if event["type"] == "m.room.message" and event["sender"] != person.user_id:
                    return str(event["content"]["body"])

    async def _call(self, method: str, path: str, body: Any = None, token: str | None = None) -> dict[str, Any]:
        return await asyncio.to_thread(self._request, method, path, body, token)

    def _request(self, method: str, path: str, body: Any, token: str | None) -> dict[str, Any]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base_url + path, data, headers, method=method)  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
        return answer
