"""Who does not want to be tracked: nothing of them is taken, and what there was is erased."""

from __future__ import annotations

from roomkeeper.capabilities.repair.models import TrackingChoice
from roomkeeper.capabilities.repair.store import choices as store
from roomkeeper.capabilities.repair.store import events
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write


class Choices:
    """What each user says of being tracked; without a word it is on."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._untracked: set[str] = set()

    async def load(self) -> None:
        """Know who does not want it; for the start."""
        self._untracked = set(await store.untracked(self._app.driver))

    def is_tracked(self, user_id: str) -> bool:
        """Whether events of a user may be kept."""
        return user_id not in self._untracked

    async def choose(self, user_id: str, choice: TrackingChoice) -> None:
        """What a user wants from now on. Off: what was tracked of them is erased."""
        write = Write()
        if choice.enabled:
            store.delete_untracked(write, user_id)
            await self._app.committer.submit(write)
            self._untracked.discard(user_id)
            return
        # At first, so that nothing comes in between.
        self._untracked.add(user_id)
        store.put_untracked(write, user_id, self._app.clock.now_ms())
        events.delete_user(write, user_id)
        await self._app.committer.submit(write)

    async def clean(self, reader: Reader, write: Write, user_id: str, limit: int) -> int:
        """A `UserCleaner`: nothing of somebody stays whose account is erased."""
        numbers = await events.numbers_of_user(reader, user_id, limit)
        events.delete_each(write, numbers)
        if not numbers:
            events.delete_aliases_of(write, user_id)
            store.delete_untracked(write, user_id)
            self._untracked.discard(user_id)
        return len(numbers)
