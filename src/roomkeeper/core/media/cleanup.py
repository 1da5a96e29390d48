"""Removing what nobody needs, in small steps: ids whose files never came, files that nothing refers to, their blobs."""

from __future__ import annotations

import asyncio

from prometheus_client import Counter

from roomkeeper.core.media import store
from roomkeeper.core.media.service import HOUR_MS, Media
from roomkeeper.core.media.settings import MediaSettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write

PAGE = 200
STEP_SECONDS = 1.0
PAUSE_SECONDS = 600.0
"""Between two passes over everything."""

removed = Counter("roomkeeper_media_removed", "Media that were removed", ["why"])


class Cleanup:
    """Goes through all media again and again."""

    def __init__(self, app: Application, media: Media, settings: MediaSettings) -> None:
        self._app = app
        self._media = media
        self._keep_ms = settings.unreferenced_hours * HOUR_MS
        self._after = ""

    async def run(self) -> None:
        """For ever."""
        while True:
            more = await self.step()
            await asyncio.sleep(STEP_SECONDS if more else PAUSE_SECONDS)

    async def step(self) -> bool:
        """Look at one page of media; whether there are more in this pass."""
        now = self._app.clock.now_ms()
        for media_id in await store.expired(self._app.driver, now, PAGE):
            if not self._media.is_being_filled(media_id):
                write = Write()
                store.delete_expired(write, media_id)
                await self._app.committer.submit(write)
                removed.labels("expired").inc()
        page = await store.page(self._app.driver, self._after, PAGE)
        if self._keep_ms:
            for candidate in page:
                if candidate.unused and candidate.sha256 and candidate.uploaded_ts + self._keep_ms <= now:
                    await self._remove(candidate.media_id, candidate.sha256)
        self._after = page[-1].media_id if len(page) == PAGE else ""
        return bool(self._after)

    async def _remove(self, media_id: str, sha256: str) -> None:
        write = Write()
        store.delete_unused(write, media_id)
        await self._app.committer.submit(write)
        if await store.find_medium(self._app.driver, media_id) is None:
            removed.labels("unreferenced").inc()
            await self._remove_file(sha256)

    async def _remove_file(self, sha256: str) -> None:
        """The blob of a file that no medium has any more, and of its thumbnails."""
        async with self._media.blob_turn(sha256):
            if await store.file_is_used(self._app.driver, sha256):
                return
            thumbnails = await store.thumbnails_of(self._app.driver, sha256)
            write = Write()
            store.delete_thumbnails(write, sha256)
            await self._app.committer.submit(write)
            await self._remove_blob(sha256)
        for blob in thumbnails:
            async with self._media.blob_turn(blob):
                await self._remove_blob(blob)

    async def _remove_blob(self, sha256: str) -> None:
        if not await store.blob_is_used(self._app.driver, sha256):
            await self._app.blobs.delete(sha256)
