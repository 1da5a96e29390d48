"""Receipts in sync."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from roomkeeper.core.ephemeral.receipts import rules, store
from roomkeeper.core.ephemeral.receipts.models import KIND, Receipt
from roomkeeper.core.ephemeral.wanted import ephemeral_section
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.sync.sources import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Reader
from roomkeeper.platform.http import Requester

ROOMS_AT_ONCE = 100


class ReceiptSource:
    """See `SyncSource`."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`."""
        user_id, found = requester.user_id, []
        room_ids = sorted(await self._rooms.joined_rooms(user_id))
        for start in range(0, len(room_ids), ROOMS_AT_ONCE):
            some = room_ids[start : start + ROOMS_AT_ONCE]
            found += await store.between(reader, some, user_id, since, upto)
        found.sort(key=lambda placed: placed[0])
        return [Change(position, KIND, (user_id,), room_id, receipt) for position, room_id, receipt in found]

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`."""
        by_room: dict[str, list[Receipt]] = defaultdict(list)
        for change in changes:
            if change.room_id is not None:
                by_room[change.room_id].append(change.data)
        for room_id, receipts in by_room.items():
            section = ephemeral_section(request, answer, "m.receipt", room_id)
            if section is not None:
                section.ephemeral += rules.receipt_events(receipts)
