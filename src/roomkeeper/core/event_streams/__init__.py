"""Streams of events without ``/sync``: of a room that one looks into, and, for clients from long ago, of all rooms.

spec: client-server §Room previews, §Syncing (deprecated endpoints)
"""

from __future__ import annotations

from roomkeeper.core.account_data import AccountData
from roomkeeper.core.event_streams import api
from roomkeeper.core.event_streams.service import EventStreams
from roomkeeper.core.event_streams.waiting import Waiting
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.sync import Sync
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED

__all__ = ["EventStreams", "install"]


def install(
    app: Application, rooms: Rooms, sync: Sync, account_data: AccountData, *, with_deprecated: bool
) -> EventStreams:
    """Make the service, let it hear of events, serve its endpoints; the deprecated ones where they are wanted."""
    waiting = Waiting()
    streams = EventStreams(app.driver, app.positions, rooms, sync, account_data, waiting)
    app.bus.subscribe(COMMITTED, waiting.deliver)
    app.stopping.add("event streams", waiting.close)
    api.install(app, streams, with_deprecated=with_deprecated)
    return streams
