"""Presence in sync: of everyone else who is in a room with the user.

What this process knows begins at the presence's `known_since`; a client whose token is older is shown everything, as in
an initial sync, since those whom it believes online may have gone in a restart.
"""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.account_data.newcomers import WHOLE, entered_since
from roomkeeper.core.ephemeral.presence import rules
from roomkeeper.core.ephemeral.presence.models import KIND, Status
from roomkeeper.core.ephemeral.presence.service import Presence
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.sync.sources import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Driver, Reader
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import matcher


class PresenceSource:
    """See `SyncSource`."""

    def __init__(self, driver: Driver, presence: Presence, rooms: Rooms, clock: Clock) -> None:
        self._driver = driver
        self._presence = presence
        self._rooms = rooms
        self._clock = clock

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`."""
        user_id, known_since = requester.user_id, self._presence.known_since
        others = await self._rooms.users_sharing_rooms(user_id) - {user_id}
        if since == 0 or since < known_since <= upto:
            statuses = await self._presence.statuses(reader, others)
            return [Change(upto, KIND, (user_id,), None, status) for status in statuses]
        changed = self._presence.changed_between(others, since, upto)
        met = await self._members(await entered_since(reader, user_id, since), user_id)
        changed = [(since, status) for status in await self._presence.statuses(reader, met)] + changed
        return [Change(position, KIND, (user_id,), None, status) for position, status in changed]

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`: the newest of each user."""
        if request.filter.presence.limit == 0:
            return
        match, now_ms = matcher(request.filter.presence), self._clock.now_ms()
        newest: dict[str, Status] = await self._of_entered(changes, request)
        newest |= {change.data.user_id: change.data for change in changes if change.data is not WHOLE}
        for user_id, status in newest.items():
            if match is None or match.matches("m.presence", user_id):
                content = rules.content(status, now_ms)
                answer.presence.append({"type": "m.presence", "sender": user_id, "content": content})

    async def _of_entered(self, changes: Sequence[Change], request: SyncRequest) -> dict[str, Status]:
        """The presence of the members of rooms that the user has just entered."""
        entered = {change.room_id for change in changes if change.data is WHOLE and change.room_id is not None}
        members = await self._members(entered, request.requester.user_id)
        return {status.user_id: status for status in await self._presence.statuses(self._driver, members)}

    async def _members(self, room_ids: set[str], but: str) -> set[str]:
        """The members of some rooms."""
        return await self._presence.members(room_ids) - {but}
