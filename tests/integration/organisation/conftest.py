"""Fixtures for the organisation."""

from __future__ import annotations

import pytest

from tests.harness import Server
from tests.integration.accounts.operator import operator
from tests.integration.organisation.office import PASSWORD, Office


@pytest.fixture
async def office(server: Server) -> Office:
    """An organisation with nobody but its owner, who administers the server."""
    body = {"user": "owner", "password": PASSWORD, "admin": True}
    assert (await operator(server, "POST", "/users", body))[0] == 200
    return Office(server, await server.login("owner", PASSWORD))
