"""The list of what a user has been notified about, of all their rooms, newest first; read from the event log.

spec: client-server §Listing Notifications
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping
from typing import Any

import msgspec

from roomkeeper.core.ephemeral.receipts import Receipts
from roomkeeper.core.push.counting import Backdrop, find_thread, is_redacted
from roomkeeper.core.push.models import Standing
from roomkeeper.core.push.service import PushRules
from roomkeeper.core.rooms import Room, Rooms, TimelineEvent, history
from roomkeeper.core.rooms.visibility import UserView
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader
from roomkeeper.platform.http import Requester
from roomkeeper.wire.push_rules import Outcome

MOST_SCANNED = 2_000
"""Events looked at for one page; where few of them notify, the page is short and its token leads on."""
PAGE = 20
AT_ONCE = 100
"""Rooms looked at before others get their turn."""


class Notification(msgspec.Struct, frozen=True):
    """An event that the user was notified of, and how."""

    entry: TimelineEvent
    outcome: Outcome
    is_read: bool

    def for_client(self, requester: Requester) -> dict[str, Any]:
        """spec: ``GET /notifications``"""
        event = self.entry.event
        return {
            "actions": self.outcome.actions,
            "event": self.entry.for_client(requester),
            "read": self.is_read,
            "room_id": event.room_id,
            "ts": event.origin_server_ts,
        }


class _Source:
    """The events of one room that the user may see, newest first, read a page at a time."""

    def __init__(self, room: Room, view: UserView, receipts: Mapping[str | None, int], user_id: str) -> None:
        self.room_id = room.room_id
        self.view = view
        self.receipts = receipts
        self.backdrop = Backdrop(room, user_id)
        self._waiting: list[TimelineEvent] = []

    async def take(self, reader: Reader, position: int) -> TimelineEvent | None:
        """The newest event up to a position; ask for each once, from new to old."""
        if not self._waiting:
            found = await history.events_between(reader, self.room_id, 0, position, PAGE, newest_first=True)
            self._waiting = found[::-1]
        return self._waiting.pop() if self._waiting else None

    async def position_before(self, reader: Reader, position: int) -> int:
        """Where the next older event is, 0 where there is none."""
        if self._waiting:
            return self._waiting[-1].position
        return await history.newest_position(reader, self.room_id, position - 1)


class Notifications:
    """Reads the list."""

    def __init__(self, app: Application, rooms: Rooms, receipts: Receipts, push_rules: PushRules) -> None:
        self._driver = app.driver
        self._rooms = rooms
        self._receipts = receipts
        self._push_rules = push_rules

    async def page(
        self, user_id: str, before: int, limit: int, *, highlights: bool
    ) -> tuple[list[Notification], int | None]:
        """Notifications of events before a position, and the position before which the next page is, if there is one.

        `highlights`: those alone that were highlighted. Conditions ask for the room as it is now.
        """
        standing = await self._push_rules.standing(user_id)
        found: list[Notification] = []
        sources: dict[str, _Source] = {}
        async with self._driver.snapshot() as reader:
            waiting = await self._newest(reader, user_id, before)
            for _ in range(MOST_SCANNED):
                if not waiting or len(found) == limit:
                    break
                negative, room_id = heapq.heappop(waiting)
                before = -negative
                source = sources.get(room_id)
                if source is None:
                    source = sources[room_id] = await self._source(reader, user_id, room_id)
                entry = await source.take(reader, before)
                notification = await self._judge(reader, source, entry, standing, user_id) if entry else None
                if notification is not None and (notification.outcome.highlight or not highlights):
                    found.append(notification)
                if following := await source.position_before(reader, before):
                    heapq.heappush(waiting, (-following, room_id))
        return found, before if waiting else None

    async def _newest(self, reader: Reader, user_id: str, before: int) -> list[tuple[int, str]]:
        """A heap of the rooms that the user is in or invited to, by the (negative) positions of their newest events."""
        waiting: list[tuple[int, str]] = []
        for number, membership in enumerate(await history.memberships_of(reader, user_id)):
            if membership.membership in ("join", "invite"):
                newest = await history.newest_position(reader, membership.room_id, before - 1)
                waiting += [(-newest, membership.room_id)] if newest else []
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        heapq.heapify(waiting)
        return waiting

    async def _source(self, reader: Reader, user_id: str, room_id: str) -> _Source:
        room = await self._rooms.cache.get(room_id)
        view = await UserView.load(reader, user_id, room_id)
        return _Source(room, view, await self._receipts.read_up_to(reader, user_id, room_id), user_id)

    async def _judge(
        self, reader: Reader, source: _Source, entry: TimelineEvent, standing: Standing, user_id: str
    ) -> Notification | None:
        event = entry.event
        if event.sender == user_id or event.sender in standing.ignored or is_redacted(entry):
            return None
        # Who was not in the room was not notified, but of being invited.
        was_in = source.view.membership_at(entry.position) == "join" or event.state_key == user_id
        outcome = source.backdrop.judge(event, standing) if was_in else None
        if outcome is None or not outcome.notify:
            return None
        receipts = source.receipts
        read_up_to = receipts.get(None, 0)
        if entry.position > read_up_to and len(receipts) > (None in receipts):
            read_up_to = receipts.get(await find_thread(reader, event), 0)
        return Notification(
            source.view.filter([entry], always=entry.position)[0], outcome, entry.position <= read_up_to
        )
