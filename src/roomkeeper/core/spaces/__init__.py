"""Spaces: walking down the rooms of a space; and what somebody who could join a room may know of it.

spec: client-server §Spaces, §Room Summary
"""

from __future__ import annotations

from roomkeeper.core.rooms import Rooms
from roomkeeper.core.spaces import api
from roomkeeper.core.spaces.service import Spaces
from roomkeeper.platform.application import Application

__all__ = ["install"]


def install(app: Application, rooms: Rooms) -> None:
    """Serve the endpoints."""
    api.install(app, Spaces(rooms, app.clock))
