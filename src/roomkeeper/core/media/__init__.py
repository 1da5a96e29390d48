"""Media: files that users upload, show to each other, and see small.

spec: client-server §Content repository
"""

from __future__ import annotations

from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.media.access import Access
from roomkeeper.core.media.api import MediaApi, add_cleanup_routes
from roomkeeper.core.media.cleanup import CLEANUP, Clean, Cleanup
from roomkeeper.core.media.models import Medium
from roomkeeper.core.media.service import Media
from roomkeeper.core.media.settings import MediaSettings
from roomkeeper.core.media.store import blobs_after, bytes_stored
from roomkeeper.core.media.thumbnails import Thumbnails
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import RoomRows, Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.figures import Measure
from roomkeeper.platform.jobs import Job, Jobs

__all__ = ["Access", "Cleanup", "Media", "MediaSettings", "Medium", "install"]


def install(
    app: Application, jobs: Jobs, profiles: Profiles, rooms: Rooms, analysis: Analysis, *, open_to_all: bool = False
) -> Media:
    """Make the service, serve its endpoints, and note what events and profiles refer to.

    `open_to_all`: the endpoints from before files needed an access token show what they are asked for.
    """
    app.packages.append(__name__)
    settings = app.source.section(MediaSettings)
    access = Access(app.driver, app.committer, rooms, app.clock, app.settings.server_name, settings.encrypted_window_ms)
    media = Media(app, settings, access)
    thumbnails = Thumbnails(app, media, analysis, settings.max_image_pixels)
    MediaApi(app, media, thumbnails, settings, open_to_all=open_to_all).add_routes(app.routes)
    rooms.accepted.add("media", access.event_accepted)
    rooms.redacted.add("media", access.event_redacted)
    rooms.event_cleaners.add("media", access.events_removed)
    rooms.room_cleaners.add("media", RoomRows("media_references", ("media_id", "room_id", "event_id")))
    rooms.room_cleaners.add("encrypted media", RoomRows("media_encrypted", ("media_id", "room_id")))
    profiles.changing.add("media", access.profile_changed)
    app.blob_references.add("media", blobs_after)
    app.starting.add("media", media.start)
    _measure(app)
    cleanup = Cleanup(app, jobs, rooms, media, settings)
    media.forget = cleanup.forget
    jobs.kinds.add(CLEANUP, Job(parameters=Clean, step=cleanup.step, unit="media"))
    add_cleanup_routes(app.routes, cleanup)
    app.background.add("media", cleanup.run)
    app.stopping.add("media", media.begin_stop)
    app.ending.add("media", access.settle)
    return media


def _measure(app: Application) -> None:
    async def stored() -> float:
        return float(await bytes_stored(app.driver))

    app.measures.add("media", Measure(unit="bytes", read=stored))
