"""Sync: how clients learn of everything that concerns them."""

from __future__ import annotations

from roomkeeper.core.accounts import SESSIONS_CHANGED
from roomkeeper.core.rooms import Rooms, UserRows
from roomkeeper.core.sync import api, filters
from roomkeeper.core.sync.feeds import Feeds
from roomkeeper.core.sync.filters import Filters
from roomkeeper.core.sync.rooms import SyncRooms
from roomkeeper.core.sync.service import Sync
from roomkeeper.core.sync.sources import RoomExtra, RoomSection, SyncAnswer, SyncRequest, SyncSource
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED
from roomkeeper.platform.figures import Figure

__all__ = ["RoomExtra", "RoomSection", "Sync", "SyncAnswer", "SyncRequest", "SyncSource", "install"]


def install(app: Application, rooms: Rooms) -> Sync:
    """Make the service, feed it with what is committed, serve its endpoints."""
    app.packages.append(__name__)
    feeds = Feeds(app.positions, app.clock)
    app.is_online = feeds.is_open
    rendering = SyncRooms(rooms, app.tracking)
    sync = Sync(app.driver, app.positions, rooms, rendering, feeds, lambda requester: app.http.recheck(requester))
    app.bus.subscribe(COMMITTED, feeds.deliver)
    app.bus.subscribe(SESSIONS_CHANGED, feeds.wake)
    app.background.add("sync feeds", feeds.sweep)
    app.figures.add("sync_waiting", Figure(unit="count", read=lambda: feeds.waiting))
    app.figures.add("users_online", Figure(unit="count", read=lambda: feeds.online))
    app.stopping.add("sync", feeds.close)
    rooms.user_cleaners.add("filters", UserRows("filters", ("user_id", "filter_id")))
    stored = Filters(app.driver, app.committer)
    filters.install(app, stored)
    api.install(app, sync, stored)
    return sync
