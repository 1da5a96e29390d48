"""Who types where, in memory: nothing here is worth a write to the disk.

1. A list that changes is shown whole, to the members of the room. spec: client-server §Typing Notifications
2. A user's typing ends when they say so, when its time is over, or when they leave the room.
3. What this process knows begins at `known_since`. A client whose token is older is shown the list of each of its
   rooms, also where nobody types: what it was shown last may be from before a restart.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import cast

from roomkeeper.core.ephemeral.typing.models import KIND, TypingRoom
from roomkeeper.core.rooms import EVENT, Rooms, TimelineEvent
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED, Change
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.logs import get_logger

log = get_logger(area="typing")

SHORTEST_MS = 1_000
LONGEST_MS = 120_000
MAX_TYPING = 100
"""Users shown as typing in one room at once; who starts later is not shown."""
MAX_ROOMS = 50_000
"""Rooms whose last change is remembered."""


class Typing:
    """The lists of typing users of all rooms."""

    def __init__(self, app: Application, rooms: Rooms) -> None:
        self._positions = app.positions
        self._committer = app.committer
        self._rooms = rooms
        self._typing: OrderedDict[str, TypingRoom] = OrderedDict()
        self._telling: set[asyncio.Task[None]] = set()
        self.known_since = 0
        app.bus.subscribe(COMMITTED, self._notice)

    async def start(self) -> None:
        """Nothing is known from before."""
        self.known_since = self._positions.last

    def stop(self) -> None:
        """Let no timer outlive the server."""
        for typing in self._typing.values():
            for timer in typing.timers.values():
                timer.cancel()

    async def set(self, user_id: str, room_id: str, *, is_typing: bool, timeout_ms: int) -> None:
        """Let a user type for `timeout_ms` from now on, or stop. Raises `NotFound` or `Forbidden` for the room."""
        room = await self._rooms.check_joined(user_id, room_id)
        typing = self._typing.get(room_id) or TypingRoom()
        before = typing.timers.get(user_id)
        if before is not None:
            before.cancel()
        if is_typing and (before is not None or len(typing.timers) < MAX_TYPING):
            seconds = min(max(timeout_ms, SHORTEST_MS), LONGEST_MS) / 1000
            timer = asyncio.get_running_loop().call_later(seconds, self._stop, user_id, room_id)
            typing.timers[user_id] = timer
        elif before is not None:
            del typing.timers[user_id]
        if (user_id in typing.timers) != (before is not None):
            self._typing[room_id] = typing
            await self._show(typing, room_id, room.joined)

    def current(self, room_id: str) -> TypingRoom | None:
        """The list of a room, `None` where it has not changed since `known_since`."""
        return self._typing.get(room_id)

    def _stop(self, user_id: str, room_id: str) -> None:
        """End a user's typing, from a timer or since they left."""
        typing = self._typing[room_id]
        timer = typing.timers.pop(user_id, None)
        if timer is not None:
            timer.cancel()
            task = asyncio.get_running_loop().create_task(self._tell(typing, room_id))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, typing: TypingRoom, room_id: str) -> None:
        try:
            room = await self._rooms.cache.get(room_id)
            await self._show(typing, room_id, room.joined)
        except (NotFound, DatabaseError) as error:
            log.warning("typing could not be shown", room_id=room_id, exc_info=error)

    def _show(self, typing: TypingRoom, room_id: str, members: frozenset[str]) -> asyncio.Future[None]:
        """Show the room's list to its members, as one change."""
        typing.position = self._positions.next()
        self._typing.move_to_end(room_id)
        self._forget_oldest()
        write = Write()
        write.show(Change(typing.position, KIND, members, room_id, typing.user_ids))
        return self._committer.submit(write)

    def _forget_oldest(self) -> None:
        while len(self._typing) > MAX_ROOMS:
            _, oldest = self._typing.popitem(last=False)
            for timer in oldest.timers.values():
                timer.cancel()
            self.known_since = max(self.known_since, oldest.position)

    def _notice(self, changes: Sequence[Change]) -> None:
        """Who leaves a room types there no more."""
        for change in changes:
            if change.kind != EVENT or change.room_id not in self._typing:
                continue
            event = cast(TimelineEvent, change.data).event
            if event.type == "m.room.member" and event.membership != "join" and event.state_key is not None:
                self._stop(event.state_key, event.room_id)
