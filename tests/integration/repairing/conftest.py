"""Fixtures for repairing: an organisation on whose server faults may be made, and jobs that begin at once."""

from __future__ import annotations

import pytest

from roomkeeper.platform.jobs import service
from tests.conftest import MakeServer
from tests.integration.organisation.conftest import office_on
from tests.integration.repairing.world import World


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "START_DELAY_S", 0.0)


@pytest.fixture
async def world(make_server: MakeServer) -> World:
    """A server for practice, with its owner."""
    server = await make_server(
        ROOMKEEPER_REPAIR_REPORTS_DRILLS="on",
        ROOMKEEPER_REPAIR_REPORTS_VERIFY_SECONDS="6",
        ROOMKEEPER_REPAIR_REPORTS_HTTP_HOSTS="127.0.0.1:18999",
    )
    return World(await office_on(server))
