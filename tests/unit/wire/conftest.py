from __future__ import annotations

import pytest

from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion

from .rooms import Room


@pytest.fixture(params=list(ROOM_VERSIONS))
def version(request: pytest.FixtureRequest) -> RoomVersion:
    """Each room version in turn."""
    return ROOM_VERSIONS[request.param]


@pytest.fixture
def room(version: RoomVersion) -> Room:
    """A room of each version in turn, in which Alice is alone."""
    return Room(version.identifier)
