"""Events after a token, waiting for them where there are none; rooms as they are now.

spec: client-server §Room previews, ``GET /events``, ``GET /rooms/{roomId}/initialSync``, ``GET /initialSync``
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec

from roomkeeper.core.account_data import AccountData
from roomkeeper.core.event_streams.waiting import Waiting
from roomkeeper.core.rooms import Rooms, TimelineEvent, history
from roomkeeper.core.sync import Sync
from roomkeeper.core.sync.service import SyncQuery
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.database import Driver, Positions
from roomkeeper.platform.errors import Forbidden, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import RoomEventFilter, parse_filter

PAGE = 100
"""Events in one answer at most."""
NO_FILTER = RoomEventFilter()
SHOWN_MEMBERSHIPS = frozenset({"invite", "join", "leave", "ban"})
"""Those that these answers have a name for."""
Found = tuple[list[TimelineEvent], int]
"""Events in order, and the position up to which they are all there are."""


class EventStreams:
    """Answers who asks for events."""

    def __init__(
        self,
        driver: Driver,
        positions: Positions,
        rooms: Rooms,
        sync: Sync,
        account_data: AccountData,
        waiting: Waiting,
    ) -> None:
        self._driver = driver
        self._positions = positions
        self._rooms = rooms
        self._sync = sync
        self._account_data = account_data
        self.waiting = waiting

    # ------------------------------------------------------------ streams

    async def events(
        self, requester: Requester, since: int | None, seconds: float, room_id: str | None
    ) -> dict[str, Any]:
        """Events after `since` (`None`: from now on), of one room or of all that concern the user.

        Waits for up to `seconds` where there are none. Raises `NotFound` or `Forbidden` for a room that one cannot
        look into.
        """
        if since is None or not self._positions.knows(since):
            since = self._positions.committed
        deadline = asyncio.get_running_loop().time() + seconds
        waiter = self.waiting.enter(requester, room_id)
        entries: list[TimelineEvent] = []
        upto = since
        try:
            # Who is sent home gets nothing more, and asks anew: where the server stops, the database may be closed.
            while not waiter.over:
                waiter.woken.clear()
                entries, upto = await self._after(requester, since, room_id)
                if entries or waiter.over:
                    break
                try:
                    async with asyncio.timeout_at(deadline):
                        await waiter.woken.wait()
                except TimeoutError:
                    break
        finally:
            self.waiting.leave(waiter)
        return {
            "start": stream_tokens.encode(since),
            "end": stream_tokens.encode(upto),
            "chunk": [entry.for_client(requester, with_room_id=True) for entry in entries],
        }

    async def _after(self, requester: Requester, since: int, room_id: str | None) -> Found:
        upto = max(self._positions.committed, since)
        if room_id is not None:
            return await self._of_room(requester, room_id, since, upto)
        entries: list[TimelineEvent] = []
        for membership in await history.memberships_of(self._driver, requester.user_id):
            is_new = membership.position > since
            if membership.membership in ("invite", "knock"):
                if is_new and (entry := await self._own_membership(requester, membership.room_id)):
                    entries.append(entry)
            elif (membership.membership == "join" or is_new) and await history.newest_position(
                self._driver, membership.room_id, upto
            ) > since:
                with contextlib.suppress(Forbidden, NotFound):  # it has been left, or removed, meanwhile
                    found, upto = await self._of_room(requester, membership.room_id, since, upto)
                    entries += found
        in_order = sorted((entry for entry in entries if entry.position <= upto), key=lambda entry: entry.position)
        return (in_order[:PAGE], in_order[PAGE - 1].position) if len(in_order) > PAGE else (in_order, upto)

    async def _of_room(self, requester: Requester, room_id: str, since: int, upto: int) -> Found:
        page = await self._rooms.reading.messages(requester, room_id, since, upto, False, PAGE, NO_FILTER)
        return list(page.entries), upto if page.end is None else min(upto, page.end)

    async def _own_membership(self, requester: Requester, room_id: str) -> TimelineEvent | None:
        """The event by which the user is what they are in the room."""
        room = await self._rooms.cache.get(room_id)
        event = room.state.get(("m.room.member", requester.user_id))
        return None if event is None else await history.find_event(self._driver, room_id, event.event_id)

    async def event(self, requester: Requester, event_id: str) -> msgspec.Raw:
        """An event of any room that the user is or was in. Raises `NotFound`."""
        room_id = await history.room_of_event(self._driver, requester.user_id, event_id)
        if room_id is None:
            raise NotFound
        entry = await self._rooms.reading.event(requester, room_id, event_id)
        return entry.for_client(requester, with_room_id=True)

    # ------------------------------------------------------------ rooms as they are

    async def room(self, requester: Requester, room_id: str, limit: int) -> dict[str, Any]:
        """A room's state and newest events, as far as the user sees them. Raises `NotFound`, `Forbidden`."""
        reading = self._rooms.reading
        state = await reading.current_state(requester, room_id)
        page = await reading.messages(requester, room_id, None, None, True, limit, NO_FILTER)
        messages = {
            "chunk": _for_client(page.entries[::-1], requester),
            "end": stream_tokens.encode(page.start),
        }
        if page.end is not None:
            messages["start"] = stream_tokens.encode(page.end)
        answer: dict[str, Any] = {
            "room_id": room_id,
            "messages": messages,
            "state": _for_client(state, requester),
            "visibility": "public" if await history.is_listed(self._driver, room_id) else "private",
            "account_data": await self._account_data.events_of_room(requester.user_id, room_id),
        }
        membership = await self._rooms.membership(requester.user_id, room_id)
        if membership in SHOWN_MEMBERSHIPS:
            answer["membership"] = membership
        return answer

    async def everything(self, requester: Requester, limit: int, *, archived: bool) -> dict[str, Any]:
        """All rooms of the user with their newest events, presence and account data; `archived`: left rooms too."""
        wanted = {"room": {"timeline": {"limit": limit}, "include_leave": archived}}
        query = SyncQuery(
            requester=requester,
            since=None,
            filter=parse_filter(wanted),
            full_state=False,
            use_state_after=True,
            timeout=0,
        )
        found = await self._sync.answer(query)
        rooms: list[dict[str, Any]] = []
        for membership in ("join", "leave"):
            for room_id, section in found.get("rooms", {}).get(membership, {}).items():
                rooms.append(await self._joined(room_id, section, membership))
        for room_id in found.get("rooms", {}).get("invite", {}):
            entry = await self._own_membership(requester, room_id)
            if entry is not None:
                invite = entry.for_client(requester, with_room_id=True)
                rooms.append({"room_id": room_id, "membership": "invite", "invite": invite})
        return {
            "end": found["next_batch"],
            "rooms": rooms,
            "presence": found.get("presence", {}).get("events", []),
            "account_data": found.get("account_data", {}).get("events", []),
        }

    async def _joined(self, room_id: str, section: dict[str, Any], membership: str) -> dict[str, Any]:
        """A room of a sync's answer in its old form."""
        timeline = section["timeline"]
        messages: dict[str, Any] = {
            "chunk": [_with_room_id(event, room_id) for event in timeline["events"]],
            "end": stream_tokens.encode(self._positions.committed),
        }
        if timeline.get("limited"):
            messages["start"] = timeline["prev_batch"]
        return {
            "room_id": room_id,
            "membership": membership,
            "messages": messages,
            "state": [_with_room_id(event, room_id) for event in section["state_after"]["events"]],
            "visibility": "public" if await history.is_listed(self._driver, room_id) else "private",
            "account_data": section["account_data"]["events"],
        }


def _for_client(entries: Sequence[TimelineEvent], requester: Requester) -> list[msgspec.Raw]:
    return [entry.for_client(requester, with_room_id=True) for entry in entries]


def _with_room_id(event: Any, room_id: str) -> dict[str, Any]:
    """An event of a sync's answer, which does not repeat its room."""
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(event))
    return {**decoded, "room_id": room_id}
