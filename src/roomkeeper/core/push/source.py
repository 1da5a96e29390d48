"""The counts of unread messages in sync.

spec: client-server §Receiving notifications; ``GET /sync`` unread_notifications, unread_thread_notifications
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from roomkeeper.core.account_data.newcomers import WHOLE
from roomkeeper.core.push.counting import MAIN
from roomkeeper.core.push.models import Counter
from roomkeeper.core.push.service import any_changes_standing
from roomkeeper.core.push.unread import ACCOUNT_DATA, RECEIPT, Unread
from roomkeeper.core.rooms import EVENT, Rooms
from roomkeeper.core.sync import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change

Changes = Mapping[str, Sequence[Change]]
COUNTED_AT_ONCE = 20
"""Rooms counted before others get their turn."""


class UnreadCounts:
    """See `RoomExtra`."""

    def __init__(self, unread: Unread, rooms: Rooms) -> None:
        self._unread = unread
        self._rooms = rooms

    async def add(self, changes: Changes, request: SyncRequest, answer: SyncAnswer) -> None:
        """See `RoomExtra.add`."""
        user_id = request.requester.user_id
        if not request.is_initial:
            await self._add_changed(changes, request, answer)
        by_thread = request.filter.room.timeline.unread_thread_notifications
        counted = 0
        for room_id, section in answer.rooms.items():
            if section.membership != "join":
                continue
            counter = self._unread.peek(user_id, room_id)
            if counter is None or counter.stale:
                counter = await self._unread.counter(user_id, room_id)
                counted += 1
                if counted % COUNTED_AT_ONCE == 0:
                    await asyncio.sleep(0)
            _show(section.extra, counter, by_thread=by_thread)

    async def _add_changed(self, changes: Changes, request: SyncRequest, answer: SyncAnswer) -> None:
        """Add rooms that the answer has not, whose counts have changed."""
        user_id = request.requester.user_id
        candidates = _concerned(changes, user_id, answer)
        if ACCOUNT_DATA in changes and any_changes_standing(changes[ACCOUNT_DATA]):
            candidates |= await self._rooms.joined_rooms(user_id) - answer.rooms.keys()
        for room_id in candidates:
            counter = self._unread.peek(user_id, room_id)
            has_changed = counter is None or counter.changed > request.since
            if has_changed and request.filter.room.includes_room(room_id):
                answer.room(room_id)


def _concerned(changes: Changes, user_id: str, answer: SyncAnswer) -> set[str]:
    """The rooms not in the answer in which something has happened that may change the user's counts."""
    found: set[str] = set()
    for change in changes.get(EVENT, ()):
        if change.room_id not in answer.rooms and change.room_id is not None:
            found.add(change.room_id)
    for change in changes.get(RECEIPT, ()):
        if change.room_id is None or change.room_id in answer.rooms or change.data is WHOLE:
            continue
        if change.data.user_id == user_id:
            found.add(change.room_id)
    return found


def _show(extra: dict[str, Any], counter: Counter, *, by_thread: bool) -> None:
    """Write the counts into the members of a room."""
    notifications, highlights = counter.threads.get(MAIN, (0, 0)) if by_thread else counter.total()
    extra["unread_notifications"] = _counts(notifications, highlights)
    if by_thread:
        threads = {thread: _counts(*value) for thread, value in counter.threads.items() if thread != MAIN}
        if threads:
            extra["unread_thread_notifications"] = threads


def _counts(notifications: int, highlights: int) -> dict[str, int]:
    return {"notification_count": notifications, "highlight_count": highlights}
