"""The law of device lists on random walks: a client that asks for keys when it is told to knows everyone's keys.

One client of the watcher is online all the time, one syncs now and then, one only after a restart.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.harness import Client, Server
from tests.integration.keys.signing import Keys, changed, left
from tests.scenarios.model import settled

STEPS = 60


class Tracker:
    """What one client knows of the keys of those with whom it shares a room."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.known: dict[str, Any] = {}

    async def sync(self) -> None:
        answer = await self.client.sync(set_presence="offline")
        for user_id in left(answer):
            self.known.pop(user_id, None)
        await self.ask(changed(answer))

    async def ask(self, user_ids: list[str]) -> None:
        self.known |= await keys_of(self.client, user_ids)


async def keys_of(client: Client, user_ids: list[str]) -> dict[str, Any]:
    """Everything that there is to know of them."""
    answer = await client.post("/keys/query", {"device_keys": {user_id: [] for user_id in user_ids}})
    answer.pop("failures")
    return {
        user_id: {member: of_users.get(user_id) for member, of_users in answer.items() if of_users.get(user_id)}
        for user_id in user_ids
    }


class Walk:
    """The steps that others, and the watcher, may take."""

    def __init__(self, seed: int, server: Server, watcher: Client, others: list[Client], rooms: list[str]) -> None:
        self.random = random.Random(seed)
        self.server = server
        self.watcher = watcher
        self.others = others
        self.rooms = rooms
        self.number = 0
        self.extra: list[Client] = []

    async def step(self) -> None:
        self.number += 1
        steps = (
            self.come,
            self.come,
            self.go,
            self.go,
            self.upload,
            self.sign_in,
            self.sign_out,
            self.cross_sign,
            self.sign,
        )
        await self.random.choice(steps)(self.random.choice(self.others))

    async def come(self, client: Client) -> None:
        client = self.random.choice([client, client, self.watcher])
        await client.attempt("POST", f"/join/{self.random.choice(self.rooms)}")

    async def go(self, client: Client) -> None:
        client = self.random.choice([client, client, self.watcher])
        await client.attempt("POST", f"/rooms/{self.random.choice(self.rooms)}/leave")

    async def upload(self, client: Client) -> None:
        await Keys(client, str(self.number)).upload()

    async def sign_in(self, client: Client) -> None:
        device = await self.server.login(client.user_id)
        await Keys(device).upload()
        self.extra.append(device)

    async def sign_out(self, client: Client) -> None:
        if self.extra:
            await self.extra.pop().post("/logout")

    async def cross_sign(self, client: Client) -> None:
        await client.attempt("POST", "/keys/device_signing/upload", Keys(client, "signing").crossing_keys())

    async def sign(self, client: Client) -> None:
        if client.user_id not in await sharing(self.watcher):
            return
        theirs, own = Keys(client, "signing"), Keys(self.watcher, "signing")
        signed = own.sign("user_signing", theirs.crossing_key("master"))
        await self.watcher.post("/keys/signatures/upload", {client.user_id: {theirs.public("master"): signed}})


async def sharing(watcher: Client) -> set[str]:
    """Everyone who is in a room with the watcher."""
    found = {watcher.user_id}
    for room_id in (await watcher.get("/joined_rooms"))["joined_rooms"]:
        found |= set((await watcher.get(f"/rooms/{room_id}/joined_members"))["joined"])
    return found


@pytest.mark.parametrize("seed", range(6))
async def test_a_client_that_follows_knows_the_keys(server: Server, seed: int) -> None:
    watcher = await server.register("watcher")
    await Keys(watcher, "signing").upload_crossing()
    others = [await server.register(name) for name in ("ann", "ben", "cat")]
    rooms = [await others[0].create_room(preset="public_chat") for _ in range(3)]
    walk = Walk(seed, server, watcher, others, rooms)
    trackers = [Tracker(await server.login("watcher")) for _ in range(3)]
    online, rarely, restarted = trackers
    for tracker in trackers:
        await tracker.sync()
        await tracker.ask(sorted(await sharing(watcher)))
    for number in range(STEPS):
        await walk.step()
        await settled(server)
        await online.sync()
        if number % 7 == 0:
            await rarely.sync()
        if number % 20 == 19:
            await server.restart()
            await restarted.sync()
    for tracker in trackers:
        await tracker.sync()
        present = await sharing(watcher)
        assert tracker.known == await keys_of(watcher, sorted(present))
