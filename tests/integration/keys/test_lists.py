"""Whose keys have changed, in sync and in ``/keys/changes``: online, after being away, after a restart."""

from __future__ import annotations

import asyncio

import pytest

from tests.harness import Client, Server
from tests.integration.keys.signing import Keys, changed, left
from tests.scenarios.model import settled


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")


@pytest.fixture
async def bob(server: Server) -> Keys:
    return Keys(await server.register("bob"))


@pytest.fixture(params=["online", "away", "restarted"])
def habit(request: pytest.FixtureRequest) -> str:
    """Whether the client's changes come from memory, or from the database."""
    return str(request.param)


async def together(*clients: Client) -> str:
    """A room with all of them, in which nothing is new for them."""
    room_id = await clients[0].create_room(preset="public_chat")
    for client in clients[1:]:
        await client.join(room_id)
    for client in clients:
        await client.sync()
    return room_id


class Watcher:
    """A client that syncs, in its habit; what ``/keys/changes`` says must contain what sync said."""

    def __init__(self, server: Server, client: Client, habit: str) -> None:
        self.server, self.client, self.habit = server, client, habit

    async def look(self) -> tuple[list[str], list[str]]:
        await settled(self.server)
        if self.habit == "restarted":
            await self.server.restart()
        elif self.habit == "away":
            feeds = getattr(self.server.app.stopping["sync"], "__self__")  # noqa: B009 - mypy knows of no bound method
            feeds._feeds.clear()
        before = self.client.next_batch
        answer = await self.client.sync()
        told = await self.client.get("/keys/changes", **{"from": before, "to": self.client.next_batch})
        assert set(changed(answer)) <= set(changed(told))
        assert set(left(answer)) <= set(left(told))
        again = await self.client.sync()
        assert changed(again) == left(again) == []
        return changed(answer), left(answer)


async def test_new_and_removed_devices_are_told(server: Server, alice: Client, bob: Keys, habit: str) -> None:
    room_id = await together(alice, bob.client)
    watcher = Watcher(server, alice, habit)
    await bob.upload(1)
    assert await watcher.look() == ([bob.user_id], [])
    await bob.upload(1, 2)  # the same identity
    assert await watcher.look() == ([], [])
    phone = Keys(await server.login("bob"))
    await alice.sync()
    assert await watcher.look() == ([], [])  # a device without keys
    await phone.upload()
    assert await watcher.look() == ([bob.user_id], [])
    await bob.client.put(f"/devices/{phone.device_id}", {"display_name": "Phone"})
    assert await watcher.look() == ([bob.user_id], [])
    await phone.client.post("/logout")
    assert await watcher.look() == ([bob.user_id], [])
    await bob.client.leave(room_id)
    await alice.sync()
    await Keys(bob.client, "anew").upload()
    assert await watcher.look() == ([], [])  # no concern of Alice's any more


async def test_own_other_devices_are_told(server: Server, bob: Keys, habit: str) -> None:
    await bob.client.sync()
    watcher = Watcher(server, bob.client, habit)
    phone = Keys(await server.login("bob"))
    await phone.upload()
    assert await watcher.look() == ([bob.user_id], [])


async def test_who_comes_and_goes(server: Server, alice: Client, bob: Keys, habit: str) -> None:
    carol = await server.register("carol")
    room_id = await together(alice, carol)
    other_id = await together(alice, carol)
    await carol.sync()
    watcher = Watcher(server, alice, habit)
    await bob.client.join(room_id)
    assert await watcher.look() == ([bob.user_id], [])
    await bob.client.put(f"/profile/{bob.user_id}/displayname", {"displayname": "Bob"})
    assert await watcher.look() == ([], [])
    await bob.client.leave(room_id)
    assert await watcher.look() == ([], [bob.user_id])
    await carol.leave(room_id)
    assert await watcher.look() == ([], [])  # still in the other room
    await carol.leave(other_id)
    assert await watcher.look() == ([], [carol.user_id])
    await bob.client.join(room_id)
    await bob.client.leave(room_id)
    assert changed(await alice.sync()) == []  # who came and went may be told to have left, not to be there
    await bob.client.join(other_id)
    assert await watcher.look() == ([bob.user_id], [])
    await alice.post(f"/rooms/{other_id}/ban", {"user_id": bob.user_id})
    assert await watcher.look() == ([], [bob.user_id])


async def test_one_comes_and_goes_oneself(server: Server, alice: Client, bob: Keys, habit: str) -> None:
    carol = await server.register("carol")
    room_id = await together(bob.client, carol)
    other_id = await together(alice, carol)
    watcher = Watcher(server, alice, habit)
    await alice.join(room_id)
    found = await watcher.look()
    assert (bob.user_id in found[0], found[1]) == (True, [])
    await alice.leave(room_id)
    assert await watcher.look() == ([], [bob.user_id])
    await alice.leave(other_id)
    assert await watcher.look() == ([], [carol.user_id])


async def test_a_waiting_sync_is_woken_by_new_keys(alice: Client, bob: Keys) -> None:
    await together(alice, bob.client)

    async def until_told() -> list[str]:
        while True:
            if found := changed(await alice.sync(10_000)):
                return found

    waiting = asyncio.create_task(until_told())
    await asyncio.sleep(0.05)
    await bob.upload()
    assert await waiting == [bob.user_id]


async def test_an_initial_sync_tells_nothing(alice: Client, bob: Keys) -> None:
    await together(alice, bob.client)
    await bob.upload()
    alice.next_batch = None
    assert "device_lists" not in await alice.sync()


async def test_a_lost_answer_is_given_again(server: Server, alice: Client, bob: Keys, habit: str) -> None:
    await together(alice, bob.client)
    before = alice.next_batch
    await bob.upload()
    for _ in range(2):
        alice.next_batch = before
        assert await Watcher(server, alice, habit).look() == ([bob.user_id], [])


async def test_a_removal_is_told_though_the_server_stopped_before(server: Server, alice: Client, bob: Keys) -> None:
    await together(alice, bob.client)
    await bob.upload()
    await settled(server)
    await alice.sync()

    async def refuse(_: object) -> None:
        raise RuntimeError("the process ends after the commit, before anyone hears of it")

    server.app.facts._handlers["DeviceRemoved"].insert(0, refuse)
    await bob.client.post("/logout")
    assert changed(await alice.sync()) == []
    await server.restart()
    await settled(server)
    assert changed(await alice.sync()) == [bob.user_id]


async def test_tokens_are_checked(alice: Client) -> None:
    await alice.sync()
    for query in ({"from": "x", "to": alice.next_batch}, {"to": alice.next_batch}, {"from": alice.next_batch}):
        status, answer = await alice.attempt("GET", "/keys/changes", **query)
        assert (status, answer["errcode"]) in ((400, "M_INVALID_PARAM"), (400, "M_MISSING_PARAM"))
    answer = await alice.get("/keys/changes", **{"from": "s0.999999999999", "to": alice.next_batch})
    assert answer == {"changed": [], "left": []}
