"""Previews: looked up, or made of the page and its image; those of one URL once, however many ask.

spec: client-server §Content repository, ``GET /_matrix/client/v1/media/preview_url``
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator

import msgspec
from prometheus_client import Counter as Metric

from roomkeeper.core.analysis import PROBE, AnalysisFailed, ProbeParameters
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.media import Media
from roomkeeper.core.previews import rules
from roomkeeper.core.previews.fetching import Fetched, Fetcher
from roomkeeper.core.previews.keeping import Keeper
from roomkeeper.core.previews.models import NoPreview, Properties, Target
from roomkeeper.core.previews.page import MAX_BYTES, MAX_TEXT, PageAnalyser, PageParameters
from roomkeeper.core.previews.settings import PreviewSettings
from roomkeeper.core.previews.texts import decoded, tidy
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import LimitExceeded, MatrixError, Unavailable
from roomkeeper.platform.logs import get_logger
from roomkeeper.platform.outgoing import OutgoingError

log = get_logger(area="previews")

PER_USER = 5
"""Previews that may be made for one user at a time."""
AT_ONCE = 50
"""Previews that may be made at a time."""
BUSY_MS = 1000
FAILED_MS = 5 * 60 * 1000
"""How long a page of which there is no preview is not tried again, in milliseconds."""
REMEMBERED = 2000
TEXT_BYTES = 16 * 1024
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", ""})
ACCEPT_PAGE = "text/html, application/xhtml+xml, image/*;q=0.8, */*;q=0.5"
ACCEPT_IMAGE = "image/webp, image/png, image/jpeg, image/gif, image/avif"
MAX_PIXELS = 50_000_000

made = Metric("roomkeeper_previews", "Previews that were asked for", ["outcome"])


class Previews:
    """The previews of this server."""

    def __init__(
        self,
        app: Application,
        media: Media,
        analysis: Analysis,
        page: PageAnalyser,
        keeper: Keeper,
        settings: PreviewSettings,
    ) -> None:
        self._app = app
        self._media = media
        self._analysis = analysis
        self._page = page
        self._keeper = keeper
        self._settings = settings
        self.fetcher = Fetcher(settings)
        self._making: dict[str, asyncio.Task[bytes]] = {}
        self._of_user: Counter[str] = Counter()
        self._failed: OrderedDict[str, tuple[str, int]] = OrderedDict()

    async def get(self, user_id: str, url: str, ts: int | None) -> bytes:
        """The preview of a URL, as of `ts` in milliseconds (`None`: now), as JSON.

        Raises `UnusableUrl`, `HostDenied`, `NoPreview`, `LimitExceeded`.
        """
        target = self.fetcher.target(url)
        url_hash = rules.url_hash(target)
        content = await self._keeper.find(url_hash, ts)
        if content is not None:
            made.labels("kept").inc()
            return content
        self._check_failed(url_hash)
        running = self._making.get(url_hash) or self._begin(user_id, target, url_hash)
        return await asyncio.shield(running)

    def _begin(self, user_id: str, target: Target, url_hash: str) -> asyncio.Task[bytes]:
        if self._of_user[user_id] >= PER_USER or len(self._making) >= AT_ONCE:
            raise LimitExceeded(retry_after_ms=BUSY_MS)
        task = asyncio.create_task(self._make(user_id, target, url_hash), name="preview")
        self._making[url_hash] = task
        self._of_user[user_id] += 1

        def ended(task: asyncio.Task[bytes]) -> None:
            del self._making[url_hash]
            self._of_user[user_id] -= 1
            if not self._of_user[user_id]:
                del self._of_user[user_id]
            if not task.cancelled():
                task.exception()  # whoever waited may have gone

        task.add_done_callback(ended)
        return task

    async def stop(self) -> None:
        """Give up what is under way, and let the connections go."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.fetcher.outgoing.close()

    # ------------------------------------------------------------ making

    async def _make(self, user_id: str, target: Target, url_hash: str) -> bytes:
        try:
            content = await self._fetch(user_id, target, url_hash)
        except asyncio.CancelledError:
            raise Unavailable("The server is stopping.") from None
        except OutgoingError as error:
            log.debug("a page could not be fetched", url_hash=url_hash, error=str(error))
            raise self._remember_failed(url_hash, NoPreview()) from None
        except LimitExceeded:
            raise
        except MatrixError as error:
            raise self._remember_failed(url_hash, error) from None
        made.labels("made").inc()
        return content

    async def _fetch(self, user_id: str, target: Target, url_hash: str) -> bytes:
        """Fetch the page, then its image, keep both; the answer."""
        async with self.fetcher.open(target, ACCEPT_PAGE, self._settings.timeout_s) as fetched:
            kind = fetched.content_type
            if kind.startswith("image/"):
                properties, images = rules.of_file(fetched.url, kind), [fetched.url]
            elif kind in PAGE_TYPES:
                properties, images = await self._read_page(user_id, fetched)
            elif kind.startswith("text/"):
                properties, images = await _read_text(fetched), []
            else:
                properties, images = rules.of_file(fetched.url, kind), []
        for address in images:
            content = await self._keep_with_image(user_id, url_hash, properties, address, fetched.url)
            if content is not None:
                return content
        content = msgspec.json.encode(properties)
        await self._keeper.keep(self._keeper.preview(url_hash, content))
        return content

    async def _read_page(self, user_id: str, fetched: Fetched) -> tuple[Properties, list[str]]:
        """What a page says, as far as it can be read, and where its images are."""
        async with self._app.blobs.incoming(fetched.stream.chunks(MAX_BYTES, cut=True)) as file:
            try:
                parameters = PageParameters(fetched.url, fetched.charset)
                page = await self._analysis.run(self._page, await file.on_disk(), parameters, user=user_id)
            except AnalysisFailed as failure:
                if failure.reason == "busy":
                    raise LimitExceeded(retry_after_ms=BUSY_MS) from None
                return rules.of_file(fetched.url, ""), []
        return rules.of_page(fetched.url, page.properties), page.images

    async def _keep_with_image(
        self, user_id: str, url_hash: str, properties: Properties, address: str, base: str
    ) -> bytes | None:
        """Keep the preview with the image at `address`; `None` where that is no image which can be had."""
        try:
            target = self.fetcher.target(address, base)
            async with self.fetcher.open(target, ACCEPT_IMAGE, self._settings.timeout_s) as fetched:
                chunks = fetched.stream.chunks(self._settings.max_image_size)
                async with self._app.blobs.incoming(chunks) as blob:
                    path = await blob.on_disk()
                    facts = await self._analysis.run(PROBE, path, ProbeParameters(MAX_PIXELS), user=user_id)
                    media_id = self._media.show.new_id()
                    uri = self._media.uri(media_id)
                    image = rules.of_image(uri, blob.size, facts.content_type, facts.width, facts.height)
                    content = msgspec.json.encode({**properties, **image})
                    preview = self._keeper.preview(url_hash, content)
                    await self._keeper.keep_with_image(media_id, preview, blob, facts.content_type)
        except (OutgoingError, MatrixError, AnalysisFailed) as error:
            log.debug("an image could not be fetched", url_hash=url_hash, error=str(error))
            return None
        return content

    # ------------------------------------------------------------ failing

    def _check_failed(self, url_hash: str) -> None:
        message, until = self._failed.get(url_hash, ("", 0))
        if until > self._app.clock.now_ms():
            raise NoPreview(message)

    def _remember_failed(self, url_hash: str, error: MatrixError) -> NoPreview:
        """Note it. Whatever a page leads to, it is told as its having no preview."""
        made.labels("failed").inc()
        told = error if isinstance(error, NoPreview) else NoPreview()
        self._failed[url_hash] = str(told), self._app.clock.now_ms() + FAILED_MS
        if len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)
        return told


async def _read_text(fetched: Fetched) -> Properties:
    """How a text begins."""
    pieces: AsyncIterator[bytes] = fetched.stream.chunks(TEXT_BYTES, cut=True)
    beginning = decoded(b"".join([piece async for piece in pieces]), fetched.charset)
    properties = rules.of_file(fetched.url, "text/plain")
    if about := tidy(beginning, MAX_TEXT):
        properties["og:description"] = about
    return properties
