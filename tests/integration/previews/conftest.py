"""A site, and a server that may look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from roomkeeper.platform.clock import FixedClock
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.integration.previews.site import Site, running_site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running_site() as site:
        yield site


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
async def server(make_server: MakeServer, clock: FixedClock, site: Site) -> Server:
    """A server that may look at the site, at one of its addresses."""
    return await make_server(
        clock,
        ROOMKEEPER_PREVIEWS_ALLOWED_ADDRESSES="127.0.0.1/32",
        ROOMKEEPER_PREVIEWS_PORTS=f"80,443,{site.port}",
        ROOMKEEPER_MEDIA_UNREFERENCED_HOURS="1",
        ROOMKEEPER_PREVIEWS_TIMEOUT_S="60",
    )


@pytest.fixture
async def alice(server: Server) -> Client:
    return await server.register("alice")
