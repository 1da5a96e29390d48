"""Media: making ids, taking files in, finding them.

spec: client-server §Content repository
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import msgspec

from roomkeeper.core.media import rules, store
from roomkeeper.core.media.access import Access
from roomkeeper.core.media.models import CannotOverwriteMedia, DigestMismatch, Medium, NotYetUploaded
from roomkeeper.core.media.quota import Quota, Reservation
from roomkeeper.core.media.settings import MediaSettings
from roomkeeper.core.media.showing import Show
from roomkeeper.platform.application import Application
from roomkeeper.platform.blobs import IncomingBlob
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import Forbidden, LimitExceeded, NotFound, Unavailable
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.http import Requester
from roomkeeper.wire.identifiers import parse_mxc_uri

HOUR_MS = 3600 * 1000
KEPT_MEDIA = 10_000
"""Media with their files that are in memory: what is sent was mostly looked at while it was composed."""
UPLOADS = 8
"""Files that one user may upload at the same time."""
BUSY_MS = 1000
"""When to try again where too much is under way."""


Keeper = Callable[[str, Sequence[str]], Awaitable[AbstractSet[str]]]
"""Asked with a user and some media that this user has uploaded: which of them another area refers to."""
Stored = Callable[[Medium], None]
"""Called with each medium whose file has been stored, when that is durable and before its uploader is answered."""


class Upload(msgspec.Struct, frozen=True):
    """What the request says of the file: its type, name and promised SHA-256, and how long it is going to be."""

    content_type: str | None
    file_name: str | None
    sha256: str | None
    declared_length: int | None


class Media:
    """The files of this server's users."""

    forget: Callable[[str, str], Awaitable[bool]]
    """`Cleanup.forget`: remove what a user has uploaded, and nothing refers to."""

    def __init__(self, app: Application, settings: MediaSettings, access: Access) -> None:
        self.keepers: Slot[Keeper] = Slot("keepers of media")
        self.stored: Slot[Stored] = Slot("stored media")
        self.quota = Quota(app.driver, settings)
        self._app = app
        self._settings = settings
        self.access = access
        self.show = Show(app, self)
        self._server_name = app.settings.server_name
        self._creating: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._blob_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._uploads: Counter[str] = Counter()
        self._filling: set[str] = set()
        self._awaited: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        self._stopping = asyncio.Event()
        self._complete: OrderedDict[str, Medium] = OrderedDict()
        self._removals = 0

    async def start(self) -> None:
        """Remove what a crash left half received, and count what there is."""
        await asyncio.to_thread(self._app.blobs.drop_incoming)
        await self.quota.load()

    def uri(self, media_id: str) -> str:
        """The content URI of a medium."""
        return f"mxc://{self._server_name}/{media_id}"

    # ------------------------------------------------------------ making ids

    async def create(self, requester: Requester) -> Medium:
        """A new id, whose file is to come. Raises `LimitExceeded` for who has too many of those."""
        async with self._creating.setdefault(requester.user_id, asyncio.Lock()):
            now = self._app.clock.now_ms()
            count, expires = await store.pending_of(self._app.driver, requester.user_id, now)
            if count >= self._settings.max_pending:
                raise LimitExceeded(retry_after_ms=max(BUSY_MS, expires - now))
            expires_ts = now + self._settings.pending_hours * HOUR_MS
            medium = Medium(
                _new_id(), requester.user_id, now, expires_ts, None, None, 0, rules.UNKNOWN, None, rules.UNKNOWN, None
            )
            write = Write()
            store.insert_medium(write, medium)
            await asyncio.shield(self._app.committer.submit(write))
            self.access.uploaded(requester.user_id)
        return medium

    # ------------------------------------------------------------ taking files in

    async def upload(self, requester: Requester, upload: Upload, chunks: AsyncIterator[bytes]) -> Medium:
        """Store a file under a new id. Raises what `_take_in` raises."""
        now = self._app.clock.now_ms()
        empty = Medium(_new_id(), requester.user_id, now, None, None, None, 0, rules.UNKNOWN, None, rules.UNKNOWN, None)
        return await self._take_in(empty, upload, chunks)

    async def fill(
        self, requester: Requester, server_name: str, media_id: str, upload: Upload, chunks: AsyncIterator[bytes]
    ) -> None:
        """Store the file for an id that was made before.

        Raises `NotFound` (no such id, or it has expired), `Forbidden` (another's), `CannotOverwriteMedia`, and what
        `_take_in` raises; then the id is still without a file.
        """
        medium = await self._find(server_name, media_id)
        if medium.uploader != requester.user_id:
            raise Forbidden("This id was made by somebody else.")
        if medium.sha256 is not None or media_id in self._filling:
            raise CannotOverwriteMedia
        self._filling.add(media_id)
        try:
            await self._take_in(medium, upload, chunks)
        finally:
            self._filling.discard(media_id)
        arrived = self._awaited.get(media_id)
        if arrived is not None:
            arrived.set()

    async def _take_in(self, medium: Medium, upload: Upload, chunks: AsyncIterator[bytes]) -> Medium:
        """Receive, check, store; the medium as it is then.

        Raises `QuotaExceeded`, `LimitExceeded`, `DigestMismatch`, and what the stream raises: nothing is stored then.
        """
        async with self._place(medium.uploader, upload) as place, self._app.blobs.incoming(chunks) as blob:
            if upload.sha256 is not None and upload.sha256 != blob.sha256:
                raise DigestMismatch
            await place.grow(blob.size)
            return await self._store(medium, upload, blob)

    @asynccontextmanager
    async def _place(self, user_id: str, upload: Upload) -> AsyncIterator[Reservation]:
        """One of the uploads that a user may have under way, and the space that it is going to take."""
        if self._uploads[user_id] >= UPLOADS:
            raise LimitExceeded(retry_after_ms=BUSY_MS)
        self._uploads[user_id] += 1
        try:
            async with self.quota.reservation(user_id, upload.declared_length or 0) as reservation:
                yield reservation
        finally:
            self._uploads[user_id] -= 1
            if not self._uploads[user_id]:
                del self._uploads[user_id]

    async def _store(self, medium: Medium, upload: Upload, blob: IncomingBlob) -> Medium:
        claimed = rules.claimed_type(upload.content_type)
        content_type, sniffed = rules.served_type(claimed, blob.head)
        stored = msgspec.structs.replace(
            medium,
            uploaded_ts=self._app.clock.now_ms(),
            sha256=blob.sha256,
            size=blob.size,
            claimed_type=claimed,
            sniffed_type=sniffed,
            content_type=content_type,
            file_name=rules.file_name(upload.file_name),
        )
        write = Write()
        if medium.expires_ts is None:
            store.insert_medium(write, stored)
        else:
            store.fill_medium(write, stored)
        async with self.blob_turn(blob.sha256):
            await blob.store()
            try:
                await asyncio.shield(self._app.committer.submit(write))
            except DatabaseError:
                if await store.find_medium(self._app.driver, medium.media_id) is None and medium.expires_ts is not None:
                    raise NotFound("This id has expired.") from None
                raise
            self.quota.stored(stored.size)
            self.access.uploaded(stored.uploader)
        for tell in self.stored.values():
            tell(stored)
        self._app.tracking.track("media_received", stored.uploader, media_id=stored.media_id, size=stored.size)
        return stored

    def blob_turn(self, sha256: str) -> asyncio.Lock:
        """Held while a blob comes to be used, or is found to be unused and removed."""
        return self._blob_turns.setdefault(sha256, asyncio.Lock())

    def is_being_filled(self, media_id: str) -> bool:
        """Whether the file for this id is on its way in."""
        return media_id in self._filling

    # ------------------------------------------------------------ finding

    async def find(self, requester: Requester, server_name: str, media_id: str, timeout_ms: int) -> Medium:
        """A medium with its file, for which this waits up to `timeout_ms`.

        Raises `NotFound`, also where the user may not see it, and `NotYetUploaded`.
        """
        medium = await self._find(server_name, media_id)
        await self.access.check(requester.user_id, medium)
        if medium.sha256 is None:
            medium = await self._arrival(medium, timeout_ms)
        return medium

    async def find_for_anybody(self, server_name: str, media_id: str, timeout_ms: int) -> Medium:
        """The same, whoever asks: for clients that know of no authentication for files."""
        medium = await self._find(server_name, media_id)
        self.access.check_withheld(medium)
        return medium if medium.sha256 is not None else await self._arrival(medium, timeout_ms)

    async def look_up(self, media_id: str) -> Medium | None:
        """A medium of this server, whoever may see it; `None` where there is no such id (any more)."""
        known = self._complete.get(media_id)
        if known is not None:
            return known
        removals = self._removals
        medium = await store.find_medium(self._app.driver, media_id)
        if medium is None or self._is_expired(medium):
            return None
        if medium.sha256 is not None and removals == self._removals:  # from then on, it changes no more
            self._complete[media_id] = medium
            if len(self._complete) > KEPT_MEDIA:
                self._complete.popitem(last=False)
        return medium

    def removed(self, media_ids: Iterable[str]) -> None:
        """They may be gone from the database."""
        self._removals += 1
        for media_id in media_ids:
            self._complete.pop(media_id, None)

    async def awaited(self, medium: Medium, timeout_ms: int) -> Medium:
        """The medium with its file, for which this waits. Raises `NotYetUploaded`."""
        return medium if medium.sha256 is not None else await self._arrival(medium, timeout_ms)

    async def shown_after(self, media_id: str, limit: int) -> Sequence[Medium]:
        """Media with files which events or profiles show, in the order of their ids, after that one."""
        return await store.shown_after(self._app.driver, media_id, limit)

    async def of_file(self, sha256: str, limit: int) -> Sequence[Medium]:
        """Media that have these bytes."""
        return await store.media_of_file(self._app.driver, sha256, limit)

    async def references(self, media_id: str, after: tuple[str, str], limit: int) -> Sequence[store.Reference]:
        """The events that refer to a medium, by room and event id, after those two."""
        return await store.references_of(self._app.driver, media_id, after, limit)

    async def _find(self, server_name: str, media_id: str) -> Medium:
        """Raises `NotFound` and, where it cannot be a content URI, `ProtocolViolation` (M_INVALID_PARAM)."""
        parse_mxc_uri(f"mxc://{server_name}/{media_id}")
        if server_name != self._server_name:
            raise NotFound("This server does not talk to other servers yet, and has none of their files.")
        medium = await store.find_medium(self._app.driver, media_id)
        if medium is None or self._is_expired(medium):
            raise NotFound
        return medium

    def _is_expired(self, medium: Medium) -> bool:
        return medium.sha256 is None and (medium.expires_ts or 0) <= self._app.clock.now_ms()

    async def _arrival(self, medium: Medium, timeout_ms: int) -> Medium:
        arrived = self._awaited.setdefault(medium.media_id, asyncio.Event())
        found = await store.find_medium(self._app.driver, medium.media_id)
        if found is not None and found.sha256 is None and not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_ms / 1000):
                    await arrived.wait()
            found = await store.find_medium(self._app.driver, medium.media_id)
        if found is None or found.sha256 is None:
            raise Unavailable("The server is stopping.") if self._stopping.is_set() else NotYetUploaded()
        return found

    def begin_stop(self) -> None:
        """Send home who waits for a file."""
        self._stopping.set()
        for arrived in list(self._awaited.values()):
            arrived.set()


def _new_id() -> str:
    return secrets.token_urlsafe(24)
