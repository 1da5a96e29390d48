"""Thumbnails: made once for each content and size, by a worker, and kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator

from roomkeeper.core.analysis import THUMBNAIL, AnalysisFailed, ThumbnailParameters
from roomkeeper.core.analysis.analysers.images import FORMATS
from roomkeeper.core.analysis.analysers.thumbnail import AS_THEY_ARE, Thumbnail
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.media import rules, store
from roomkeeper.core.media.models import CannotThumbnail, Medium, StoredThumbnail
from roomkeeper.core.media.service import BUSY_MS, Media
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import LimitExceeded, MatrixError, NotFound, TooLarge, Unavailable
from roomkeeper.platform.http import Requester

REMEMBERED = 2000
FAILED_MS = 10 * 60 * 1000
"""How long a file of which there is no thumbnail is not tried again, in milliseconds."""
STILL = frozenset({"image/png", "image/jpeg"})
READABLE = frozenset(FORMATS.values()) | {"image/apng"}

Key = tuple[str, int, int, str, bool]
"""SHA-256 of the file, width and height of the box, method, whether it may move."""


class Thumbnails:
    """Makes and keeps them."""

    def __init__(self, app: Application, media: Media, analysis: Analysis, max_pixels: int) -> None:
        self._app = app
        self._media = media
        self._analysis = analysis
        self._max_pixels = max_pixels
        self._making: dict[Key, asyncio.Future[StoredThumbnail]] = {}
        self._failed: OrderedDict[str, tuple[MatrixError, int]] = OrderedDict()

    async def get(
        self, requester: Requester, medium: Medium, width: int, height: int, method: str, *, animated: bool
    ) -> StoredThumbnail:
        """A thumbnail of at least that size. Raises `CannotThumbnail`, `TooLarge`, `LimitExceeded`."""
        assert medium.sha256 is not None
        if medium.sniffed_type not in READABLE:
            raise CannotThumbnail
        box = rules.thumbnail_box(width, height, method)
        if box is None:
            if medium.sniffed_type in (AS_THEY_ARE if animated else STILL):
                # Larger than all that are made: only the original is not too small.
                return StoredThumbnail(medium.sha256, medium.size, medium.sniffed_type)
            box = rules.SCALED[-1] if method == "scale" else (rules.SIDES[-1], rules.SIDES[-1])
        key = (medium.sha256, *box, method, animated)
        return await store.find_thumbnail(self._app.driver, *key) or await self._make_once(requester, medium, key)

    async def _make_once(self, requester: Requester, medium: Medium, key: Key) -> StoredThumbnail:
        """Make it, unless somebody else is doing so."""
        running = self._making.get(key)
        if running is None:
            running = self._making[key] = asyncio.ensure_future(self._make(requester, medium, key))
            running.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(running)

    async def _make(self, requester: Requester, medium: Medium, key: Key) -> StoredThumbnail:
        sha256, width, height, method, animated = key
        self._check_failed(sha256)
        parameters = ThumbnailParameters(
            width, height, "crop" if method == "crop" else "scale", animated, self._max_pixels
        )
        try:
            path = self._app.blobs.path(sha256)
            made = await self._analysis.run(THUMBNAIL, path, parameters, user=requester.user_id)
        except AnalysisFailed as failure:
            error = told(failure)
            if failure.reason not in ("busy", "stopped"):
                self._remember_failed(sha256, error)
            raise error from None
        return await self._keep(medium, key, made)

    async def _keep(self, medium: Medium, key: Key, made: Thumbnail) -> StoredThumbnail:
        sha256 = key[0]
        async with self._media.blob_turn(sha256):
            if not await store.file_is_used(self._app.driver, sha256):
                raise NotFound
            if not made.data:
                return await self._note(key, StoredThumbnail(sha256, medium.size, made.content_type))
            async with self._app.blobs.incoming(_once(made.data)) as blob:
                if blob.sha256 == sha256:
                    return await self._note(key, StoredThumbnail(sha256, blob.size, made.content_type))
                async with self._media.blob_turn(blob.sha256):
                    await blob.store()
                    return await self._note(key, StoredThumbnail(blob.sha256, blob.size, made.content_type))

    async def _note(self, key: Key, thumbnail: StoredThumbnail) -> StoredThumbnail:
        write = Write()
        store.insert_thumbnail(write, *key, thumbnail)
        await self._app.committer.submit(write)
        return thumbnail

    def _check_failed(self, sha256: str) -> None:
        error, until = self._failed.get(sha256, (None, 0))
        if error is not None and until > self._app.clock.now_ms():
            raise type(error)(str(error))

    def _remember_failed(self, sha256: str, error: MatrixError) -> None:
        self._failed[sha256] = error, self._app.clock.now_ms() + FAILED_MS
        if len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)


def told(failure: AnalysisFailed) -> MatrixError:
    """What a client is told of a failure."""
    if failure.reason == "too_large":
        return TooLarge(f"This image is too large for a thumbnail: {failure}")
    if failure.reason == "busy":
        return LimitExceeded(retry_after_ms=BUSY_MS)
    if failure.reason == "stopped":
        return Unavailable("The server is stopping.")
    return CannotThumbnail()


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
