"""Rooms: getting at them, and sending events into them, the path of every message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.cache import RoomCache
from roomkeeper.core.rooms.models import Draft, Room, SendAttempt, TimelineEvent
from roomkeeper.core.rooms.turn import Turn, apply_redaction, check_redaction, held_draft
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import DependencyFailed, Driver, Write
from roomkeeper.platform.errors import BadAlias, Forbidden, NotFound
from roomkeeper.platform.hooks import Deny, GatePoint, Verdict
from roomkeeper.wire.events import Event

TURNS = 3
"""How often a turn is taken anew when the write that it was built on fails."""

Result = TypeVar("Result")


class Rooms:
    """The rooms of this server."""

    def __init__(
        self,
        driver: Driver,
        cache: RoomCache,
        turn: Turn,
        clock: Clock,
        gates: GatePoint[SendAttempt],
        server_name: str,
    ) -> None:
        self.driver = driver
        self.cache = cache
        self.turn = turn
        self.clock = clock
        self.gates = gates
        self.server_name = server_name

    # ------------------------------------------------------------ sending

    async def send(self, room_id: str, draft: Draft, add: Callable[[Write, Event], None] | None = None) -> Event:
        """Send one event into a room: slow gates, the room's turn, commit.

        `add` puts what belongs to the event into its write. Raises what the turn raises, `NotFound` for an unknown
        room, and `DatabaseError` where it could not be made durable; then nothing of it happened.
        """
        if draft.type == "m.room.redaction":
            return await self._send_redaction(room_id, draft, add)
        await self._check_draft(room_id, draft)
        asked = await self.ask_slow(await self.cache.get(room_id), draft)

        def act(room: Room, write: Write) -> Event:
            event = _unchanged(room, draft) or self.turn.append(room, draft, write, asked=asked)
            if add is not None:
                add(write, event)
            return event

        return await self.take_turn(room_id, act)

    async def take_turn(self, room_id: str, act: Callable[[Room, Write], Result]) -> Result:
        """Run `act` as a turn of the room, and wait until what it wrote is durable.

        `act` must raise what it has to before it changes the room. It is called again, on the room as the database has
        it, where the turn before it in the same room came to nothing.
        """
        for attempt in range(TURNS):
            room = await self.cache.get(room_id)
            write = Write()
            result = act(room, write)
            try:
                if write.statements or write.changes:
                    await self.cache.submit(room, write)
            except DependencyFailed:
                if attempt == TURNS - 1:
                    raise
                # The room's image falls in a callback of the failed write, which runs before this continues.
                await asyncio.sleep(0)
            else:
                return result
        raise AssertionError("unreachable")

    async def ask_slow(self, room: Room, draft: Draft) -> Verdict:
        """Ask the slow gates, before the room's turn: they may take seconds, and nobody else waits for them."""
        verdict = await self.gates.ask_slow(SendAttempt(room, draft))
        if isinstance(verdict, Deny):
            raise verdict.error
        return verdict

    async def release(self, event_id: str) -> Event:
        """Let a held event take its turn: authorisation rules and all gates are asked anew.

        Everyone but its sender, who has it already, is shown it. Raises `NotFound` where it is not held (any more).
        """
        held = await store.find_held(self.driver, event_id)
        if held is None:
            raise NotFound("This event does not wait for a decision.")

        room = await self.cache.get(held.room_id)
        await self.ask_slow(room, held_draft(room, held))

        def act(room: Room, write: Write) -> Event:
            return self.turn.release(room, held, write)

        return await self.take_turn(held.room_id, act)

    async def discard(self, event_id: str) -> None:
        """Let a held event go for good."""
        held = await store.find_held(self.driver, event_id)
        if held is None:
            raise NotFound("This event does not wait for a decision.")
        await self.take_turn(held.room_id, lambda _room, write: store.delete_held(write, event_id))

    async def _send_redaction(self, room_id: str, draft: Draft, add: Callable[[Write, Event], None] | None) -> Event:
        """spec: client-server §Redactions"""
        target = await store.find_event(self.driver, room_id, draft.redacts or "")
        if target is None:
            raise NotFound("There is no such event in this room.")
        asked = await self.ask_slow(await self.cache.get(room_id), draft)
        room_of_turn: list[Room] = []

        def act(room: Room, write: Write) -> tuple[Event, Event]:
            check_redaction(room, draft.sender, target.event)
            redaction = self.turn.append(room, draft, write, asked=asked)
            stripped = apply_redaction(room, target.event, redaction, write)
            if add is not None:
                add(write, redaction)
            room_of_turn[:] = [room]
            return redaction, stripped

        redaction, stripped = await self.take_turn(room_id, act)
        _strip_in_memory(room_of_turn[0], stripped, redaction)
        return redaction

    async def _check_draft(self, room_id: str, draft: Draft) -> None:
        """What must be looked up to judge an event. spec: client-server §m.room.canonical_alias"""
        if draft.type != "m.room.canonical_alias" or draft.state_key != "":
            return
        named = [draft.content.get("alias"), *_list(draft.content.get("alt_aliases"))]
        known = set(await store.aliases_of(self.driver, room_id))
        for alias in named:
            if alias is not None and alias not in known:
                raise BadAlias(f"{alias} does not point to this room.")

    # ------------------------------------------------------------ looking

    async def check_joined(self, user_id: str, room_id: str) -> Room:
        """The room, for one of its members. Raises `NotFound` or `Forbidden`."""
        room = await self.cache.get(room_id)
        if user_id not in room.joined:
            raise Forbidden("You are not in this room.")
        return room

    async def joined_rooms(self, user_id: str) -> set[str]:
        """The ids of the rooms that a user is in."""
        return await store.joined_rooms(self.driver, user_id)

    async def users_sharing_rooms(self, user_id: str) -> set[str]:
        """Everyone who is in a room with a user, themselves included."""
        return await store.users_sharing_rooms(self.driver, user_id) | {user_id}

    async def event_position(self, room_id: str, event_id: str) -> int | None:
        """Where an event is in the stream, `None` where the room has no such event."""
        return await store.event_position(self.driver, room_id, event_id)


def _unchanged(room: Room, draft: Draft) -> Event | None:
    """The current event, where a state event would change nothing: repeating it makes no new one."""
    if draft.state_key is None:
        return None
    current = room.state.get((draft.type, draft.state_key))
    if current is not None and current.sender == draft.sender and current.content == draft.content:
        return current
    return None


def _strip_in_memory(room: Room, stripped: Event, redaction: Event) -> None:
    """Nobody who is shown the event from now on gets its content."""
    because = TimelineEvent(0, redaction, {}).for_client(with_room_id=True)
    for entry in room.recent:
        if entry.event.event_id == stripped.event_id:
            bare = TimelineEvent(entry.position, stripped, {"redacted_because": msgspec.Raw(because)})
            entry.event, entry.json, entry.has_url = stripped, bare.json, False


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
