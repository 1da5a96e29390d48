"""Relations between events: threads, edits, reactions, references.

spec: client-server §Forming relationships between events, §Threading, §Event replacements, §Event annotations
"""

from __future__ import annotations

from roomkeeper.core.relations import api, rules
from roomkeeper.core.relations.bundling import Bundling
from roomkeeper.core.relations.service import Relations
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.rooms.cleaning import RoomRows
from roomkeeper.platform.application import Application

__all__ = ["Relations", "install"]


def install(app: Application, rooms: Rooms) -> Relations:
    """Keep the relations of what is sent, tell them with what is shown, and serve the endpoints."""
    app.packages.append(__name__)
    relations = Relations(rooms)

    async def start() -> None:
        relations.parents.floor = app.positions.last

    app.starting.add("relations", start)
    rooms.checks.add(rules.KEY, relations.check)
    rooms.accepted.add("relations", relations.accept)
    rooms.redacted.add("relations", relations.redacted)
    rooms.event_cleaners.add("relations", relations.remove)
    rooms.room_cleaners.add("relations", RoomRows("event_relations", ("position",)))
    rooms.related_among = relations.among
    rooms.shown.add("relations", Bundling(rooms, relations.parents).show)
    api.install(app, relations)
    return relations
