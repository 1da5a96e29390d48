"""Media: files that users upload, show to each other, and see small.

spec: client-server §Content repository
"""

from __future__ import annotations

from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.media.access import Access
from roomkeeper.core.media.api import MediaApi
from roomkeeper.core.media.cleanup import Cleanup
from roomkeeper.core.media.models import Medium
from roomkeeper.core.media.service import Media
from roomkeeper.core.media.settings import MediaSettings
from roomkeeper.core.media.store import blobs_after
from roomkeeper.core.media.thumbnails import Thumbnails
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import RoomRows, Rooms
from roomkeeper.platform.application import Application

__all__ = ["Access", "Cleanup", "Media", "MediaSettings", "Medium", "install"]


def install(app: Application, profiles: Profiles, rooms: Rooms, analysis: Analysis) -> Media:
    """Make the service, serve its endpoints, and note what events and profiles refer to."""
    app.packages.append(__name__)
    settings = app.source.section(MediaSettings)
    access = Access(app.driver, app.committer, rooms, app.settings.server_name)
    media = Media(app, settings, access)
    thumbnails = Thumbnails(app, media, analysis, settings.max_image_pixels)
    MediaApi(app, media, thumbnails, settings).add_routes(app.routes)
    rooms.accepted.add("media", access.event_accepted)
    rooms.redacted.add("media", access.event_redacted)
    rooms.event_cleaners.add("media", access.events_removed)
    rooms.room_cleaners.add("media", RoomRows("media_references", ("media_id", "room_id", "event_id")))
    profiles.changing.add("media", access.profile_changed)
    app.blob_references.add("media", blobs_after)
    app.starting.add("media", media.start)
    app.background.add("media", Cleanup(app, media, settings).run)
    app.stopping.add("media", media.begin_stop)
    app.ending.add("media", access.settle)
    return media
