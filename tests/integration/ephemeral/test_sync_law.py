"""What a client knows, and what sync brings it, is together what a new client is shown.

Random steps by three users; one client of Alice's is online all the time, one comes now and then, one after a restart.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from tests.harness import Client, Server
from tests.integration.account_data.reading import global_data, of, room_data
from tests.integration.ephemeral.reading import presence, receipts, room_path

STEPS = 60


class Memory:
    """What one client knows from its syncs."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.account: dict[str, Any] = {}
        self.presence: dict[str, Any] = {}
        self.rooms: dict[str, tuple[dict[str, Any], dict[Any, str]]] = {}

    async def sync(self, **query: Any) -> None:
        answer = await self.client.sync(set_presence="offline", **query)
        self.account |= global_data(answer)
        self.presence |= presence(answer)
        for room_id in answer.get("rooms", {}).get("leave", {}):
            self.rooms.pop(room_id, None)
        for room_id in answer.get("rooms", {}).get("join", {}):
            data, marks = self.rooms.setdefault(room_id, ({}, {}))
            data |= room_data(answer, room_id)
            marks |= receipts(answer, room_id)

    def known(self, present: set[str]) -> Any:
        """All of it; the presence of those whom Alice still shares a room with."""
        return self.account, {user: self.presence.get(user) for user in present}, self.rooms


class Play:
    """The steps that users may take."""

    def __init__(self, seed: int, users: list[Client], rooms: list[str]) -> None:
        self.random = random.Random(seed)
        self.users = users
        self.rooms = rooms
        self.events: dict[str, list[str]] = {room_id: [] for room_id in rooms}

    async def step(self) -> None:
        user, room_id = self.random.choice(self.users), self.random.choice(self.rooms)
        steps = (self.send, self.send, self.read, self.read, self.keep, self.keep_of_room, self.come, self.go, self.be)
        await self.random.choice(steps)(user, room_id)

    async def send(self, user: Client, room_id: str) -> None:
        path = room_path(room_id, "send", "m.room.message", f"s{self.random.random()}")
        status, answer = await user.attempt("PUT", path, {"msgtype": "m.text", "body": "x"})
        if status == 200:
            self.events[room_id].append(answer["event_id"])

    async def read(self, user: Client, room_id: str) -> None:
        if self.events[room_id]:
            kind = self.random.choice(["m.read", "m.read.private", "m.fully_read"])
            body = {"thread_id": "main"} if kind != "m.fully_read" and self.random.random() < 0.3 else {}
            event_id = self.random.choice(self.events[room_id])
            await user.attempt("POST", room_path(room_id, "receipt", kind, event_id), body)

    async def keep(self, user: Client, room_id: str) -> None:
        await user.put(of(user, self.random.choice("ab")), {"n": self.random.random()})

    async def keep_of_room(self, user: Client, room_id: str) -> None:
        await user.put(of(user, self.random.choice("ab"), room_id), {"n": self.random.random()})

    async def come(self, user: Client, room_id: str) -> None:
        await user.attempt("POST", room_path(room_id, "join"), {})

    async def go(self, user: Client, room_id: str) -> None:
        if room_id != self.rooms[0]:
            await user.attempt("POST", room_path(room_id, "leave"), {})

    async def be(self, user: Client, room_id: str) -> None:
        body = {
            "presence": self.random.choice(["online", "unavailable", "offline"]),
            "status_msg": f"{self.random.random()}",
        }
        await user.put(f"/presence/{user.user_id}/status", body)


@pytest.mark.parametrize("seed", range(6))
async def test_old_state_and_changes_make_new_state(server: Server, seed: int) -> None:
    alice, *others = [await server.register(name) for name in ("alice", "bob", "carol")]
    rooms = [await alice.create_room(preset="public_chat") for _ in range(3)]
    for user in others:
        await user.join(rooms[0])
    play = Play(seed, [alice, *others], rooms)
    online, sometimes, away = [Memory(await server.login("alice")) for _ in range(3)]
    for memory in (online, sometimes, away):
        await memory.sync()
    for number in range(STEPS):
        await play.step()
        await online.sync()
        if play.random.random() < 0.1:
            # As a client does whose feed was closed: from the database.
            await sometimes.sync(full_state="true")
        if number == STEPS // 2:
            await away.sync()
    await asyncio.sleep(0.05)
    everyone = {user.user_id for user in others}
    await online.sync()
    await sometimes.sync(full_state="true")
    fresh = Memory(await server.login("alice"))
    await fresh.sync()
    assert online.known(everyone) == fresh.known(everyone)
    assert sometimes.known(everyone) == fresh.known(everyone)
    await server.restart()
    await away.sync()
    again = Memory(await server.login("alice"))
    await again.sync()
    assert away.known(everyone) == again.known(everyone)
