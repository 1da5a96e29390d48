"""Typing users in sync."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.account_data.newcomers import WHOLE, entered_since
from roomkeeper.core.ephemeral.typing.models import KIND
from roomkeeper.core.ephemeral.typing.service import Typing
from roomkeeper.core.ephemeral.wanted import ephemeral_section
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.sync.sources import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Reader
from roomkeeper.platform.http import Requester


class TypingSource:
    """See `SyncSource`."""

    def __init__(self, typing: Typing, rooms: Rooms) -> None:
        self._typing = typing
        self._rooms = rooms

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`: here from memory, and no more than the lists as they are now.

        Of a room that the user has entered since, also a list that last changed while they were not in it.
        """
        entered = await entered_since(reader, requester.user_id, since) if since else set()
        changes = []
        for room_id in await self._rooms.joined_rooms(requester.user_id):
            typing = self._typing.current(room_id)
            position = typing.position if typing else self._typing.known_since
            user_ids = typing.user_ids if typing else ()
            is_new = position > since or room_id in entered
            if is_new and position <= upto and (since or user_ids):
                changes.append(Change(position, KIND, (requester.user_id,), room_id, user_ids))
        return sorted(changes, key=lambda change: change.position)

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`: the newest list of each room."""
        lists: dict[str, tuple[str, ...]] = {}
        for change in changes:
            if change.room_id is not None:
                lists[change.room_id] = change.data if change.data is not WHOLE else self._now(change.room_id)
        for room_id, user_ids in lists.items():
            section = ephemeral_section(request, answer, "m.typing", room_id)
            if section is not None:
                section.ephemeral.append({"type": "m.typing", "content": {"user_ids": user_ids}})

    def _now(self, room_id: str) -> tuple[str, ...]:
        typing = self._typing.current(room_id)
        return typing.user_ids if typing else ()
