"""Taking reports, and showing them to the machine's administrator."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.reports import store
from roomkeeper.core.reports.models import Kind, Report
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound, UserLimitExceeded
from roomkeeper.platform.http import Requester
from roomkeeper.wire.canonical_json import MAX_INTEGER

PER_DAY = 200
"""Reports that one user can make in a day."""
DAY_MS = 24 * 3600 * 1000


class Reports:
    """What users have reported. spec: client-server §Reporting Content"""

    def __init__(self, app: Application, accounts: Accounts, rooms: Rooms) -> None:
        self._app = app
        self._accounts = accounts
        self._rooms = rooms

    async def report_event(self, requester: Requester, room_id: str, event_id: str, reason: str) -> None:
        """Report an event of a room that one is in. Raises `NotFound`, `UserLimitExceeded`."""
        room = await self._rooms.cache.get(room_id)
        if requester.user_id not in room.joined:
            raise NotFound("The event was not found or you are not joined to the room.")
        _, entry = await self._rooms.reading.find(requester, room_id, event_id)
        sender = entry.event.sender
        await self._keep(requester, "event", reason, room_id=room_id, event_id=event_id, user_id=sender)

    async def report_room(self, requester: Requester, room_id: str, reason: str) -> None:
        """Report a room, whether one is in it or not. Raises `NotFound`, `UserLimitExceeded`."""
        await self._rooms.cache.get(room_id)
        await self._keep(requester, "room", reason, room_id=room_id)

    async def report_user(self, requester: Requester, user_id: str, reason: str) -> None:
        """Report a user. Raises `NotFound`, `UserLimitExceeded`."""
        await self._accounts.user(user_id)
        await self._keep(requester, "user", reason, user_id=user_id)

    async def page(self, before: int | None, limit: int) -> Sequence[Report]:
        """Reports, newest first, for the administrator; that they looked is in the audit log."""
        write = Write()
        self._app.audit.record(write, permission="reports.list", target="*")
        await self._app.committer.submit(write)
        return await store.page(self._app.driver, before or MAX_INTEGER, limit)

    async def _keep(
        self,
        requester: Requester,
        kind: Kind,
        reason: str,
        *,
        room_id: str | None = None,
        event_id: str | None = None,
        user_id: str | None = None,
    ) -> None:
        now = self._app.clock.now_ms()
        if await store.count_since(self._app.driver, requester.user_id, now - DAY_MS) >= PER_DAY:
            raise UserLimitExceeded(f"You can report {PER_DAY} times a day.")
        write = Write()
        store.insert(write, Report(0, now, requester.user_id, kind, reason, room_id, event_id, user_id))
        await self._app.committer.submit(write)
