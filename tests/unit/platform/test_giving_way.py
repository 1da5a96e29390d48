"""Work in the background leaves the loop to others between its pieces, and more of it the busier they are."""

from __future__ import annotations

import asyncio
import time

from roomkeeper.platform.giving_way import LEAST, MOST, GivingWay

PIECES = 40


async def test_others_have_their_turn_between_any_two_pieces() -> None:
    way, rounds, seen = GivingWay(), 0, list[int]()
    stopped = asyncio.Event()

    async def other() -> None:
        nonlocal rounds
        while not stopped.is_set():
            rounds += 1
            await asyncio.sleep(0)

    async def work() -> None:
        for _ in range(PIECES // 4):
            await way.turn()
            time.sleep(0.001)  # noqa: ASYNC251 - a piece of work
            seen.append(rounds)

    running = asyncio.create_task(other())
    await asyncio.gather(*(work() for _ in range(4)))
    stopped.set()
    await running
    assert len(seen) == PIECES
    assert len(set(seen)) == PIECES, "two pieces ran without anybody else in between"


async def test_the_share_of_others_follows_what_they_need() -> None:
    way = GivingWay()
    stopped = asyncio.Event()

    async def busy() -> None:
        while not stopped.is_set():
            until = time.thread_time() + 0.003
            while time.thread_time() < until:
                pass
            await asyncio.sleep(0)

    before = way.share
    running = asyncio.create_task(busy())
    for _ in range(3):
        await way.turn()
    stopped.set()
    await running
    assert before < way.share <= MOST, "it has its turn all the same"
    for _ in range(500):
        await way.turn()
    assert LEAST <= way.share < before


async def test_a_piece_that_is_given_up_holds_nobody_up() -> None:
    way = GivingWay()
    waiting = [asyncio.create_task(way.turn()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    async with asyncio.timeout(30):
        await way.turn()
