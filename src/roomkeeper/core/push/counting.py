"""Counting anew what a user has not read of a room, from its newest event backwards.

1. A receipt without a thread ends it, and so does the event with which the user joined; a receipt of a thread, or a
   message of the user's own in it, ends the thread.
2. Each event is judged by the rules of today, in the room as it was at the time: what later events changed in it is
   taken back on the way.
3. No more than `MOST_EVENTS` are looked at; what is older counts as read.

spec: client-server §Receiving notifications, §Marking notifications as read
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from roomkeeper.core.ephemeral.receipts.rules import HOPS, THREAD, relation_of
from roomkeeper.core.push.models import Standing
from roomkeeper.core.rooms import Room, TimelineEvent, history
from roomkeeper.platform.database import Reader
from roomkeeper.wire.events import Event
from roomkeeper.wire.identifiers import is_event_id
from roomkeeper.wire.power_levels import PowerLevels
from roomkeeper.wire.push_conditions import Occasion, Person
from roomkeeper.wire.push_rules import PREDEFINED, Outcome

MOST_EVENTS = 1_000
PAGE = 100
MAIN = "main"
"""The thread id of everything that is in no thread."""


class _Unsigned(msgspec.Struct, frozen=True):
    prev_content: dict[str, Any] = {}
    redacted_because: object = None


class _ClientForm(msgspec.Struct, frozen=True):
    unsigned: _Unsigned


_decode = msgspec.json.Decoder(_ClientForm).decode


class Backdrop:
    """A room as the conditions of rules see it, which can be taken back event by event."""

    def __init__(self, room: Room, user_id: str) -> None:
        self._room = room
        self._user_id = user_id
        self._member_count = len(room.joined)
        self._levels: PowerLevels | None = room.power_levels()
        self._name = display_name_of(room, user_id)

    def judge(self, event: Event, standing: Standing) -> Outcome | None:
        """What the user's rules say of an event that is the newest now."""
        occasion = Occasion(as_seen(event), event.room_id, self._member_count, self._levels)
        return standing.compiled.judge(occasion, Person(self._user_id, self._name))

    def take_back(self, event: Event, previous: Mapping[str, Any]) -> None:
        """Make the room what it was before a state event; `previous` is the content that it replaced."""
        if event.type == "m.room.member":
            self._member_count -= (event.membership == "join") - (previous.get("membership") == "join")
            if event.state_key == self._user_id:
                self._name = _text(previous.get("displayname"))
        elif event.type == "m.room.power_levels" and event.state_key == "":
            before = msgspec.structs.replace(event, content=dict(previous)) if previous else None
            self._levels = PowerLevels.from_state(self._room.state["m.room.create", ""], before, self._room.version)


class Count:
    """One count under way: what is found of it is in `threads`, see `Counter`."""

    def __init__(self, reader: Reader, room: Room, user_id: str, standing: Standing) -> None:
        self._reader = reader
        self._user_id = user_id
        self._standing = standing
        self._room_id = room.room_id
        self._backdrop = Backdrop(room, user_id)
        self._read: set[str] = set()
        self.threads: dict[str, tuple[int, int]] = {}

    async def run(self, receipts: Mapping[str | None, int], upto: int) -> None:
        """Count all events up to the position `upto`; `receipts` are the positions of the user's, by thread."""
        lower, scanned = receipts.get(None, 0), 0
        while scanned < MOST_EVENTS:
            batch = await history.events_between(self._reader, self._room_id, lower, upto, PAGE, newest_first=True)
            for entry in batch:
                if not await self._take(entry, receipts):
                    return
            if len(batch) < PAGE:
                return
            scanned += PAGE
            upto = batch[-1].position - 1

    async def _take(self, entry: TimelineEvent, receipts: Mapping[str | None, int]) -> bool:
        """Look at the next older event. Whether to go on."""
        event = entry.event
        if event.sender == self._user_id:
            if is_message(event) and not is_redacted(entry) and (own := thread_of(event)) is not None:
                self._read.add(own)
        elif event.sender not in self._standing.ignored:
            await self._judge(entry, receipts)
        if event.state_key is None:
            return True
        previous = _decode(entry.json).unsigned.prev_content
        is_own = event.type == "m.room.member" and event.state_key == self._user_id
        if is_own and event.membership == "join" and previous.get("membership") != "join":
            return False
        self._backdrop.take_back(event, previous)
        return True

    async def _judge(self, entry: TimelineEvent, receipts: Mapping[str | None, int]) -> None:
        event = entry.event
        outcome = self._backdrop.judge(event, self._standing)
        if outcome is None or not outcome.notify or is_redacted(entry):
            return
        thread_id = await find_thread(self._reader, event)
        if thread_id in self._read or entry.position <= receipts.get(thread_id, 0):
            return
        notifications, highlights = self.threads.get(thread_id, (0, 0))
        self.threads[thread_id] = (notifications + 1, highlights + outcome.highlight)


def thread_of(event: Event) -> str | None:
    """The thread that an event names, `MAIN` where it relates to nothing; `None` where others must be asked."""
    if "m.relates_to" not in event.content:
        return MAIN
    relation = relation_of(event.content)
    if relation is None or not is_event_id(relation[1]):
        return MAIN
    return relation[1] if relation[0] == THREAD else None


async def find_thread(reader: Reader, event: Event) -> str:
    """The thread that an event belongs to, by way of what it relates to. spec: client-server §Threaded read receipts"""
    for _ in range(HOPS + 1):
        found = thread_of(event)
        if found is not None:
            return found
        relation = relation_of(event.content)
        parent = await history.find_event(reader, event.room_id, relation[1]) if relation else None
        if parent is None:
            return MAIN
        event = parent.event
    return MAIN


def is_message(event: Event) -> bool:
    """Whether sending this means having read what was before it. State may be set on a user's behalf."""
    return event.state_key is None and event.redacts is None


def is_redacted(entry: TimelineEvent) -> bool:
    """Whether the content of an event was taken back."""
    return not entry.event.content and _decode(entry.json).unsigned.redacted_because is not None


def as_seen(event: Event) -> dict[str, Any]:
    """The event as clients see it, for conditions that name its parts."""
    seen: dict[str, Any] = {
        "type": event.type,
        "sender": event.sender,
        "content": event.content,
        "room_id": event.room_id,
        "event_id": event.event_id,
        "origin_server_ts": event.origin_server_ts,
    }
    if event.state_key is not None:
        seen["state_key"] = event.state_key
    return seen


def person_in(room: Room, user_id: str, standing: Standing) -> Person:
    """The user as their rules know them; the name is looked up where a rule asks for it."""
    named = standing.compiled is not PREDEFINED and standing.compiled.names_owner
    return Person(user_id, display_name_of(room, user_id) if named else None)


def display_name_of(room: Room, user_id: str) -> str | None:
    """The user's display name in a room."""
    member = room.state.get(("m.room.member", user_id))
    return None if member is None else _text(member.content.get("displayname"))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
