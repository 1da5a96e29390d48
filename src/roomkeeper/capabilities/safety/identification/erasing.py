"""What was submitted goes when its event is closed: candidates at once, then files that stand nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.capabilities.safety.store import identification as store
from roomkeeper.core.media import Media
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound


class Erasing:
    """Erases. A crash between the two leaves files that nothing refers to, which the cleanup of media finds."""

    def __init__(self, app: Application, media: Media) -> None:
        self._app = app
        self._media = media

    async def files(self, event_id: str) -> Sequence[tuple[str, str]]:
        """What was submitted for an event: the media, and who did."""
        return await store.media_of(self._app.driver, event_id)

    def rows(self, write: Write, event_id: str) -> None:
        """All that is stored of it."""
        store.delete_of_event(write, event_id)

    async def forget(self, files: Sequence[tuple[str, str]]) -> None:
        """The files, but for those that stand in a group."""
        for media_id, user_id in files:
            try:
                await self._media.forget(user_id, media_id)
            except NotFound:
                continue
