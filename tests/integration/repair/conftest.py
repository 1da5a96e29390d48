"""A server with somebody who looks into trouble."""

from __future__ import annotations

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.integration.repair.desk import NOW, Desk


@pytest.fixture
async def desk(make_server: MakeServer) -> Desk:
    """The desk of a server whose clock is turned by hand."""
    clock = FixedClock(NOW)
    server = await make_server(clock)
    return Desk(server, clock, await server.register("alice"))
