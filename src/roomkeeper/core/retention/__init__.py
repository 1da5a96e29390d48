"""What does not stay for ever: old messages (retention), and rooms that the operator removes (purge)."""

from __future__ import annotations

from roomkeeper.core.retention import api
from roomkeeper.core.retention.models import PURGE, RETENTION, Purge, Retain
from roomkeeper.core.retention.purge import Purges
from roomkeeper.core.retention.service import Retention
from roomkeeper.core.retention.settings import RetentionSettings
from roomkeeper.core.retention.source import PURGED_ROOM, PurgedRooms
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.sync import Sync
from roomkeeper.platform.application import Application
from roomkeeper.platform.jobs import Job, Jobs

__all__ = ["Purges", "RetentionSettings", "install"]


def install(app: Application, jobs: Jobs, rooms: Rooms, sync: Sync) -> Purges:
    """Contribute the two jobs, let retention run from time to time, serve the operator's endpoints."""
    app.packages.append(__name__)
    retention = Retention(app, jobs, rooms, app.source.section(RetentionSettings))
    purges = Purges(app, jobs, rooms)
    jobs.kinds.add(RETENTION, Job(parameters=Retain, step=retention.step, unit="rooms"))
    jobs.kinds.add(PURGE, Job(parameters=Purge, step=purges.step, unit="rows", ended=purges.forget))
    sync.sources.add(PURGED_ROOM, PurgedRooms())
    rooms.gates.add_fast(purges.refuse, priority=0)
    rooms.room_cleaners.add("retention", retention.forget_room)
    app.starting.add("purges", purges.load)
    app.background.add("retention", retention.run)
    api.install(app, retention, purges)
    return purges
