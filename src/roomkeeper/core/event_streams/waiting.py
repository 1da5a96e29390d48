"""Requests that wait for an event."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from roomkeeper.core.rooms import EVENT
from roomkeeper.platform.changes import Change
from roomkeeper.platform.http import Requester

POLLS_OF_A_DEVICE = 3
"""Requests of one device that may wait at a time; with one more, the oldest is answered."""


class Waiter:
    """One request, which wants events of one room, or of all that concern its user."""

    __slots__ = ("over", "requester", "room_id", "woken")

    def __init__(self, requester: Requester, room_id: str | None) -> None:
        self.requester = requester
        self.room_id = room_id
        self.woken = asyncio.Event()
        self.over = False

    def wants(self, change: Change) -> bool:
        """Whether it concerns this request."""
        if self.room_id is not None:
            return change.room_id == self.room_id
        return self.requester.user_id in change.recipients

    def end(self) -> None:
        """Let it be answered, with whatever there is."""
        self.over = True
        self.woken.set()


class Waiting:
    """All requests that wait."""

    def __init__(self) -> None:
        self._waiters: list[Waiter] = []
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiters)

    def enter(self, requester: Requester, room_id: str | None) -> Waiter:
        """Be woken from now on, until `leave`."""
        waiter = Waiter(requester, room_id)
        of_device = [other for other in self._waiters if other.requester == requester and not other.over]
        if len(of_device) >= POLLS_OF_A_DEVICE:
            of_device[0].end()
        self._waiters.append(waiter)
        if self._closed:
            waiter.end()
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """No more."""
        self._waiters.remove(waiter)

    def deliver(self, changes: Sequence[Change]) -> None:
        """Wake whom the changes concern. Nobody waits, mostly."""
        for waiter in self._waiters:
            if any(change.kind == EVENT and waiter.wants(change) for change in changes):
                waiter.woken.set()

    def close(self) -> None:
        """Let everybody be answered: the server stops."""
        self._closed = True
        for waiter in self._waiters:
            waiter.end()
