"""Clearing up: frozen events for which the time to appeal is over, old cases, what was seen in files that are gone."""

from __future__ import annotations

import asyncio

from roomkeeper.capabilities.screening.cases import Cases
from roomkeeper.capabilities.screening.looking import Looking
from roomkeeper.capabilities.screening.store import cases as cases_store
from roomkeeper.capabilities.screening.store import looks as store
from roomkeeper.core.media import Media
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write

FIRST_S = 60.0
EVERY_S = 3600.0
PAGE = 200


class Clearing:
    """Clears up."""

    def __init__(self, app: Application, media: Media, looking: Looking, cases: Cases) -> None:
        self._app = app
        self._media = media
        self._looking = looking
        self._cases = cases

    async def run(self) -> None:
        """Now and then, for ever."""
        await asyncio.sleep(FIRST_S)
        while True:
            await self._cases.tidy()
            await self.forget_files()
            await asyncio.sleep(EVERY_S)

    async def forget_files(self) -> int:
        """Forget what was seen in files that no medium has any more; how many those were."""
        after, count = "", 0
        while page := await store.files_after(self._app.driver, after, PAGE):
            write = Write()
            for sha256 in page:
                if not await self._media.of_file(sha256, 1) and self._looking.is_idle(sha256):
                    store.forget_file(write, sha256)
                    self._looking.forget(sha256)
                    count += 1
            if write.statements:
                await self._app.committer.submit(write)
            after = page[-1]
            await asyncio.sleep(0)
        return count


class OwnedCases:
    """A `RoomCleaner` or a `UserCleaner`: removes the cases of a room or a user, which is the column."""

    def __init__(self, column: str) -> None:
        self._column = column

    async def __call__(self, reader: Reader, write: Write, owner_id: str, limit: int) -> int:
        """See `RoomCleaner`."""
        found = await cases_store.of_owner(reader, self._column, owner_id, limit)
        for case_id in found:
            cases_store.delete(write, case_id)
        return len(found)
