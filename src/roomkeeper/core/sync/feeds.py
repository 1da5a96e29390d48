"""What has changed lately for each user who is online, in memory: an incremental sync needs nothing else.

A feed holds every change for its user after its `start`. It is opened by the user's first sync, fed after each commit,
and closed when nobody has asked for it for some minutes; then the database answers, and it is opened anew.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import takewhile

from prometheus_client import Gauge

from roomkeeper.platform.changes import Change
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Positions

KEPT_CHANGES = 500
"""Changes that a feed holds at most; a client that is further behind reads from the database."""
KEPT_SEEN = 50
"""Changes that a feed keeps though a device has seen them: for the user's others, and for an answer that got lost."""
POLLS_OF_A_DEVICE = 3
"""Long-polls of one device that may wait at a time; with one more, the oldest is answered: its client has hung up."""
IDLE_SECONDS = 300.0
SWEEP_SECONDS = 30.0

open_feeds = Gauge("roomkeeper_sync_feeds", "Users who have synced in the last minutes")
waiting_syncs = Gauge("roomkeeper_sync_waiting", "Long-polls that wait for something to happen")


class Feed:
    """The recent changes for one user, and the long-polls that wait for the next."""

    __slots__ = ("changes", "start", "used", "waiters")

    def __init__(self, start: int, now: float) -> None:
        self.start = start
        self.changes: deque[Change] = deque()
        self.waiters: dict[asyncio.Future[bool], str] = {}
        self.used = now

    def since(self, position: int) -> list[Change] | None:
        """All changes after `position`, oldest first; `None` where the feed does not reach back so far."""
        if position < self.start:
            return None
        # From the newest backwards: a client that is online is a few changes behind at most.
        new = list(takewhile(lambda change: change.position > position, reversed(self.changes)))
        new.reverse()
        return new

    def add(self, change: Change) -> None:
        """Take in a change; the oldest go when there are too many."""
        self.changes.append(change)
        if len(self.changes) > KEPT_CHANGES:
            self.start = self.changes.popleft().position

    def forget_seen(self, position: int) -> None:
        """Let go of what a device has seen, but for the last of it."""
        changes = self.changes
        while len(changes) > KEPT_SEEN and changes[0].position <= position:
            self.start = changes.popleft().position

    def wake(self) -> None:
        """Let every waiting long-poll look again."""
        for waiter in self.waiters:
            _settle(waiter, look_again=True)

    async def wait(self, seconds: float, device_id: str) -> bool:
        """Wait for the next change, at most `seconds`. False: there is none, answer what there is."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        self._make_room(device_id)
        timer = loop.call_later(seconds, _give_up, waiter)
        self.waiters[waiter] = device_id
        try:
            return await waiter
        finally:
            del self.waiters[waiter]
            timer.cancel()

    def _make_room(self, device_id: str) -> None:
        """Let the oldest long-poll of a device go where it has too many."""
        of_device = [waiter for waiter, device in self.waiters.items() if device == device_id]
        if len(of_device) >= POLLS_OF_A_DEVICE:
            _settle(of_device[0], look_again=False)


class Feeds:
    """The feeds of everyone who is online."""

    def __init__(self, positions: Positions, clock: Clock) -> None:
        self._positions = positions
        self._clock = clock
        self._feeds: dict[str, Feed] = {}
        self.closed = False
        open_feeds.set_function(lambda: len(self._feeds))
        waiting_syncs.set_function(lambda: self.waiting)

    @property
    def waiting(self) -> int:
        """Long-polls that wait for something to happen."""
        return sum(len(feed.waiters) for feed in self._feeds.values())

    @property
    def online(self) -> int:
        """Users who have synced in the last minutes."""
        return len(self._feeds)

    def open(self, user_id: str) -> Feed:
        """The user's feed, opened at what is committed now where there is none."""
        feed = self._feeds.get(user_id)
        now = self._clock.monotonic()
        if feed is None:
            feed = self._feeds[user_id] = Feed(self._positions.committed, now)
        feed.used = now
        return feed

    def is_open(self, user_id: str) -> bool:
        """Whether the user is online: what concerns them is kept in memory."""
        return user_id in self._feeds

    def deliver(self, changes: Sequence[Change]) -> None:
        """Take in what was committed, and wake whom it concerns in the event loop's next turn.

        So who sends is answered before their own long-poll brings the event. Clients count on that: matrix-js-sdk else
        does not know its own reply to a thread that it has not opened, and sends nothing more for 30 seconds.
        """
        touched: set[Feed] = set()
        for change in changes:
            for user_id in change.recipients:
                feed = self._feeds.get(user_id)
                if feed is not None:
                    feed.add(change)
                    touched.add(feed)
        if touched:
            asyncio.get_running_loop().call_soon(_wake, touched)

    def wake(self, user_id: str) -> None:
        """Let the user's long-polls look again."""
        feed = self._feeds.get(user_id)
        if feed is not None:
            feed.wake()

    def close(self) -> None:
        """Wake every long-poll, so that a server that stops need not wait for them."""
        self.closed = True
        for feed in self._feeds.values():
            feed.wake()

    async def sweep(self) -> None:
        """Close feeds that nobody uses, for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            limit = self._clock.monotonic() - IDLE_SECONDS
            idle = [user_id for user_id, feed in self._feeds.items() if feed.used < limit and not feed.waiters]
            for user_id in idle:
                del self._feeds[user_id]


def _wake(feeds: Iterable[Feed]) -> None:
    for feed in feeds:
        feed.wake()


def _give_up(waiter: asyncio.Future[bool]) -> None:
    _settle(waiter, look_again=False)


def _settle(waiter: asyncio.Future[bool], *, look_again: bool) -> None:
    if not waiter.done():
        waiter.set_result(look_again)
