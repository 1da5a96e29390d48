"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from roomkeeper.platform.clock import Clock
from tests.consistency import check_data_dir
from tests.databases import ON_POSTGRESQL, databases
from tests.harness import Server

MakeServer = Callable[..., Awaitable[Server]]

# Machines may be busy: how long an example takes says nothing.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

collect_ignore = ["integration/test_cli.py"] if ON_POSTGRESQL else ["integration/platform/test_postgresql.py"]
"""What is about one of the databases alone."""


FOREIGN = ("tests/browser/", "tests/interop/")
"""Where programs of others take part, whose waits run out on a busy machine: such a test may be tried once more. The
summary counts those ("rerun"), and one that fails twice has failed."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests with foreign programs be tried once more."""
    for item in items:
        if item.nodeid.startswith(FOREIGN):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session", autouse=True)
def _stop_databases() -> Iterator[None]:
    yield
    databases.close()


@pytest.fixture
async def make_server(tmp_path: Path) -> AsyncIterator[MakeServer]:
    """Start servers with other settings: environment variables by name, and a clock.

    What each leaves behind must be consistent (`tests.consistency`).
    """
    started: list[Server] = []

    async def make(
        clock: Clock | None = None,
        data_dir: Path | None = None,
        *,
        with_capabilities: bool = True,
        **environment: str,
    ) -> Server:
        folder = data_dir or tmp_path / f"data{len(started)}"
        server = await Server(folder, clock, with_capabilities=with_capabilities, **environment).start()
        started.append(server)
        return server

    yield make
    for server in started:
        await server.stop()
        check_data_dir(server.data_dir, discarded=server.discarded)
    await databases.drop_all()


@pytest.fixture
async def server(make_server: MakeServer) -> Server:
    """A server with open registration and without rate limits."""
    return await make_server()
