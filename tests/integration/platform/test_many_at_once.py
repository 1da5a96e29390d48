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


async def test_a_long_query_that_nobody_waits_for_ends(server: Server) -> None:
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000000) SELECT max(x) FROM n"
    )
    if server.app.driver.dialect == "postgresql":
        endless = "SELECT pg_sleep(1000000)"
    for _ in range(2):
        queries = [asyncio.create_task(server.app.driver.query_long(endless)) for _ in range(MANY)]
        await asyncio.sleep(0.05)
        for query in queries:
            query.cancel()
        async with asyncio.timeout(30):
            await asyncio.wait(queries)
            assert all(query.cancelled() for query in queries)
            assert await server.app.driver.query_long("SELECT 1") == [(1,)]
