"""Account data in sync: of the account at the top, of rooms in their sections; of each type the newest alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.account_data import rules, store
from roomkeeper.core.account_data.models import KIND, Entry, entry
from roomkeeper.core.account_data.newcomers import WHOLE, entered_since
from roomkeeper.core.sync.sources import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Driver, Reader, Row
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import EventFilter, matcher

ROOMS_AT_ONCE = 200


class AccountDataSource:
    """See `SyncSource`."""

    def __init__(self, driver: Driver, generated: Mapping[str, Callable[[str], Mapping[str, Any]]]) -> None:
        """`generated`: see `AccountData`."""
        self._driver = driver
        self._generated = generated

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`."""
        rows = await store.between(reader, requester.user_id, since, upto)
        if since:
            rows = await self._older(reader, requester, since) + rows
        else:
            rows = self._not_stored(requester.user_id, rows) + rows
        return [
            Change(position, KIND, (requester.user_id,), room_id or None, entry(event_type, content))
            for position, room_id, event_type, content in rows
        ]

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`."""
        newest: dict[tuple[str | None, str], Entry] = {}
        for change in await self._unfold(changes, request):
            newest[change.room_id, change.data.type] = change.data
        for (room_id, _), data in newest.items():
            if room_id is None:
                if _is_wanted(request.filter.account_data, data, request, None):
                    answer.account_data.append(data.event)
            elif _is_wanted(request.filter.room.account_data, data, request, room_id):
                section = answer.room(room_id)
                if section is not None:
                    section.account_data.append(data.event)

    def _not_stored(self, user_id: str, rows: Sequence[Row]) -> list[Row]:
        """What every user has from the start, of the types that the user has not changed."""
        stored = {event_type for _, room_id, event_type, _ in rows if not room_id}
        return [
            (0, rules.GLOBAL, event_type, msgspec.json.encode(generate(user_id)))
            for event_type, generate in self._generated.items()
            if event_type not in stored
        ]

    async def _older(self, reader: Reader, requester: Requester, since: int) -> list[Row]:
        """What was there already in rooms that the user has entered since."""
        entered = sorted(await entered_since(reader, requester.user_id, since))
        found: list[Row] = []
        for start in range(0, len(entered), ROOMS_AT_ONCE):
            found += await store.of_rooms(reader, requester.user_id, entered[start : start + ROOMS_AT_ONCE], since)
        return sorted(found, key=lambda row: row[0])

    async def _unfold(self, changes: Sequence[Change], request: SyncRequest) -> Iterable[Change]:
        """The changes, with everything that there is for rooms that the user has just entered."""
        entered = [change.room_id for change in changes if change.data is WHOLE and change.room_id is not None]
        if not entered:
            return changes
        user_id = request.requester.user_id
        rows = await store.of_rooms(self._driver, user_id, entered, request.upto)
        older = [Change(row[0], KIND, (user_id,), row[1], entry(row[2], row[3])) for row in rows]
        return [*older, *(change for change in changes if change.data is not WHOLE)]


def _is_wanted(event_filter: EventFilter, data: Entry, request: SyncRequest, room_id: str | None) -> bool:
    """Whether the filter lets an entry through; its sender is the user themselves."""
    if event_filter.limit == 0 or (room_id is not None and not request.filter.room.includes_room(room_id)):
        return False
    match = matcher(event_filter)
    return match is None or match.matches(data.type, request.requester.user_id, room_id)
