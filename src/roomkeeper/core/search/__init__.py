"""Search: finding what was said.

spec: client-server §Server Side Search
"""

from __future__ import annotations

from roomkeeper.core.rooms import Rooms
from roomkeeper.core.search import api, removal, store
from roomkeeper.core.search.indexer import Indexer
from roomkeeper.core.search.service import Search
from roomkeeper.platform.application import Application

__all__ = ["Search", "install"]


def install(app: Application, rooms: Rooms) -> Search:
    """Index what is said, and serve searches of it."""
    app.packages.append(__name__)
    index = store.index_for(getattr(app.driver, "dialect", "sqlite"))
    indexer = Indexer(app, index)
    app.background.add("search", indexer.follower.run)
    rooms.event_cleaners.add("search", removal.events)
    rooms.room_cleaners.add("search", removal.room)
    search = Search(app, rooms, index, indexer.follower)
    api.install(app, search)
    return search
