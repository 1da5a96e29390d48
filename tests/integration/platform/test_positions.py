"""Stream positions: never twice, also what was never stored; and tokens from before a restart do no harm."""

from __future__ import annotations

import time

import pytest

from roomkeeper.platform import stream_tokens
from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.rooms.paths import room_path


async def test_never_reused_after_a_restart(server: Server) -> None:
    ann = await server.register("ann")
    room_id = await ann.create_room()
    given = []
    for number in range(3):
        await ann.send(room_id, f"message {number}")
        await ann.put(room_path(room_id, "typing", ann.user_id), {"typing": True, "timeout": 30_000})
        given.append(server.app.positions.last)
        await server.restart()
        assert server.app.positions.next() > given[-1], "typing takes positions that are not stored"
    row = await server.app.driver.query_one("SELECT count(*), count(DISTINCT position) FROM events")
    assert row is not None
    assert row[0] == row[1]


async def test_a_long_poll_with_an_old_token_waits_and_does_not_spin(server: Server) -> None:
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await ben.sync()
    await server.restart()
    await ben.sync()
    for client in (ann, ben):
        await client.sync()
    await server.restart()
    await ben.sync()
    processor, started = time.process_time(), time.monotonic()
    answer = await ben.sync(500)
    assert "rooms" not in answer
    assert time.monotonic() - started >= 0.4
    assert time.process_time() - processor < 0.2


async def test_what_is_not_stored_is_no_obstacle_for_who_was_away(server: Server) -> None:
    """A token that is older than the feed, and nothing in the database since: the poll must still wait."""
    ann, ben = await server.register("ann"), await server.register("ben")
    room_id = await ann.create_room(preset="public_chat")
    await ben.join(room_id)
    await ben.sync()
    old = ben.next_batch
    await server.restart()
    await ann.put(room_path(room_id, "typing", ann.user_id), {"typing": True, "timeout": 30_000})
    started = time.process_time()
    answer = await ben.sync(300, since=old)
    assert answer["rooms"]["join"][room_id]["ephemeral"]["events"][0]["content"]["user_ids"] == [ann.user_id]
    for _ in range(3):
        await ben.sync(300)
    assert time.process_time() - started < 0.5


async def test_reservations_are_made_ahead(server: Server) -> None:
    positions = server.app.positions
    row = await server.app.driver.query_one("SELECT reserved FROM stream_positions")
    assert row is not None
    assert row[0] > positions.last + 10_000


@pytest.mark.parametrize("times", [5])
async def test_positions_grow_through_restarts(make_server: MakeServer, times: int) -> None:
    server = await make_server()
    ann = await server.register("ann")
    room_id = await ann.create_room()
    tokens = []
    for number in range(times):
        await ann.send(room_id, f"message {number}")
        tokens.append(stream_tokens.decode((await ann.sync())["next_batch"]))
        await server.restart()
    assert tokens == sorted(set(tokens))
    assert await ann.timeline(room_id) == [f"message {number}" for number in range(times)]
