"""Fixtures for SCIM."""

from __future__ import annotations

import pytest

from tests.harness import Server
from tests.integration.organisation.scim.client import Scim, scim_of


@pytest.fixture
async def scim(server: Server) -> Scim:
    """An identity provider."""
    return await scim_of(server)
