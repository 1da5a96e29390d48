"""Removing what nobody needs, as a durable job.

1. Ids whose files have not come in time.
2. Media that nothing refers to, page by page: in the write that removes one, its blob is noted as released.
3. Released blobs that no medium has any more, with those of their thumbnails.
4. Files below the folder of blobs that belong to nothing: a crash leaves one that was stored just before the row that
   would have named it.

Each chunk is done again after a crash without harm: what is removed outside the database is removed after the row that
said that it was needed, and before the one that says that it is to be removed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import Counter

from roomkeeper.core.media import store
from roomkeeper.core.media.access import ENCRYPTED
from roomkeeper.core.media.service import HOUR_MS, Media
from roomkeeper.core.media.settings import MediaSettings
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.jobs import Chunk, JobRecord, Jobs

CLEANUP = "media_cleanup"
FIRST_LOOK_S = 60.0
LOOK_S = 600.0
PAGE = 200
BLOBS = 50
"""Released blobs that are looked at in one chunk."""
ENCRYPTED_ROOMS = 2000
"""Rooms of the media of one page that are looked at. What is beyond them stays until the next time."""
FOLDERS = 256
FOLDERS_AT_ONCE = 16
SPARED_S = 3600.0
"""A file that belongs to nothing is left alone for so long: what it is for may be on its way into the database."""
TIMER = "timer"

removed = Counter("roomkeeper_media_removed", "Media that were removed", ["why"])


class Clean(msgspec.Struct, frozen=True):
    """Remove what nobody needs; ages count back from `now` (milliseconds), also where a job is resumed."""

    now: int


class CleanCursor(msgspec.Struct):
    """How far it is: the phase, what was looked at last in it, and what was done. `size` is in bytes."""

    phase: str = "ids"
    after: str = ""
    folder: int = 0
    looked_at: int = 0
    total: int = 0
    removed: int = 0
    size: int = 0
    files: int = 0


class Cleanup:
    """The job, and when it begins."""

    def __init__(self, app: Application, jobs: Jobs, rooms: Rooms, media: Media, settings: MediaSettings) -> None:
        self._app = app
        self._jobs = jobs
        self._rooms = rooms
        self._media = media
        self._keep_ms = settings.unreferenced_hours * HOUR_MS
        self._interval_ms = settings.cleanup_interval_hours * HOUR_MS
        self._window_ms = settings.encrypted_window_ms

    # ------------------------------------------------------------ starting

    async def start(self, started_by: str) -> JobRecord:
        """Begin; the job that is under way already, where there is one."""
        write = Write()
        if started_by != TIMER:
            self._app.audit.record(write, permission="media.cleanup", target="*", reason="")
        parameters = Clean(self._app.clock.now_ms())
        return await self._jobs.start(CLEANUP, parameters, started_by=started_by, write=write)

    async def forget(self, user_id: str, media_id: str) -> bool:
        """Remove a file, or the id of one, that its uploader does not want to send after all.

        False where something refers to it: it stays then. Raises `NotFound` where it is not that user's.
        """
        candidate = await store.candidate(self._app.driver, media_id)
        if candidate is None or candidate.uploader != user_id:
            raise NotFound("You have no such file.")
        if not candidate.unused or not await self._without_kept([candidate]):
            return False
        write = Write()
        store.delete_unused(write, media_id)
        await self._app.committer.submit(write)
        self._media.removed([media_id])
        if await store.candidate(self._app.driver, media_id) is not None:
            return False  # something has come to refer to it in that moment
        removed.labels("given up").inc()
        if candidate.sha256:
            looked_at = Write()
            await self._look_at_blob(candidate.sha256, looked_at)
            await self._app.committer.submit(looked_at)
        return True

    async def run(self) -> None:
        """Begin from time to time, for ever."""
        await asyncio.sleep(FIRST_LOOK_S)
        while True:
            if await self._is_due():
                await self.start(TIMER)
            await asyncio.sleep(LOOK_S)

    async def _is_due(self) -> bool:
        if not await store.page(self._app.driver, "", 1) and not await asyncio.to_thread(self._folder.exists):
            return False
        last = await self._jobs.newest(CLEANUP)
        return last is None or self._app.clock.now_ms() - last.created_ts >= self._interval_ms

    @property
    def _folder(self) -> Path:
        return self._app.blobs.folder

    # ------------------------------------------------------------ the job

    async def step(self, parameters: Clean, cursor: Any) -> Chunk:
        """The next chunk of the phase."""
        at = CleanCursor() if cursor is None else msgspec.convert(cursor, CleanCursor)
        if cursor is None:
            at.total = await store.count(self._app.driver)
        if at.phase == "ids":
            return await self._expire(parameters, at)
        if at.phase == "media":
            return await self._look_at_media(parameters, at)
        if at.phase == "blobs":
            return await self._look_at_blobs(at)
        return await self._look_at_folders(at)

    async def _expire(self, parameters: Clean, at: CleanCursor) -> Chunk:
        found = await store.expired(self._app.driver, parameters.now, at.after, PAGE)
        write = Write()
        for media_id in found:
            if not self._media.is_being_filled(media_id):
                store.delete_expired(write, media_id)
                at.removed += 1
        at.after = found[-1] if found else ""
        if len(found) < PAGE:
            at.phase, at.after = "media", ""
        return self._chunk(at, write, lambda: removed.labels("expired").inc(len(found)))

    async def _look_at_media(self, parameters: Clean, at: CleanCursor) -> Chunk:
        page = await store.page(self._app.driver, at.after, PAGE)
        write = Write()
        going: list[store.Candidate] = []
        if self._keep_ms and page:
            await self._release_encrypted(parameters, page, write)
            old = [one for one in page if one.sha256 and one.uploaded_ts + self._keep_ms <= parameters.now]
            going = await self._without_kept([one for one in old if one.unused])
            for candidate in going:
                store.delete_unused(write, candidate.media_id)
        at.looked_at += len(page)
        at.removed += len(going)
        at.size += sum(one.size for one in going)
        at.after = page[-1].media_id if page else ""
        if len(page) < PAGE:
            at.phase, at.after = "blobs", ""

        def gone() -> None:
            removed.labels("unreferenced").inc(len(going))
            self._media.removed(one.media_id for one in going)

        return self._chunk(at, write, gone)

    async def _release_encrypted(self, parameters: Clean, page: Sequence[store.Candidate], write: Write) -> None:
        """Where retention has removed all events that can have meant a medium, that room holds it no longer.

        The medium itself goes the next time, where nothing else holds it.
        """
        pruned: dict[str, int] = {}
        first, last = page[0].media_id, page[-1].media_id
        for one in await store.encrypted_between(self._app.driver, first, last, ENCRYPTED_ROOMS):
            meant_until = one.created_ts + self._window_ms
            if meant_until > parameters.now:
                continue
            if one.room_id not in pruned:
                pruned[one.room_id] = await self._rooms.pruning.pruned_upto(one.room_id)
            if pruned[one.room_id] < one.position:
                continue
            sent = await self._rooms.pruning.first_sent(one.room_id, ENCRYPTED, one.position)
            if sent is None or sent > meant_until:
                store.delete_encrypted(write, one.media_id, one.room_id)

    async def _without_kept(self, candidates: Sequence[store.Candidate]) -> list[store.Candidate]:
        """Those to which no other area refers either."""
        kept: set[str] = set()
        for uploader in {one.uploader for one in candidates}:
            media_ids = [one.media_id for one in candidates if one.uploader == uploader]
            for keeper in self._media.keepers.values():
                kept |= await keeper(uploader, media_ids)
        return [one for one in candidates if one.media_id not in kept]

    async def _look_at_blobs(self, at: CleanCursor) -> Chunk:
        released = await store.released_blobs(self._app.driver, BLOBS)
        write = Write()
        for sha256 in released:
            at.files += await self._look_at_blob(sha256, write)
        if not released:  # looking at one releases those of its thumbnails
            at.phase = "folders"
        return self._chunk(at, write)

    async def _look_at_blob(self, sha256: str, write: Write) -> int:
        """Remove a blob that no medium has any more, and release those of its thumbnails; how many files went."""
        async with self._media.blob_turn(sha256):
            store.forget_released_blob(write, sha256)
            if await store.file_is_used(self._app.driver, sha256):
                return 0
            thumbnails = Write()
            for blob in await store.thumbnails_of(self._app.driver, sha256):
                if blob != sha256:
                    store.release_blob(thumbnails, blob)
            store.delete_thumbnails(thumbnails, sha256)
            await self._app.committer.submit(thumbnails)
            if await store.blob_is_used(self._app.driver, sha256):
                return 0
            await self._app.blobs.delete(sha256)
            return 1

    # ------------------------------------------------------------ files that belong to nothing

    async def _look_at_folders(self, at: CleanCursor) -> Chunk:
        for folder in range(at.folder, at.folder + FOLDERS_AT_ONCE):
            at.files += await self._look_at_folder(f"{folder:02x}")
        at.folder += FOLDERS_AT_ONCE
        finished = at.folder >= FOLDERS
        if finished:
            await self._media.quota.load()
        return self._chunk(at, Write(), finished=finished)

    async def _look_at_folder(self, prefix: str) -> int:
        """Remove the files in a folder that belong to nothing; how many they were."""
        count = 0
        files = await asyncio.to_thread(_old_files, self._folder / prefix, time.time() - SPARED_S)
        used = await self._used(prefix) if files else set()
        for sha256 in files:
            if sha256 not in used:
                async with self._media.blob_turn(sha256):
                    # Asked anew: it may have been uploaded again just now.
                    if sha256 not in await self._used(sha256):
                        await self._app.blobs.delete(sha256)
                        count += 1
        return count

    async def _used(self, prefix: str) -> set[str]:
        """The hashes with that beginning which any area refers to."""
        used: set[str] = set()
        for references in self._app.blob_references.values():
            # The last hash before all that have this beginning.
            after = f"{int(prefix, 16) - 1:0{len(prefix)}x}".ljust(64, "f") if int(prefix, 16) else ""
            while page := await references(self._app.driver, after, PAGE):
                used.update(sha256 for sha256 in page if sha256.startswith(prefix))
                after = page[-1]
                if len(page) < PAGE or not after.startswith(prefix):
                    break
        return used

    def _chunk(
        self, at: CleanCursor, write: Write, after: Callable[[], None] | None = None, *, finished: bool = False
    ) -> Chunk:
        message = f"{at.removed} media removed ({at.size} bytes), {at.files} files"
        if at.phase == "folders" and not finished:
            message += f"; looking for files that belong to nothing: {at.folder} of {FOLDERS} folders"
        return Chunk(
            cursor=None if finished else msgspec.to_builtins(at),
            done=at.looked_at,
            total=max(at.total, at.looked_at) if not finished else at.looked_at,
            message=message,
            write=write,
            after=after,
        )


def _old_files(folder: Path, before: float) -> list[str]:
    """The hashes of the blobs below a folder that were written before then (seconds)."""
    found = []
    for path in folder.glob("*/*"):
        try:
            if len(path.name) == 64 and path.stat().st_mtime < before:
                found.append(path.name)
        except FileNotFoundError:
            continue
    return found
