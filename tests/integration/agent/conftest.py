"""Fixtures for the agent's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.databases import databases
from tests.integration.agent.desk import AgentProcess, Place
from tests.process import ServerProcess
from tests.time_limit import time_limit


@pytest.fixture(autouse=True)
def limited() -> Iterator[None]:
    """Nothing hangs for ever."""
    with time_limit():
        yield


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A server that runs, and somebody at a desk."""
    process = ServerProcess(tmp_path / "data")
    made = Place(process, tmp_path)
    try:
        await process.start()
        await made.staff("desk")
        await made.policy(others="all", screenshots=True)
        yield made
    finally:
        await made.http.close()
        await process.kill()
        await databases.drop_all()


@pytest.fixture
async def agent(place: Place) -> AsyncIterator[AgentProcess]:
    """The agent of that desk, which does not run yet."""
    made = AgentProcess(place)
    yield made
    await made.kill()
