from __future__ import annotations

import pytest
from hypothesis import settings

from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion

from .rooms import Room

# A busy machine makes single examples slow, which says nothing about the code.
settings.register_profile("wire", deadline=None)
settings.load_profile("wire")


@pytest.fixture(params=list(ROOM_VERSIONS))
def version(request: pytest.FixtureRequest) -> RoomVersion:
    """Each room version in turn."""
    return ROOM_VERSIONS[request.param]


@pytest.fixture
def room(version: RoomVersion) -> Room:
    """A room of each version in turn, in which Alice is alone."""
    return Room(version.identifier)
