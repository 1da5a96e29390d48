"""Retention: what was tracked longer ago than the settings say is forgotten, in small pieces."""

from __future__ import annotations

import asyncio
from typing import Final

from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.capabilities.repair.store import events, volumes
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write

DAY_MS: Final = 86_400_000
LOOK_S: Final = 600.0
AT_ONCE: Final = 500
VOLUMES_DAYS: Final = 400
"""Figures tell of nobody, and are kept for longer."""


class Keeping:
    """Forgets what is old."""

    def __init__(self, app: Application, settings: RepairSettings) -> None:
        self._app = app
        self._settings = settings

    async def run(self) -> None:
        """Forget, for ever."""
        while True:
            await self.forget()
            await asyncio.sleep(LOOK_S)

    async def forget(self) -> int:
        """Forget all that is too old now; how many events that were."""
        now, forgotten = self._app.clock.now_ms(), 0
        before = now - self._settings.kept_days * DAY_MS
        while True:
            await self._app.giving_way.turn()
            numbers = await events.expired(self._app.driver, before, AT_ONCE)
            if not numbers:
                break
            write = Write()
            events.delete_numbers(write, numbers[0], numbers[-1])
            await self._app.committer.submit(write)
            forgotten += len(numbers)
        write = Write()
        events.delete_aliases(write, before)
        volumes.delete(write, now - VOLUMES_DAYS * DAY_MS)
        await self._app.committer.submit(write)
        return forgotten
