"""Fixtures for the organisation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.conftest import MakeServer
from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.organisation.office import PASSWORD, Office

MakeOffice = Callable[..., Awaitable[Office]]


async def office_on(server: Server) -> Office:
    """An organisation with nobody but its owner, who administers the server."""
    body = {"user": "owner", "password": PASSWORD, "admin": True}
    assert (await operator(server, "POST", "/users", body))[0] == 200
    return Office(server, await server.login("owner", PASSWORD))


@pytest.fixture
async def office(server: Server) -> Office:
    """An organisation with nobody but its owner."""
    return await office_on(server)


@pytest.fixture
async def bare_office(make_server: MakeServer) -> Office:
    """The same on the core alone, without any capability."""
    return await office_on(await make_server(with_capabilities=False))


@pytest.fixture
def make_office(make_server: MakeServer) -> MakeOffice:
    """Make such an organisation with other settings."""

    async def make(**environment: str) -> Office:
        return await office_on(await make_server(**environment))

    return make
