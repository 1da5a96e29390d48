"""Rooms that were removed, in sync: under ``rooms.leave``, with nothing in them. spec: client-server §Syncing"""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.retention import store
from roomkeeper.core.sync import RoomSection, SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Reader
from roomkeeper.platform.http import Requester

PURGED_ROOM = "purged_room"


class PurgedRooms:
    """The sync source; who begins anew need not hear of what is gone."""

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`."""
        if since == 0:
            return []
        gone = await store.purged_rooms(reader, requester.user_id, since, upto)
        return [Change(position, PURGED_ROOM, (requester.user_id,), room_id, None) for room_id, position in gone]

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`."""
        for change in changes:
            assert change.room_id is not None
            if not request.is_initial and request.filter.room.includes_room(change.room_id):
                answer.rooms.setdefault(change.room_id, RoomSection("leave"))
