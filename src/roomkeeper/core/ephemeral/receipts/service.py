"""Moving receipts and read markers forward."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from roomkeeper.core.account_data import AccountData, Turns
from roomkeeper.core.ephemeral.receipts import rules, store
from roomkeeper.core.ephemeral.receipts.models import FULLY_READ, KIND, MAIN, READ_PRIVATE, Mark, Receipt
from roomkeeper.core.rooms import Room, Rooms, history
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.hooks import Slot

Moved = Callable[[Room, Receipt, int, Write], None]
"""Called with the room, a receipt that others may see and that moves, its position, and the write that moves it."""


class Receipts:
    """The receipts of every room."""

    def __init__(self, app: Application, rooms: Rooms, account_data: AccountData) -> None:
        self._driver = app.driver
        self._committer = app.committer
        self._positions = app.positions
        self._clock = app.clock
        self._rooms = rooms
        self._account_data = account_data
        self._turns = Turns()
        self.moved: Slot[Moved] = Slot("moved receipts")

    async def mark(self, user_id: str, room_id: str, marks: Sequence[Mark]) -> None:
        """Set a user's marks in a room; those that would go back stay where they are.

        Raises `NotFound` for an unknown room or event, `Forbidden` for a room that the user is not in, and
        `InvalidParameter` for a mark that cannot be one.
        """
        for mark in marks:
            rules.check_mark(mark)
        await self._rooms.check_joined(user_id, room_id)
        placed = [(mark, await self._position_of(room_id, mark)) for mark in marks]
        async with self._turns(user_id, room_id):
            forward = [
                (mark, position) for mark, position in placed if position > await self._current(user_id, room_id, mark)
            ]
            if forward:
                await self._write(user_id, room_id, forward)

    async def read_up_to(self, reader: Reader, user_id: str, room_id: str) -> dict[str | None, int]:
        """The positions of the events up to which a user has read, publicly or not, by thread (`None`: no thread)."""
        return await store.read_up_to(reader, room_id, user_id)

    async def _position_of(self, room_id: str, mark: Mark) -> int:
        """Where the event of a mark is in the room."""
        position = await self._rooms.event_position(room_id, mark.event_id)
        if position is None:
            raise NotFound("There is no such event in this room.")
        if mark.thread_id is not None and not await self._is_in_thread(room_id, mark.event_id, mark.thread_id):
            raise InvalidParameter("This event is not in that thread.")
        return position

    async def _is_in_thread(self, room_id: str, event_id: str, thread_id: str) -> bool:
        """Whether an event belongs to a thread: as its root, by relation, or by relation to what belongs to it.

        spec: client-server §Threaded read receipts
        """
        if thread_id == MAIN:
            relation = rules.relation_of(await self._content(room_id, event_id))
            return relation is None or relation[0] != rules.THREAD
        for _ in range(rules.HOPS + 1):
            if event_id == thread_id:
                return True
            content = await self._content(room_id, event_id)
            relation = rules.relation_of(content)
            if relation is None:
                # A redacted event has lost its relation; the client may remember it.
                return not content
            kind, event_id = relation
            if kind == rules.THREAD:
                return event_id == thread_id
        return False

    async def _content(self, room_id: str, event_id: str) -> Mapping[str, Any]:
        """The content of an event; of one that is not there something that relates to nothing."""
        nothing = {"msgtype": ""}
        position = await self._rooms.event_position(room_id, event_id)
        if position is None:
            return nothing
        found = await history.events_between(self._driver, room_id, position - 1, position, 1, newest_first=True)
        return found[0].event.content if found else nothing

    async def _current(self, user_id: str, room_id: str, mark: Mark) -> int:
        """Up to where the user has marked already, 0 for nowhere."""
        if mark.type != FULLY_READ:
            return await store.event_position(self._driver, room_id, user_id, mark.type, mark.thread_id)
        marker = await self._account_data.get(user_id, room_id, FULLY_READ)
        event_id = (marker or {}).get("event_id")
        position = await self._rooms.event_position(room_id, event_id) if event_id else None
        return position or 0

    async def _write(self, user_id: str, room_id: str, placed: Sequence[tuple[Mark, int]]) -> None:
        room = await self._rooms.check_joined(user_id, room_id)
        write = Write()
        for mark, event_position in placed:
            if mark.type == FULLY_READ:
                self._account_data.put(write, user_id, room_id, FULLY_READ, {"event_id": mark.event_id})
                continue
            receipt = Receipt(mark.type, mark.event_id, mark.thread_id, user_id, self._clock.now_ms())
            position = self._positions.next()
            store.upsert(write, room_id, receipt, event_position, position)
            recipients = (user_id,) if mark.type == READ_PRIVATE else room.joined
            for note in self.moved.values() if mark.type != READ_PRIVATE else ():
                note(room, receipt, position, write)
            write.show(Change(position, KIND, recipients, room_id, receipt))
        await self._committer.submit(write)
