"""Removing old messages from rooms that go on.

What may go, and why that is safe at any time, whatever the room's turn does meanwhile:
1. It is older than asked, and stands before the room's heads: new events build on those, and nothing that once had a
   successor becomes a head again.
2. It is no state event, or one that was replaced before that time, and of no type that says who was allowed what or who
   could see what: nothing that was replaced comes into force again.
3. It is no redaction whose target stays.

A room remembers up to where it was pruned: an event before that which no other refers to is no head.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.cleaning import EventCleaner, RemovedEvent
from roomkeeper.core.rooms.models import heads_of
from roomkeeper.platform.database import Driver, Write
from roomkeeper.platform.hooks import Slot

FOREVER = 2**62
NEWEST = 50
"""The newest events of a room, among which its heads are; see `cache`."""


class Pruned(msgspec.Struct, frozen=True):
    """What was looked at: how many events go with the write, and behind which position to look on (`None`: done)."""

    removed: int
    after: int | None


class _Sent(msgspec.Struct, frozen=True):
    origin_server_ts: int


class Pruning:
    """Removes old messages, a few at a time."""

    def __init__(self, driver: Driver, cleaners: Slot[EventCleaner]) -> None:
        self._driver = driver
        self._cleaners = cleaners

    async def rooms_after(self, room_id: str, limit: int) -> Sequence[str]:
        """Ids of rooms, in order, after that one."""
        return await store.rooms_after(self._driver, room_id, limit)

    async def count_rooms(self) -> int:
        """How many rooms there are."""
        return await store.count_rooms(self._driver)

    async def pruned_upto(self, room_id: str) -> int:
        """Up to which position events of a room were removed, 0 where none was."""
        return await store.pruned_upto(self._driver, room_id)

    async def first_sent(self, room_id: str, event_type: str, position: int) -> int | None:
        """When (milliseconds) the first event of that type from `position` on was sent; `None`: there is none."""
        pdu = await store.first_of_type(self._driver, room_id, event_type, position)
        return None if pdu is None else msgspec.json.decode(pdu, type=_Sent).origin_server_ts

    async def prune(self, write: Write, room_id: str, before_ts: int, after: int, limit: int) -> Pruned:
        """Remove with `write` up to `limit` of a room's events sent before then, of those behind position `after`."""
        newest = await store.newest_position(self._driver, room_id, FOREVER)
        found = await store.prunable(self._driver, room_id, before_ts, after, newest, limit)
        if not found:
            return Pruned(0, None)
        upto = await self._lowest_head(room_id)
        found = [event for event in found if event.position < upto]
        going = await self._without_redactions_that_stay(room_id, found)
        if going:
            removed = [RemovedEvent(event.position, event.event_id) for event in going]
            for clean in self._cleaners.values():
                await clean(self._driver, write, room_id, removed)
            store.remove_events(write, room_id, going)
        return Pruned(len(going), found[-1].position if len(found) == limit else None)

    async def _lowest_head(self, room_id: str) -> int:
        pruned_upto = await store.pruned_upto(self._driver, room_id)
        newest = await store.events_between(self._driver, room_id, 0, FOREVER, NEWEST, newest_first=True)
        heads = set(heads_of(newest[::-1], pruned_upto))
        return min((entry.position for entry in newest if entry.event.event_id in heads), default=0)

    async def _without_redactions_that_stay(
        self, room_id: str, found: Sequence[store.Prunable]
    ) -> list[store.Prunable]:
        going = {event.event_id for event in found}
        stay = set()
        for event in found:
            if event.redacts is None or event.redacts in going:
                continue
            if await store.event_position(self._driver, room_id, event.redacts) is not None:
                stay.add(event.event_id)
        return [event for event in found if event.event_id not in stay]
