"""What is kept of previews, and for how long."""

from __future__ import annotations

import asyncio

from prometheus_client import Counter

from roomkeeper.core.media import Media
from roomkeeper.core.previews import store
from roomkeeper.core.previews.models import StoredPreview
from roomkeeper.core.previews.settings import PreviewSettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.blobs import IncomingBlob
from roomkeeper.platform.database import Write

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
PAGE = 100
STEP_SECONDS = 1.0
PAUSE_SECONDS = 600.0
"""Between two looks for what is too old."""

removed = Counter("roomkeeper_previews_removed", "Previews that were removed since they were old, or too many")


class Keeper:
    """Keeps previews, with their images, and removes them."""

    def __init__(self, app: Application, media: Media, settings: PreviewSettings) -> None:
        self._app = app
        self._media = media
        self._fresh_ms = settings.fresh_hours * HOUR_MS
        self._kept_ms = settings.kept_days * DAY_MS
        self._max_kept = settings.max_kept

    async def find(self, url_hash: str, ts: int | None) -> bytes | None:
        """The preview of a URL as of `ts` (milliseconds; `None`: now), as JSON; `None` where it is to be fetched.

        Of a time for which there is none, the next one after it is taken: it cannot be fetched any more.
        """
        now = self._app.clock.now_ms()
        at = now if ts is None else min(ts, now)
        before = await store.newest_upto(self._app.driver, url_hash, at)
        if before is not None and at < before.fresh_until_ts:
            return before.content
        after = await store.oldest_after(self._app.driver, url_hash, at)
        return None if after is None else after.content

    def preview(self, url_hash: str, content: bytes) -> StoredPreview:
        """A preview that has been fetched just now."""
        now = self._app.clock.now_ms()
        return StoredPreview(url_hash, now, now + self._fresh_ms, content)

    async def keep(self, preview: StoredPreview) -> None:
        """Keep a preview that has no image."""
        write = Write()
        store.upsert(write, preview)
        await self._app.committer.submit(write)

    async def keep_with_image(
        self, media_id: str, preview: StoredPreview, blob: IncomingBlob, content_type: str
    ) -> None:
        """Keep a preview and its image, which everybody may see for as long as the preview is kept."""
        write = Write()
        store.upsert(write, preview)
        await self._media.show.keep(_holder(preview.url_hash, preview.fetched_ts), media_id, blob, content_type, write)

    async def run(self) -> None:
        """Remove what is too old or too much, for ever."""
        while True:
            more = await self.step()
            await asyncio.sleep(STEP_SECONDS if more else PAUSE_SECONDS)

    async def step(self) -> bool:
        """Remove some; whether there are more."""
        oldest = self._app.clock.now_ms() - self._kept_ms
        surplus = await store.age_of_nth(self._app.driver, self._max_kept)
        before = oldest if surplus is None else max(oldest, surplus + 1)
        found = await store.fetched_before(self._app.driver, before, PAGE)
        if found:
            write = Write()
            for url_hash, fetched_ts in found:
                store.delete(write, url_hash, fetched_ts)
                self._media.show.let_go(write, _holder(url_hash, fetched_ts))
            await self._app.committer.submit(write)
            removed.inc(len(found))
        return len(found) == PAGE


def _holder(url_hash: str, fetched_ts: int) -> str:
    """Under which media know who needs the image."""
    return f"preview {fetched_ts} {url_hash}"
