"""What passes, for a service that asks for it: the newest of each kind, in memory until it is part of a transaction.

spec: application-service §Pushing ephemeral data
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from roomkeeper.core.appservices.interest import Interest
from roomkeeper.core.ephemeral.presence import models as presence_models
from roomkeeper.core.ephemeral.presence import rules as presence_rules
from roomkeeper.core.ephemeral.receipts import models as receipt_models
from roomkeeper.core.ephemeral.receipts import rules as receipt_rules
from roomkeeper.core.ephemeral.typing import models as typing_models
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.changes import Change
from roomkeeper.platform.clock import Clock

KEPT: Final = 5_000
"""Things that wait at most; the oldest goes first, since all of them are soon replaced by newer ones."""

Key = tuple[Any, ...]


class Passing:
    """What waits for one service, oldest first."""

    def __init__(self, interest: Interest, rooms: Rooms, clock: Clock) -> None:
        self._interest = interest
        self._rooms = rooms
        self._clock = clock
        self._waiting: dict[Key, Change] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def note(self, change: Change) -> bool:
        """Take in a change; whether it was one of those."""
        key = _key(change)
        if key is None:
            return False
        self._waiting.pop(key, None)
        self._waiting[key] = change
        if len(self._waiting) > KEPT:
            del self._waiting[next(iter(self._waiting))]
        return True

    def take(self) -> dict[Key, Change]:
        """All that waits; it waits no longer."""
        taken, self._waiting = self._waiting, {}
        return taken

    def put_back(self, taken: dict[Key, Change]) -> None:
        """Let it wait on, but for what was replaced meanwhile."""
        self._waiting = {**taken, **self._waiting}
        while len(self._waiting) > KEPT:
            del self._waiting[next(iter(self._waiting))]

    async def render(self, taken: dict[Key, Change]) -> list[dict[str, Any]]:
        """The events for the service; what does not concern it is left out."""
        changes = list(taken.values())
        rooms = await self._interest.rooms(change.room_id for change in changes if change.room_id is not None)
        return [
            *_typing(change for change in changes if change.kind == typing_models.KIND and change.room_id in rooms),
            *_receipts(change for change in changes if self._may_see(change, rooms)),
            *[
                {
                    "type": "m.presence",
                    "sender": change.data.user_id,
                    "content": presence_rules.content(change.data, self._clock.now_ms()),
                }
                for change in changes
                if change.kind == presence_models.KIND and await self._concerns(change.data.user_id)
            ],
        ]

    def _may_see(self, change: Change, rooms: set[str]) -> bool:
        """Private receipts are for services whose user it is."""
        if change.kind != receipt_models.KIND or change.room_id not in rooms:
            return False
        return change.data.type != receipt_models.READ_PRIVATE or self._interest.owns(change.data.user_id)

    async def _concerns(self, user_id: str) -> bool:
        return self._interest.owns(user_id) or bool(await self._interest.rooms(await self._rooms.joined_rooms(user_id)))


def _key(change: Change) -> Key | None:
    if change.kind == typing_models.KIND and isinstance(change.data, tuple):
        return change.kind, change.room_id
    if change.kind == receipt_models.KIND and isinstance(change.data, receipt_models.Receipt):
        return change.kind, change.room_id, change.data.user_id, change.data.type, change.data.thread_id
    if change.kind == presence_models.KIND and isinstance(change.data, presence_models.Status):
        return change.kind, change.data.user_id
    return None


def _typing(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [
        {"type": "m.typing", "room_id": change.room_id, "content": {"user_ids": list(change.data)}}
        for change in changes
    ]


def _receipts(changes: Iterable[Change]) -> list[dict[str, Any]]:
    by_room: dict[str, list[receipt_models.Receipt]] = {}
    for change in changes:
        by_room.setdefault(change.room_id or "", []).append(change.data)
    return [
        {**event, "room_id": room_id}
        for room_id, receipts in by_room.items()
        for event in receipt_rules.receipt_events(receipts)
    ]
