"""Changed device lists in sync."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from roomkeeper.core.keys.lists import rules
from roomkeeper.core.keys.lists.models import KIND, Delta
from roomkeeper.core.keys.lists.service import DeviceLists
from roomkeeper.core.rooms import EVENT, Rooms, history
from roomkeeper.core.sync import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Driver, Reader
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.http import Requester

MEMBER = "device_lists"
KEPT_SHARING = 100


class DeviceListSource:
    """See `SyncSource`."""

    def __init__(self, lists: DeviceLists) -> None:
        self._lists = lists

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`. A new client asks for the keys that it needs: it is told nothing."""
        if since == 0:
            return []
        delta = await self._lists.since(reader, requester.user_id, since)
        return [Change(upto, KIND, (requester.user_id,), None, delta)] if delta else []

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`."""
        for change in changes if not request.is_initial else ():
            add(answer, change.data)


class MovesInSync:
    """Tells with the events of memberships what they mean for device lists. See `RoomExtra`.

    Memory has all that it takes, but where somebody left: with whom they still share a room is one query for all whom
    the leaving concerns; and who leaves is no member any more, to be told of those who leave after them.
    """

    def __init__(self, driver: Driver, rooms: Rooms) -> None:
        self._driver = driver
        self._rooms = rooms
        self._sharing: OrderedDict[tuple[str, int], AbstractSet[str]] = OrderedDict()

    async def add(self, changes: Mapping[str, Sequence[Change]], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `RoomExtra.add`."""
        events = changes.get(EVENT)
        if not events:
            return
        me, delta = request.requester.user_id, Delta()
        for move in rules.moves(events):
            if move.direction == "in":
                others = await self._members(move.room_id) if move.user_id == me else {move.user_id}
                delta |= Delta(changed=frozenset(others - {me}))
            else:
                delta |= Delta(left=frozenset(await self._gone(move, me) - {me}))
        if delta:
            add(answer, delta)

    async def _members(self, room_id: str) -> AbstractSet[str]:
        try:
            return (await self._rooms.cache.get(room_id)).joined
        except NotFound:
            return frozenset()

    async def _gone(self, move: rules.Move, viewer: str) -> AbstractSet[str]:
        """With whom the viewer shares no room any more, since somebody has left one."""
        sharing = await self._sharing_with(move)
        if move.user_id != viewer:
            return frozenset() if viewer in sharing else {move.user_id}
        members = await history.members_since(self._driver, move.room_id, move.position)
        return {user_id for user_id, _ in members} - sharing

    async def _sharing_with(self, move: rules.Move) -> AbstractSet[str]:
        """Who still shares a room with somebody who left one."""
        key = (move.user_id, move.position)
        found = self._sharing.get(key)
        if found is None:
            found = self._sharing[key] = await self._rooms.users_sharing_rooms(move.user_id)
            if len(self._sharing) > KEPT_SHARING:
                self._sharing.popitem(last=False)
        return found


def add(answer: SyncAnswer, delta: Delta) -> None:
    """Put it into the answer, after what is there already."""
    before = answer.others.get(MEMBER)
    if before is not None:
        delta = Delta(frozenset(before["changed"]), frozenset(before["left"])) | delta
    answer.others[MEMBER] = delta.as_json()
