"""Removing the accounts of visitors who never wrote, as a durable job.

An account is closed and erased in the write that forgets the visitor; what it leaves (its room) is cleared up by what
clears up after every closed account. Doing a chunk again does no harm: who is gone is not found.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.accounts.closing import Closing
from roomkeeper.core.organisation.store import people
from roomkeeper.core.organisation.widget import store
from roomkeeper.core.organisation.widget.models import Visitor
from roomkeeper.core.organisation.widget.service import DAY_MS, Widget
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.jobs import Chunk, JobRecord, Jobs

CLEANUP = "widget_cleanup"
FIRST_LOOK_S = 60.0
LOOK_S = 3600.0
AT_ONCE = 20
TIMER = "timer"


class Clean(msgspec.Struct, frozen=True):
    """Remove who came before `before_ts` and has not written."""

    before_ts: int


class Cursor(msgspec.Struct):
    """Who was looked at last, and how many are gone."""

    after: str = ""
    removed: int = 0


class Cleanup:
    """The job, and when it begins."""

    def __init__(self, app: Application, jobs: Jobs, accounts: Accounts, widget: Widget, silent_days: int) -> None:
        self._app = app
        self._jobs = jobs
        self._closing = Closing(app, accounts)
        self._widget = widget
        self._silent_ms = silent_days * DAY_MS

    async def run(self) -> None:
        """Begin from time to time, where there is somebody to remove, for ever."""
        await asyncio.sleep(FIRST_LOOK_S)
        while True:
            if await store.silent_since(self._app.driver, self._before(), "", 1):
                await self.start()
            await asyncio.sleep(LOOK_S)

    async def start(self) -> JobRecord:
        """Begin; the job that is under way already, where there is one."""
        return await self._jobs.start(CLEANUP, Clean(self._before()), started_by=TIMER)

    def _before(self) -> int:
        return self._app.clock.now_ms() - self._silent_ms

    async def step(self, parameters: Clean, cursor: Any) -> Chunk:
        """The next visitors."""
        at = Cursor() if cursor is None else msgspec.convert(cursor, Cursor)
        found = await store.silent_since(self._app.driver, parameters.before_ts, at.after, AT_ONCE)
        for visitor in found:
            await self._remove(visitor)
        at.removed += len(found)
        if found:
            at.after = found[-1].user_id
        return Chunk(cursor=msgspec.to_builtins(at) if len(found) == AT_ONCE else None, done=at.removed)

    async def _remove(self, visitor: Visitor) -> None:
        write = Write()
        store.delete(write, visitor.user_id)
        if visitor.subject is not None:
            people.forget(write, visitor.user_id)
        try:
            await self._closing.deactivate(visitor.user_id, erase=True, write=write)
        except (InvalidParameter, NotFound):
            # Somebody else has closed and erased it before.
            await self._app.committer.submit(write)
        self._widget.forget(visitor.user_id)
