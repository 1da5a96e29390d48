"""Presence over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.platform.clock import FixedClock
from roomkeeper.platform.database import DatabaseError
from tests.harness import Client, Server
from tests.integration.ephemeral.reading import presence, room_of_two

ONLINE = {"presence": "online", "currently_active": True}
UNAVAILABLE = {"presence": "unavailable", "currently_active": False}
OFFLINE = {"presence": "offline", "currently_active": False}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def server(make_server: Any, clock: FixedClock) -> Server:
    """Its time passes only when told."""
    started: Server = await make_server(clock)
    return started


def status_of(client: Client) -> str:
    return f"/presence/{quote(client.user_id, safe='')}/status"


async def settle(server: Server) -> None:
    """Let what runs in the background have its turn."""
    for _ in range(3):
        await asyncio.sleep(0.01)
        await server.app.committer.drain()


async def become(client: Client, state: str) -> None:
    """Sync with a presence, from where the client is, and forget the answer."""
    await client.get("/sync", set_presence=state, **({"since": client.next_batch} if client.next_batch else {}))
    await settle(client.server)


async def sweep(server: Server) -> None:
    """What happens every few seconds."""
    presence_task = server.app.background["presence"]
    await presence_task.__self__.sweep()  # type: ignore[attr-defined]
    await settle(server)


async def test_who_syncs_is_online(server: Server) -> None:
    alice, bob, _ = await room_of_two(server)
    await become(alice, "offline")
    await alice.sync(set_presence="offline")
    await become(bob, "online")
    assert presence(await alice.sync(set_presence="offline")) == {bob.user_id: ONLINE}
    assert await alice.get(status_of(bob)) == {**ONLINE, "last_active_ago": 0}
    assert (await bob.get(status_of(alice)))["presence"] == "offline"


async def test_nobody_is_told_of_themselves_or_twice(server: Server) -> None:
    alice, bob, _ = await room_of_two(server)
    for _ in range(3):
        await become(alice, "online")
        await become(bob, "online")
    await alice.sync()
    await become(bob, "online")
    assert presence(await alice.sync()) == {}
    alice.next_batch = None
    assert presence(await alice.sync()) == {bob.user_id: ONLINE}


async def test_who_is_gone_becomes_offline(server: Server, clock: FixedClock) -> None:
    alice, bob, _ = await room_of_two(server)
    await become(bob, "online")
    await become(alice, "offline")
    await alice.sync(set_presence="offline")
    clock.advance(100_000)
    await become(bob, "online")
    clock.advance(100_000)
    await sweep(server)
    assert presence(await alice.sync(set_presence="offline")) == {}
    clock.advance(100_000)
    await sweep(server)
    assert presence(await alice.sync(set_presence="offline")) == {bob.user_id: OFFLINE}
    assert (await alice.get(status_of(bob)))["last_active_ago"] == 300_000


async def test_who_does_nothing_is_unavailable_until_they_do(server: Server, clock: FixedClock) -> None:
    alice, bob, room_id = await room_of_two(server)
    await become(bob, "online")
    for _ in range(6):
        clock.advance(50_001)
        await become(bob, "online")
        await alice.sync(set_presence="offline")
    await sweep(server)
    assert presence(await alice.sync(set_presence="offline")) == {bob.user_id: UNAVAILABLE}
    event_id = await bob.send(room_id)
    await settle(server)
    answer = await alice.sync(set_presence="offline")
    assert event_id in str(answer)
    assert presence(answer) == {bob.user_id: ONLINE}


async def test_the_most_present_device_counts(server: Server, clock: FixedClock) -> None:
    alice, bob, _ = await room_of_two(server)
    phone = await server.login("bob")
    await become(bob, "online")
    await become(phone, "unavailable")
    assert (await alice.get(status_of(bob)))["presence"] == "online"
    await become(bob, "unavailable")
    assert (await alice.get(status_of(bob)))["presence"] == "unavailable"
    await become(phone, "offline")
    await become(bob, "offline")
    assert (await alice.get(status_of(bob)))["presence"] == "offline"


async def test_presence_can_be_set(server: Server) -> None:
    alice, bob, _ = await room_of_two(server)
    await alice.sync(set_presence="offline")
    await bob.put(status_of(bob), {"presence": "unavailable", "status_msg": "at lunch 🍜"})
    expected = {**UNAVAILABLE, "status_msg": "at lunch 🍜"}
    assert presence(await alice.sync(set_presence="offline")) == {bob.user_id: expected}
    assert await bob.get(status_of(bob)) == {**expected, "last_active_ago": 0}
    await become(bob, "online")
    assert (await alice.get(status_of(bob)))["presence"] == "unavailable"
    await bob.put(status_of(bob), {"presence": "online"})
    assert presence(await alice.sync(set_presence="offline")) == {bob.user_id: ONLINE}


async def test_what_one_says_survives_a_restart(server: Server) -> None:
    alice, bob, _ = await room_of_two(server)
    await bob.put(status_of(bob), {"presence": "online", "status_msg": "here"})
    known = presence(await alice.sync(set_presence="offline"))
    assert known == {bob.user_id: {**ONLINE, "status_msg": "here"}}
    await server.restart()
    gone = {**OFFLINE, "status_msg": "here"}
    status = await alice.get(status_of(bob))
    assert status.pop("last_active_ago") < 1000
    assert status == gone
    assert presence(await (await server.login("alice")).sync(set_presence="offline")) == {bob.user_id: gone}


async def test_old_state_and_changes_make_new_state(server: Server, clock: FixedClock) -> None:
    _, bob, room_id = await room_of_two(server)
    carol = await server.register("carol")
    await carol.join(room_id)
    online, away = await server.login("alice"), await server.login("alice")
    await become(bob, "online")
    known = [presence(await client.sync(set_presence="offline")) for client in (online, away)]
    await carol.put(status_of(carol), {"presence": "unavailable", "status_msg": "busy"})
    await become(bob, "unavailable")
    known[0] |= presence(await online.sync(set_presence="offline"))
    known[1] |= presence(await away.sync(set_presence="offline", full_state="true"))
    fresh = presence(await (await server.login("alice")).sync(set_presence="offline"))
    assert fresh == {bob.user_id: UNAVAILABLE, carol.user_id: {**UNAVAILABLE, "status_msg": "busy"}}
    assert known == [fresh, fresh]
    await server.restart()
    await bob.send(room_id)
    known = [
        before | presence(await client.sync(set_presence="offline"))
        for before, client in zip(known, (online, away), strict=True)
    ]
    fresh = presence(await (await server.login("alice")).sync(set_presence="offline"))
    assert fresh == {bob.user_id: OFFLINE, carol.user_id: {**OFFLINE, "status_msg": "busy"}}
    assert known == [fresh, fresh]


async def test_who_enters_a_room_sees_its_members_and_is_seen(server: Server) -> None:
    alice, bob, room_id = await room_of_two(server)
    carol = await server.register("carol")
    await become(bob, "online")
    await become(carol, "online")
    for client in (alice, carol):
        await client.sync(set_presence="online")
    await settle(server)
    assert presence(await carol.sync()) == {}
    await alice.sync()
    await carol.join(room_id)
    await settle(server)
    assert presence(await carol.sync()) == {alice.user_id: ONLINE, bob.user_id: ONLINE}
    assert presence(await alice.sync()) == {carol.user_id: ONLINE}


async def test_strangers_are_not_shown(server: Server) -> None:
    alice, _, _ = await room_of_two(server)
    carol = await server.register("carol")
    await alice.put(status_of(alice), {"presence": "online", "status_msg": "secret"})
    for user_id in (alice.user_id, "@nobody:example.org", "nonsense", "@a\0b:example.org"):
        status, error = await carol.attempt("GET", f"/presence/{quote(user_id, safe='')}/status")
        assert (status, error["errcode"]) == (403, "M_FORBIDDEN")
    assert presence(await carol.sync()) == {}


async def test_what_cannot_be_is_refused(server: Server) -> None:
    alice, bob, _ = await room_of_two(server)
    cases: list[tuple[Any, int, str]] = [
        ({}, 400, "M_BAD_JSON"),
        ({"presence": "busy"}, 400, "M_BAD_JSON"),
        ({"presence": 1}, 400, "M_BAD_JSON"),
        ({"presence": "online", "status_msg": 1}, 400, "M_BAD_JSON"),
        ({"presence": "online", "status_msg": "ä" * 513}, 413, "M_TOO_LARGE"),
        ({"presence": "online", "status_msg": "x" * 20_000}, 413, "M_TOO_LARGE"),
        ([], 400, "M_BAD_JSON"),
    ]
    for body, status, errcode in cases:
        answered, error = await alice.attempt("PUT", status_of(alice), body)
        assert (answered, error["errcode"]) == (status, errcode), body
    status, error = await alice.attempt("PUT", status_of(bob), {"presence": "online"})
    assert (status, error["errcode"]) == (403, "M_FORBIDDEN")


async def test_the_filter_is_kept(server: Server) -> None:
    alice, bob, _ = await room_of_two(server)
    await become(bob, "online")
    for wanted in ('{"types": []}', '{"not_senders": ["@bob:example.org"]}', '{"limit": 0}'):
        alice.next_batch = None
        assert presence(await alice.sync(filter=f'{{"presence": {wanted}}}')) == {}


async def test_it_can_be_turned_off(make_server: Any) -> None:
    server: Server = await make_server(ROOMKEEPER_PRESENCE_ENABLED="off")
    alice, bob, _ = await room_of_two(server)
    await bob.sync()
    await bob.put(status_of(bob), {"presence": "online", "status_msg": "here"})
    assert await alice.get(status_of(bob)) == OFFLINE
    assert presence(await alice.sync()) == {}


async def test_the_time_of_who_stays_is_saved_now_and_then(server: Server, clock: FixedClock) -> None:
    alice, bob, room_id = await room_of_two(server)
    await bob.put(status_of(bob), {"presence": "online"})
    for _ in range(8):
        clock.advance(100_000)
        await bob.sync()
        await bob.send(room_id)
        await sweep(server)
    await server.restart()
    assert (await alice.get(status_of(bob)))["last_active_ago"] < 200_000


async def test_what_could_not_be_written_is_told_later(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob, _ = await room_of_two(server)
    await bob.put(status_of(bob), {"presence": "online"})
    await alice.sync(set_presence="offline")

    async def refuse(_groups: Any) -> None:
        raise DatabaseError("the disk is full")

    async def refuse_each(writes: Any) -> list[DatabaseError]:
        return [DatabaseError("the disk is full") for _ in writes]

    with monkeypatch.context() as patch:
        patch.setattr(server.app.driver, "apply", refuse)
        patch.setattr(server.app.driver, "apply_each", refuse_each)
        status, _ = await bob.attempt("PUT", status_of(bob), {"presence": "online", "status_msg": "here"})
        assert status == 503
    assert presence(await alice.sync(set_presence="offline")) == {}
    await bob.put(status_of(bob), {"presence": "online", "status_msg": "here"})
    assert presence(await alice.sync(set_presence="offline")) == {bob.user_id: {**ONLINE, "status_msg": "here"}}
