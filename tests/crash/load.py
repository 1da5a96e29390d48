"""Clients that keep a server busy and survive its end: what is not answered they send again, as it was."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any
from urllib.parse import quote

import aiohttp

V3 = "/_matrix/client/v3"
PATIENCE = aiohttp.ClientTimeout(total=60)
PAGE = 500
"""Events in one page, and in one room's timeline: the most that the server gives."""
FILTER = '{"room":{"timeline":{"limit":500}},"presence":{"types":[]}}'

Sending = tuple[str, str]
"""A sender's user id and a room id."""


class Unanswered(Exception):
    """The server went away before it answered."""


class Refused(AssertionError):
    """The server answered with an error, which nothing here should bring about."""


class Client:
    """A signed-in device that speaks plain HTTP."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self.user_id = ""
        self._headers: dict[str, str] = {}

    async def register(self, name: str) -> Client:
        """Make the account."""
        body = {"username": name, "password": "correct horse battery", "auth": {"type": "m.login.dummy"}}
        answer = await self.request("POST", "/register", body)
        self.user_id = answer["user_id"]
        self._headers = {"Authorization": f"Bearer {answer['access_token']}"}
        return self

    async def request(self, method: str, path: str, body: Any = None, **query: str | int) -> dict[str, Any]:
        """One request. Raises `Unanswered` or `Refused`."""
        url = f"{self._url}{V3}{path}"
        try:
            async with self._session.request(
                method, url, json=body, params=query, headers=self._headers, timeout=PATIENCE
            ) as response:
                answer: dict[str, Any] = await response.json()
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered from error
        if response.status != 200:
            raise Refused(f"{method} {path}: {response.status} {answer}")
        return answer

    async def page_through(self, room_id: str, start: str | None, stop: str | None) -> list[str]:
        """The ids of a room's events before `start` (the end), back to `stop` (the beginning), oldest first."""
        found: list[str] = []
        token = start
        while True:
            query = {name: value for name, value in (("from", token), ("to", stop)) if value is not None}
            page = await self.request("GET", f"/rooms/{quote(room_id)}/messages", dir="b", limit=PAGE, **query)
            found += [event["event_id"] for event in page["chunk"]]
            token = page.get("end")
            if token is None:
                return found[::-1]


class Reader:
    """Follows all rooms of a client by incremental syncs, filling gaps by paging back."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.token: str | None = None
        self.seen: dict[str, list[str]] = {}

    async def sync(self, timeout_ms: int = 0) -> bool:
        """Sync once; whether there was an event. The state moves on only when all is read."""
        query = {"since": self.token} if self.token else {}
        answer = await self.client.request("GET", "/sync", timeout=timeout_ms, filter=FILTER, **query)
        new: dict[str, list[str]] = {}
        for room_id, section in answer.get("rooms", {}).get("join", {}).items():
            timeline = section["timeline"]
            new[room_id] = [event["event_id"] for event in timeline["events"]]
            if timeline["limited"]:
                new[room_id][:0] = await self.client.page_through(room_id, timeline["prev_batch"], self.token)
        for room_id, events in new.items():
            self.seen.setdefault(room_id, []).extend(events)
        self.token = answer["next_batch"]
        return any(new.values())

    def at_this_moment(self) -> Reader:
        """Another reader who knows as much as this one does now."""
        copy = Reader(self.client)
        copy.token, copy.seen = self.token, {room_id: list(events) for room_id, events in self.seen.items()}
        return copy


class Load:
    """Senders, each sending into each room one event after the other, and a reader who follows them.

    `acknowledged` has the event ids that the server answered to each sender in each room, in that order. `up` is set
    while the server runs; `stop` ends every sender once its last request is acknowledged.
    """

    def __init__(self, clients: list[Client], room_ids: list[str], reader: Reader, chance: random.Random) -> None:
        self.acknowledged: dict[Sending, list[str]] = {
            (client.user_id, room_id): [] for client in clients for room_id in room_ids
        }
        self.retried = 0
        self.states: list[tuple[str, str]] = []
        """Room and event ids of the state events that were acknowledged."""
        self.up = asyncio.Event()
        self.stop = asyncio.Event()
        self.reader = reader
        self._clients = clients
        self._room_ids = room_ids
        self._chance = chance
        self._numbers = itertools.count(1)

    async def run(self) -> None:
        """Work until `stop` is set. Raises what the first one who fails raises."""
        async with asyncio.TaskGroup() as group:
            for client in self._clients:
                for room_id in self._room_ids:
                    group.create_task(self._send(client, room_id))
            group.create_task(self._change_state(self._clients[0]))
            group.create_task(self._read())

    async def _send(self, client: Client, room_id: str) -> None:
        sent = self.acknowledged[client.user_id, room_id]
        room = f"/rooms/{quote(room_id)}"
        while not self.stop.is_set():
            transaction_id = f"t{next(self._numbers)}"
            path, body = f"{room}/send/m.room.message/{transaction_id}", {"msgtype": "m.text", "body": transaction_id}
            if sent and self._chance.random() < 0.05:
                path, body = f"{room}/redact/{quote(sent[-1])}/{transaction_id}", {"reason": "crash"}
            event_id = await self._until_acknowledged(client, path, body)
            if self._chance.random() < 0.05:
                again = await self._until_acknowledged(client, path, body)
                assert again == event_id, f"{path} was answered with {event_id}, then with {again}"
            sent.append(event_id)

    async def _until_acknowledged(self, client: Client, path: str, body: object) -> str:
        """Send the same request until it is answered; the event id."""
        while True:
            await self.up.wait()
            try:
                return str((await client.request("PUT", path, body))["event_id"])
            except Unanswered:
                self.retried += 1
                await asyncio.sleep(0.01)

    async def _change_state(self, client: Client) -> None:
        """Topics and new rooms, which carry no transaction id: whether one that is not answered happened is open."""
        while not self.stop.is_set():
            await self.up.wait()
            number = next(self._numbers)
            try:
                room_id = self._chance.choice(self._room_ids)
                if number % 10 == 0:
                    room_id = str((await client.request("POST", "/createRoom", {"name": f"{number}"}))["room_id"])
                path = f"/rooms/{quote(room_id)}/state/m.room.topic"
                answer = await client.request("PUT", path, {"topic": f"{number}"})
                self.states.append((room_id, answer["event_id"]))
            except Unanswered:
                await asyncio.sleep(0.01)

    async def _read(self) -> None:
        while not self.stop.is_set():
            await self.up.wait()
            try:
                await self.reader.sync(1000)
            except Unanswered:
                await asyncio.sleep(0.01)
