"""The outbox: what has happened is told at least once, in order, through failures and restarts."""

from __future__ import annotations

import asyncio

import pytest

from roomkeeper.platform.clock import FixedClock
from roomkeeper.platform.database import DatabaseError, Statement, Write
from roomkeeper.platform.facts import FIRST_RETRY_MS, LONGEST_RETRY_MS, Fact
from tests.conftest import MakeServer
from tests.harness import Server
from tests.scenarios.model import settled


@pytest.fixture
async def server(make_server: MakeServer) -> Server:
    """A server without capabilities, which record facts of their own at the start."""
    return await make_server(with_capabilities=False)


class Happened(Fact, frozen=True):
    """Something did."""

    what: str


class Log:
    """A handler that remembers, and fails as often as it is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.failures: dict[str, int] = {}

    async def __call__(self, fact: Happened) -> None:
        self.heard.append(fact.what)
        if self.failures.get(fact.what, 0) > 0:
            self.failures[fact.what] -= 1
            raise RuntimeError("not now")


async def happen(server: Server, *what: str) -> None:
    """Record facts, each with a write of its own."""
    for each in what:
        write = Write()
        server.app.facts.record(write, Happened(each))
        await server.app.committer.submit(write)


async def test_told_once_and_in_order(server: Server) -> None:
    log = Log()
    server.app.facts.handle(Happened, log)
    names = [str(number) for number in range(250)]
    await happen(server, *names)
    await settled(server)
    assert log.heard == names


async def test_to_every_handler(server: Server) -> None:
    first, second = Log(), Log()
    server.app.facts.handle(Happened, first)
    server.app.facts.handle(Happened, second)
    await happen(server, "a")
    await settled(server)
    assert first.heard == second.heard == ["a"]


async def test_what_nobody_handles_is_not_stored(server: Server) -> None:
    await happen(server, "a")
    assert await server.app.driver.query("SELECT * FROM outbox") == []


async def test_tried_again_later_and_later(make_server: MakeServer) -> None:
    clock, log = FixedClock(), Log()
    server = await make_server(clock, with_capabilities=False)
    server.app.facts.handle(Happened, log)
    log.failures["a"] = 3
    await happen(server, "a", "b")
    await asyncio.sleep(0.05)
    assert log.heard == ["a", "b"], "one that fails does not hold the others up"
    for attempt in range(3):
        row = await server.app.driver.query_one("SELECT attempts, next_attempt_ts FROM outbox")
        assert row == (attempt + 1, clock.now_ms() + FIRST_RETRY_MS * 2**attempt)
        clock.advance(FIRST_RETRY_MS * 2**attempt - 1)
        await server.app.facts.deliver_due()
        assert log.heard.count("a") == attempt + 1
        clock.advance(1)
        await server.app.facts.deliver_due()
        assert log.heard.count("a") == attempt + 2
    assert await server.app.driver.query("SELECT * FROM outbox") == []


async def test_the_longest_wait_is_bounded(make_server: MakeServer) -> None:
    clock, log = FixedClock(), Log()
    server = await make_server(clock, with_capabilities=False)
    server.app.facts.handle(Happened, log)
    log.failures["a"] = 10**6
    await happen(server, "a")
    await asyncio.sleep(0.05)
    await server.app.committer.commit(Statement("UPDATE outbox SET attempts = 5000, next_attempt_ts = 0"))
    assert await server.app.facts.deliver_due() == LONGEST_RETRY_MS


async def test_survives_a_restart(server: Server) -> None:
    server.app.facts.handle(Happened, Log())
    for task in asyncio.all_tasks():
        if task.get_name() == "facts":
            task.cancel()
    await asyncio.sleep(0)
    await happen(server, "a", "b")
    await server.stop()
    log = Log()
    await server.start()
    server.app.facts.handle(Happened, log)
    await server.app.committer.commit(Statement("UPDATE outbox SET next_attempt_ts = 0"))
    server.app.facts._wake.set()
    await settled(server)
    assert log.heard == ["a", "b"]


async def test_a_fact_is_told_only_if_it_came_true(server: Server) -> None:
    log = Log()
    server.app.facts.handle(Happened, log)
    write = Write([Statement("nonsense")])
    server.app.facts.record(write, Happened("never"))
    with pytest.raises(DatabaseError):
        await server.app.committer.submit(write)
    await happen(server, "a")
    await settled(server)
    assert log.heard == ["a"]
