"""Many who come at once to a server that has just been started, and has nothing in memory."""

from __future__ import annotations

import asyncio

from tests.harness import Server

MANY = 12
"""More than there are connections for long reads."""


async def test_a_cold_start_answers_many_initial_syncs_at_once(server: Server) -> None:
    clients = [await server.register(f"user{number}") for number in range(MANY)]
    room_ids = [await client.create_room() for client in clients]
    await server.restart()
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(client.sync() for client in clients))
    assert [list(answer["rooms"]["join"]) for answer in answers] == [[room_id] for room_id in room_ids]
