"""Account data in sync: of the account at the top, of rooms in their sections; of each type the newest alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from roomkeeper.core.account_data import rules, store
from roomkeeper.core.account_data.models import KIND, Entry, entry
from roomkeeper.core.sync.sources import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Driver, Reader, Row
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import EventFilter, matcher

ROOMS_AT_ONCE = 200


class AccountDataSource:
    """See `SyncSource`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`."""
        return [_change(row, requester) for row in await store.between(reader, requester.user_id, since, upto)]

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`."""
        newest: dict[tuple[str | None, str], Entry] = {}
        for change in changes:
            newest[change.room_id, change.data.type] = change.data
        for (room_id, _), data in newest.items():
            if room_id is None:
                if _is_wanted(request.filter.account_data, data, request, None):
                    answer.account_data.append(data.event)
            elif _is_wanted(request.filter.room.account_data, data, request, room_id):
                section = answer.room(room_id)
                if section is not None:
                    section.account_data.append(data.event)


def _is_wanted(event_filter: EventFilter, data: Entry, request: SyncRequest, room_id: str | None) -> bool:
    """Whether the filter lets an entry through; its sender is the user themselves."""
    if event_filter.limit == 0 or (room_id is not None and not request.filter.room.includes_room(room_id)):
        return False
    match = matcher(event_filter)
    return match is None or match.matches(data.type, request.requester.user_id, room_id)
