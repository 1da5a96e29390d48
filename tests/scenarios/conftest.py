"""Fixtures for scenarios: people who arrive, and application services."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from roomkeeper.core.sync import feeds
from tests.harness import Client, Server
from tests.integration.appservices.conftest import bridge, make_bridge
from tests.scenarios.model import Arrive, Device, law_holds, new_device, settled

__all__ = ["bridge", "make_bridge"]


@pytest.fixture
async def arrive(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Arrive]:
    """Let somebody (a name that is registered, or who they are) arrive with a device that has synced; another of theirs
    is away until the end of the story. Then the sync law holds.
    """
    monkeypatch.setattr(feeds, "KEPT_CHANGES", 8)
    devices: list[Device] = []

    async def somebody(who: str | Client) -> Device:
        client = await server.register(who) if isinstance(who, str) else who
        device = Device(client, "at hand")
        away = await new_device(server, client, "away", filter='{"room":{"timeline":{"limit":4}}}')
        for each in (device, away):
            await each.sync()
            devices.append(each)
        return device

    yield somebody
    await settled(server)
    await law_holds(server, devices)
