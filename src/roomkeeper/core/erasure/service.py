"""Clearing up after a closed account, a little at a time.

1. The user leaves every room, and rejects every invitation.
2. With ``erase`` the profile is cleared; nobody is told in rooms, since the user is in none any more.
3. Then each area removes what it keeps of the user.

The fact that the account was closed is delivered again after a crash, and each step may be done twice. Some steps are
done at once; where that is not enough, a job does the rest and tells how far it is.

spec: client-server §Account deactivation
"""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.core.accounts import Accounts, UserDeactivated
from roomkeeper.core.erasure.models import CLOSING, ClosedAccount, Progress
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.jobs import Chunk, Jobs

AT_ONCE = 12
"""Steps that are done without a job."""
ROOMS = 25
FIELDS = 50
ROWS = 500
"""Of a step: so many rooms are left, so many fields and entries go."""


class Erasure:
    """Clears up."""

    def __init__(self, app: Application, jobs: Jobs, accounts: Accounts, profiles: Profiles, rooms: Rooms) -> None:
        self._app = app
        self._jobs = jobs
        self._accounts = accounts
        self._profiles = profiles
        self._rooms = rooms

    async def begin(self, fact: UserDeactivated) -> None:
        """An account was closed: clear up at once, or with a job where it is much."""
        account = ClosedAccount(fact.user_id, fact.erase)
        cursor: Any = None
        for _ in range(AT_ONCE):
            chunk = await self.step(account, cursor)
            if chunk.write is not None and chunk.write.statements:
                await self._app.committer.submit(chunk.write)
            if chunk.cursor is None:
                return
            cursor = chunk.cursor
        key = f"{account.user_id} erase" if account.erase else account.user_id
        await self._jobs.start(CLOSING, account, started_by=account.user_id, key=key)

    async def step(self, account: ClosedAccount, cursor: Any) -> Chunk:
        """One step of the clearing; it looks for what is there still, so that none needs to know of those before."""
        at = Progress() if cursor is None else msgspec.convert(cursor, Progress)
        if (await self._accounts.user(account.user_id)).state != "deactivated":
            return _chunk(at, "the account was opened again", is_last=True)
        if at.phase == "rooms":
            return await self._leave(account, at)
        if at.phase == "profile":
            return await self._clear_profile(account, at)
        return await self._remove_entries(account, at)

    async def _leave(self, account: ClosedAccount, at: Progress) -> Chunk:
        left, remaining = await self._rooms.memberships.leave_some(account.user_id, ROOMS)
        at.done += left
        if remaining:
            return _chunk(at, f"{remaining} rooms to leave", total=at.done + remaining)
        at.phase = "profile"
        return _chunk(at, "", is_last=not account.erase)

    async def _clear_profile(self, account: ClosedAccount, at: Progress) -> Chunk:
        cleared = await self._profiles.clear_some(account.user_id, FIELDS)
        at.done += cleared
        if not cleared:
            at.phase = "entries"
        return _chunk(at, "clearing the profile")

    async def _remove_entries(self, account: ClosedAccount, at: Progress) -> Chunk:
        name, clean = self._rooms.user_cleaners.items()[at.cleaner]
        write = Write()
        removed = await clean(self._app.driver, write, account.user_id, ROWS)
        at.done += removed
        if not removed:
            at.cleaner += 1
        is_last = at.cleaner == len(self._rooms.user_cleaners.items())
        return _chunk(at, "" if is_last else f"removing {name}", write=write, is_last=is_last)


def _chunk(
    at: Progress, message: str, *, write: Write | None = None, total: int | None = None, is_last: bool = False
) -> Chunk:
    cursor = None if is_last else msgspec.to_builtins(at)
    return Chunk(cursor=cursor, done=at.done, total=at.done if is_last else total, message=message, write=write)
