"""What similar pictures of cases are found by: worked out behind everything else, since it takes a worker process."""

from __future__ import annotations

import asyncio

import msgspec

from roomkeeper.capabilities.screening.models import Case, CaseMedium
from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.core.analysis import PERCEPTUAL_HASH, AnalysisFailed, Priority
from roomkeeper.core.analysis.analysers.perceptual_hash import HashParameters
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write

GOOD_QUALITY = 50
"""A perceptual hash of less tells nothing."""
MOST_WAITING = 1_000
NOTHING = "-"


class SimilarPictures:
    """Works it out, for the cases that it is told of; what a restart loses is worked out when somebody asks."""

    def __init__(self, app: Application, analysis: Analysis) -> None:
        self._app = app
        self._analysis = analysis
        self._queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)

    def note(self, case: Case) -> None:
        """A case may have pictures."""
        if any(_is_open(medium) for medium in case.media) and not self._queue.full():
            self._queue.put_nowait(case.case_id)

    async def run(self) -> None:
        """Work it out, for ever."""
        while True:
            case = await store.find(self._app.driver, await self._queue.get())
            if case is not None:
                await self.complete(case)

    async def complete(self, case: Case) -> Case:
        """The case with what its pictures are found by."""
        media = tuple(
            [
                msgspec.structs.replace(medium, similar_by=await self._hash(medium, case.sender))
                if _is_open(medium)
                else medium
                for medium in case.media
            ]
        )
        if media == case.media:
            return case
        after = msgspec.structs.replace(case, media=media, version=case.version + 1)
        write = Write()
        store.update(write, case, after)
        try:
            await self._app.committer.submit(write)
        except DatabaseError:  # something has become of it meanwhile
            return msgspec.structs.replace(case, media=media)
        return after

    async def _hash(self, medium: CaseMedium, user_id: str) -> str:
        path = self._app.blobs.path(medium.sha256)
        try:
            found = await self._analysis.run(
                PERCEPTUAL_HASH, path, HashParameters(), user=user_id, priority=Priority.BACKGROUND
            )
        except AnalysisFailed:
            return NOTHING
        return found.hash if found.quality >= GOOD_QUALITY else NOTHING


def _is_open(medium: CaseMedium) -> bool:
    return not medium.similar_by and bool(medium.sha256) and medium.content_type.startswith("image/")
