"""What is removed from rooms leaves the index, too."""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.rooms import RemovedEvent
from roomkeeper.core.search import store
from roomkeeper.platform.database import Reader, Write


class Removal:
    """Takes events out of the index; see the cleaners of rooms."""

    def __init__(self, index: store.Index) -> None:
        self._index = index

    async def events(self, reader: Reader, write: Write, _room_id: str, events: Sequence[RemovedEvent]) -> None:
        """An `EventCleaner`."""
        await self._take_out(reader, write, [event.position for event in events])

    async def room(self, reader: Reader, write: Write, room_id: str, limit: int) -> int:
        """A `RoomCleaner`."""
        positions = await store.positions_of(reader, room_id, limit)
        await self._take_out(reader, write, positions)
        return len(positions)

    async def _take_out(self, reader: Reader, write: Write, positions: Sequence[int]) -> None:
        for position in positions:
            entry = await store.find_entry(reader, position)
            if entry is not None:
                self._index.remove(write, entry)
            store.delete_edit(write, position)
