"""What is removed from rooms leaves the index, too.

The indexer may just be writing what it read before the removal. Whichever of the two is written first, nothing stays:
these statements look for nothing beforehand but remove what is there when they run, and they count the removal, so
that a write of the indexer which was made before it fails, and is made anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.rooms import RemovedEvent
from roomkeeper.core.search import store
from roomkeeper.platform.database import Reader, Write


async def events(_reader: Reader, write: Write, _room_id: str, removed: Sequence[RemovedEvent]) -> None:
    """An `EventCleaner`."""
    store.remove(write, [event.position for event in removed])
    store.count_removal(write)


async def room(reader: Reader, write: Write, room_id: str, limit: int) -> int:
    """A `RoomCleaner`. The last time, too, it removes what may have come since it looked."""
    found = await store.rows_of(reader, room_id, limit)
    store.remove_of(write, room_id, limit)
    store.count_removal(write)
    return found
