"""Receipts in sync."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from roomkeeper.core.account_data.newcomers import WHOLE, entered_since
from roomkeeper.core.ephemeral.receipts import rules, store
from roomkeeper.core.ephemeral.receipts.models import KIND, Receipt
from roomkeeper.core.ephemeral.wanted import ephemeral_section
from roomkeeper.core.rooms import history
from roomkeeper.core.sync.sources import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Driver, Reader
from roomkeeper.platform.http import Requester

ROOMS_AT_ONCE = 100


class ReceiptSource:
    """See `SyncSource`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`."""
        user_id = requester.user_id
        memberships = await history.memberships_of(reader, user_id)
        joined = {found.room_id for found in memberships if found.membership == "join"}
        entered = await entered_since(reader, user_id, since) if since else set()
        found = await _between(reader, joined - entered, user_id, since, upto)
        found += await _between(reader, entered, user_id, 0, upto)
        return sorted(found, key=lambda change: change.position)

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`."""
        by_room: dict[str, list[Receipt]] = defaultdict(list)
        entered = {change.room_id for change in changes if change.data is WHOLE and change.room_id is not None}
        older = await _between(self._driver, entered, request.requester.user_id, 0, request.upto)
        for change in [*older, *changes]:
            if change.room_id is not None and change.data is not WHOLE:
                by_room[change.room_id].append(change.data)
        for room_id, receipts in by_room.items():
            section = ephemeral_section(request, answer, "m.receipt", room_id)
            if section is not None:
                section.ephemeral += rules.receipt_events(receipts)


async def _between(reader: Reader, room_ids: set[str], user_id: str, after: int, upto: int) -> list[Change]:
    """The receipts in these rooms that the user may see, room after room."""
    ordered, found = sorted(room_ids), []
    for start in range(0, len(ordered), ROOMS_AT_ONCE):
        found += await store.between(reader, ordered[start : start + ROOMS_AT_ONCE], user_id, after, upto)
    return [Change(position, KIND, (user_id,), room_id, receipt) for position, room_id, receipt in found]
