"""A running service, and a server with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.appservices.bridge import Bridge

MakeBridge = Callable[..., Awaitable[Bridge]]


@pytest.fixture
async def make_bridge(tmp_path: Path) -> AsyncIterator[MakeBridge]:
    """Start services with other registrations."""
    made: list[Bridge] = []

    async def make(name: str = "irc", **registration: Any) -> Bridge:
        bridge = Bridge(tmp_path, name, **registration)
        made.append(bridge)
        return await bridge.start()

    yield make
    for bridge in made:
        await bridge.stop()


@pytest.fixture
async def bridge(make_bridge: MakeBridge) -> Bridge:
    """One service."""
    return await make_bridge()


@pytest.fixture
async def bridged(make_server: MakeServer, bridge: Bridge) -> Server:
    """A server that knows it."""
    return await make_server(ROOMKEEPER_APPSERVICES=str(bridge.file))
