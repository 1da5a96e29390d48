"""How much every user who is online has not read, in memory: counted on as events are committed.

A counter is made from the event log (`counting`) when it is first shown, and anew when something happens that cannot be
counted on: a receipt for another event than the newest, a redaction, a change of rules. Nothing of it is stored, and a
message costs one look at the counters of its room.

spec: client-server §Receiving notifications, §Marking notifications as read
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from prometheus_client import Gauge

from roomkeeper.core.account_data.newcomers import WHOLE
from roomkeeper.core.ephemeral.receipts import Receipt, Receipts
from roomkeeper.core.push.counting import Count, as_seen, is_message, person_in, thread_of
from roomkeeper.core.push.models import Counter
from roomkeeper.core.push.service import PushRules
from roomkeeper.core.rooms import EVENT, Room, Rooms, TimelineEvent
from roomkeeper.core.sync import Sync
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import snapshot_position
from roomkeeper.wire.push_conditions import Occasion, Person
from roomkeeper.wire.push_rules import PREDEFINED, Outcome

RECEIPT = "receipt"
ACCOUNT_DATA = "account_data"
"""The kinds of changes of the areas below."""
MOST_COUNTERS = 1_000_000
"""Counters in memory at most; those of the rooms that have had some for longest go first."""
MOST_THREADS = 1_000
"""Threads of one counter; the one that had messages first goes first."""
TRIES = 5
SWEEP_SECONDS = 60.0
SWEPT_AT_ONCE = 1_000

counters = Gauge("roomkeeper_unread_counters", "Counts of unread messages in memory, one for each user and room")


class OpenRoom:
    """The counters of one room, by user, and the id of its newest event (empty: not known)."""

    __slots__ = ("counters", "newest")

    def __init__(self) -> None:
        self.counters: dict[str, Counter] = {}
        self.newest = ""


class Unread:
    """The counters of everyone who is online."""

    def __init__(self, app: Application, rooms: Rooms, sync: Sync, receipts: Receipts, push_rules: PushRules) -> None:
        self._driver = app.driver
        self._rooms = rooms
        self._feeds = sync.feeds
        self._receipts = receipts
        self._push_rules = push_rules
        self._open: dict[str, OpenRoom] = {}
        self._number = 0
        self.silent = push_rules.silent
        counters.set_function(lambda: self._number)

    # ------------------------------------------------------------ what is shown

    def peek(self, user_id: str, room_id: str) -> Counter | None:
        """The counter, if it is in memory; it may be stale."""
        opened = self._open.get(room_id)
        return None if opened is None else opened.counters.get(user_id)

    async def counter(self, user_id: str, room_id: str) -> Counter:
        """The counter of a user who is in the room; from memory where it can be."""
        counter = self.peek(user_id, room_id)
        if counter is None:
            counter = self._add(user_id, room_id)
        if counter.stale:
            await self._count(counter, user_id, room_id)
        return counter

    def _add(self, user_id: str, room_id: str) -> Counter:
        opened = self._open.get(room_id)
        if opened is None:
            opened = self._open[room_id] = OpenRoom()
        counter = opened.counters[user_id] = Counter()
        self._number += 1
        while self._number > MOST_COUNTERS and len(self._open) > 1:
            self._close(next(iter(self._open)))
        return counter

    def _close(self, room_id: str) -> None:
        self._number -= len(self._open.pop(room_id).counters)

    async def _count(self, counter: Counter, user_id: str, room_id: str) -> None:
        """Count from the event log; again where something happened meanwhile."""
        for _ in range(TRIES):
            standing = await self._push_rules.standing(user_id)
            room = await self._rooms.cache.get(room_id)
            async with self._driver.snapshot() as reader:
                upto = await snapshot_position(reader)
                read = await self._receipts.read_up_to(reader, user_id, room_id)
                count = Count(reader, room, user_id, standing)
                await count.run(read, upto)
            counter.threads, counter.upto = count.threads, max(counter.upto, upto)
            if counter.missed <= upto and self._push_rules.known(user_id) is standing:
                counter.stale = False
                return

    # ------------------------------------------------------------ what happens

    def note(self, changes: Sequence[Change]) -> None:
        """Count on with what was committed; called before anybody is shown it."""
        for change in changes:
            kind = change.kind
            if kind == EVENT:
                opened = self._open.get(change.room_id or "")
                if opened is not None:
                    self._note_event(opened, change)
            elif kind == RECEIPT:
                if change.data is not WHOLE:
                    self._note_receipt(change.room_id or "", change.data, change.position)
            elif kind == ACCOUNT_DATA:
                self._note_account_data(change)

    def _note_event(self, opened: OpenRoom, change: Change) -> None:
        entry: TimelineEvent = change.data
        event = entry.event
        if change.recipients == (event.sender,):
            return  # It waits for a decision, and is not in the room.
        opened.newest = event.event_id
        if event.type == "m.room.member" and event.membership != "join" and event.state_key in opened.counters:
            del opened.counters[event.state_key]
            self._number -= 1
        room = self._rooms.cache.peek(event.room_id)
        if room is None or event.redacts is not None:
            # What a redaction takes back may have been read, unread, or what showed that somebody had read.
            for counter in opened.counters.values():
                counter.spoil(entry.position)
            return
        self._judge(opened, room, entry)

    def _judge(self, opened: OpenRoom, room: Room, entry: TimelineEvent) -> None:
        """Let the rules of everyone decide; those of most are the predefined ones, and are asked once for all."""
        event, position = entry.event, entry.position
        occasion = Occasion(as_seen(event), event.room_id, len(room.joined), room.power_levels())
        shared, is_shared = None, not occasion.is_personal
        if is_shared:
            shared = PREDEFINED.judge(occasion, _NOBODY)
        thread_id = thread_of(event)
        known = self._push_rules.known
        for user_id, counter in opened.counters.items():
            if position <= counter.upto:
                continue
            if user_id == event.sender:
                _note_own(counter, entry, thread_id)
                continue
            standing = known(user_id)
            if standing is None or counter.stale:
                counter.spoil(position)
                continue
            if event.sender in standing.ignored:
                continue
            if is_shared and standing.compiled is PREDEFINED:
                outcome = shared
            else:
                outcome = standing.compiled.judge(occasion, person_in(room, user_id, standing))
            if outcome is not None and outcome.notify:
                _note_notifying(counter, position, thread_id, outcome)

    def _note_receipt(self, room_id: str, receipt: Receipt, position: int) -> None:
        """The user has read on, on whatever device."""
        opened = self._open.get(room_id)
        counter = opened.counters.get(receipt.user_id) if opened is not None else None
        if opened is None or counter is None:
            return
        if counter.stale:
            counter.spoil(position)
        elif receipt.event_id == opened.newest:
            counter.clear(receipt.thread_id, position)
        elif counter.threads:
            counter.spoil(position)

    def _note_account_data(self, change: Change) -> None:
        """Other rules count otherwise, what was there before as well."""
        concerns, room_ids = self._push_rules.note(change)
        if not concerns:
            return
        (user_id,) = change.recipients
        for room_id in self._open if room_ids is None else room_ids:
            counter = self.peek(user_id, room_id)
            if counter is not None:
                counter.spoil(change.position)

    async def sweep(self) -> None:
        """Let go of the counters of users who are no longer online, for ever."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.forget_absent()

    async def forget_absent(self) -> None:
        """Let go of the counters and rules of users who are no longer online."""
        self._push_rules.keep_only(self._feeds.is_open)
        for number, room_id in enumerate(list(self._open)):
            opened = self._open.get(room_id)
            if opened is None:
                continue
            for user_id in [user_id for user_id in opened.counters if not self._feeds.is_open(user_id)]:
                del opened.counters[user_id]
                self._number -= 1
            if not opened.counters:
                del self._open[room_id]
            if number % SWEPT_AT_ONCE == 0:
                await asyncio.sleep(0)


_NOBODY = Person("")


def _note_own(counter: Counter, entry: TimelineEvent, thread_id: str | None) -> None:
    """Who says something in a thread has read it."""
    if counter.stale:
        counter.spoil(entry.position)
    elif thread_id is not None and is_message(entry.event):
        counter.clear(thread_id, entry.position)


def _note_notifying(counter: Counter, position: int, thread_id: str | None, outcome: Outcome) -> None:
    if thread_id is None:
        counter.spoil(position)
        return
    counter.add(thread_id, position, highlight=outcome.highlight)
    if len(counter.threads) > MOST_THREADS:
        del counter.threads[next(iter(counter.threads))]
