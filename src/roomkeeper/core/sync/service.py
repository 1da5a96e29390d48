"""Sync: what is new for a client, waiting for it where nothing is.

An answer is made of changes: from the user's feed, in memory, where that reaches back to the client's token; otherwise
from a snapshot of the database. Both are rendered by the same sources.

spec: client-server §Syncing
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.rooms import EVENT, Rooms, history
from roomkeeper.core.sync.feeds import Feeds
from roomkeeper.core.sync.rooms import SyncRooms
from roomkeeper.core.sync.sources import RoomExtra, RoomSection, SyncAnswer, SyncRequest, SyncSource
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Driver, Positions, snapshot_position
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import Filter

Activity = Callable[[Requester, str], None]
"""Told at the start of each sync: who syncs, and their ``set_presence``."""

Standing = Callable[[Requester], Awaitable[Mapping[str, Any]]]
"""What every answer to a device says besides what is new; asked for each of them, so it must come from memory."""


class SyncQuery(msgspec.Struct, frozen=True):
    """A sync as it was asked for. `since` is `None` for an initial one; `timeout` is in seconds."""

    requester: Requester
    since: int | None
    filter: Filter
    full_state: bool
    use_state_after: bool
    timeout: float


class Sync:
    """Answers `/sync`; other areas add sources, and listen to who is active."""

    def __init__(
        self,
        driver: Driver,
        positions: Positions,
        rooms: Rooms,
        rendering: SyncRooms,
        feeds: Feeds,
        recheck: Callable[[Requester], None],
    ) -> None:
        """``recheck`` raises where a requester would not be let in any more."""
        self._driver = driver
        self._positions = positions
        self._rooms = rooms
        self._recheck = recheck
        self._sync_rooms = rendering
        self.feeds = feeds
        self.sources: Slot[SyncSource] = Slot("sync sources")
        self.room_extras: Slot[RoomExtra] = Slot("members of rooms in sync")
        self.standing: Slot[Standing] = Slot("members of every answer")
        self.activity: list[Activity] = []
        self.arrived: list[Callable[[Requester, int], None]] = []
        """Told at the start of each sync up to which position the device has received everything."""

    async def answer(self, query: SyncQuery) -> dict[str, Any]:
        """The answer to a sync: at once where there is something to tell, or after waiting for it."""
        feed = self.feeds.open(query.requester.user_id)
        since = query.since or 0
        if not self._positions.knows(since):
            # A token from a future that this database does not know (a backup was restored): begin anew.
            since = 0
        for tell in self.arrived:
            tell(query.requester, since)
        feed.forget_seen(since)
        must_answer = since == 0 or query.full_state
        loop = asyncio.get_running_loop()
        deadline = loop.time() + query.timeout
        while True:
            changes = None if must_answer else feed.since(since)
            if changes is None or changes:
                found = await self._look(changes, self._request(query, since))
                since = found.upto
                if found.body or must_answer:
                    return await self._complete(query.requester, since, found.body)
            remaining = deadline - loop.time()
            if remaining <= 0 or self.feeds.closed:
                break
            if feed.since(since) == [] and not await feed.wait(remaining, query.requester.device_id):
                break
            self._recheck(query.requester)
        return await self._complete(query.requester, since, {})

    async def _complete(self, requester: Requester, upto: int, body: Mapping[str, Any]) -> dict[str, Any]:
        """The whole answer, with what stands in every one; what `body` says goes before that."""
        answer: dict[str, Any] = {"next_batch": stream_tokens.encode(upto)}
        for standing in self.standing.values():
            answer.update(await standing(requester))
        answer.update(body)
        return answer

    def _request(self, query: SyncQuery, since: int) -> SyncRequest:
        return SyncRequest(
            query.requester,
            since,
            max(self._positions.committed, since),
            query.filter,
            query.full_state,
            query.use_state_after,
        )

    async def _look(self, changes: Sequence[Change] | None, request: SyncRequest) -> Found:
        """What `changes` bring; where they are `None`, what the database has after the request's token."""
        if changes is None:
            return await self._from_database(request)
        answer = SyncAnswer(await self._joined_now(changes, request.requester.user_id))
        by_kind: dict[str, list[Change]] = {}
        for change in changes:
            by_kind.setdefault(change.kind, []).append(change)
        events = by_kind.get(EVENT)
        if events:
            await self._sync_rooms.online(events, request, answer, self._driver)
        for kind, of_kind in by_kind.items():
            if kind != EVENT:
                await self.sources[kind].render(of_kind, request, answer)
        for extra in self.room_extras.values():
            await extra.add(by_kind, request, answer)
        return Found(request.upto, body_of(answer, request))

    async def _joined_now(self, changes: Sequence[Change], user_id: str) -> _JoinedNow:
        """Which of the rooms that `changes` are of the user is in; the database knows it of those not in memory."""
        peek = self._rooms.cache.peek
        unknown = any(change.room_id is not None and peek(change.room_id) is None for change in changes)
        return _JoinedNow(self._rooms, user_id, await self._rooms.joined_rooms(user_id) if unknown else ())

    async def _from_database(self, request: SyncRequest) -> Found:
        """Everything up to what one snapshot of the database holds."""
        requester, since = request.requester, request.since
        async with self._driver.snapshot() as reader:
            # The position in the database lags behind where what was last is not stored (typing, say), and after a
            # restart; all that is committed by now is in the snapshot all the same.
            committed = self._positions.committed
            upto = max(await snapshot_position(reader), committed, since)
            request = msgspec.structs.replace(request, upto=upto)
            memberships = await history.memberships_of(reader, requester.user_id)
            joined = {membership.room_id for membership in memberships if membership.membership == "join"}
            answer = SyncAnswer(joined)
            await self._sync_rooms.everything(request, answer, reader)
            by_kind = {
                kind: await source.changes(reader, requester, since, upto) for kind, source in self.sources.items()
            }
        for kind, changes in by_kind.items():
            if changes or request.is_initial:
                await self.sources[kind].render(changes, request, answer)
        for extra in self.room_extras.values():
            await extra.add(by_kind, request, answer)
        return Found(upto, body_of(answer, request))


class Found(msgspec.Struct, frozen=True):
    """The members of an answer besides its token, and the position up to which they tell."""

    upto: int
    body: dict[str, Any]


class _JoinedNow:
    """Whether the user is in a room, as memory knows, or `others` for rooms not in memory."""

    __slots__ = ("_others", "_rooms", "_user_id")

    def __init__(self, rooms: Rooms, user_id: str, others: Container[str]) -> None:
        self._rooms = rooms
        self._user_id = user_id
        self._others = others

    def __contains__(self, room_id: object) -> bool:
        room = self._rooms.cache.peek(str(room_id))
        return room_id in self._others if room is None else self._user_id in room.joined


def body_of(answer: SyncAnswer, request: SyncRequest) -> dict[str, Any]:
    """The JSON members of an answer; what is empty is left out."""
    body: dict[str, Any] = dict(answer.others)
    for name, events in (
        ("account_data", answer.account_data),
        ("presence", answer.presence),
        ("to_device", answer.to_device),
    ):
        if events:
            body[name] = {"events": events}
    rooms: dict[str, dict[str, Any]] = {}
    for room_id, section in answer.rooms.items():
        rooms.setdefault(section.membership, {})[room_id] = _room_body(section, request)
    if answer.invited:
        rooms["invite"] = answer.invited
    if answer.knocked:
        rooms["knock"] = answer.knocked
    if rooms:
        body["rooms"] = rooms
    return body


def _room_body(section: RoomSection, request: SyncRequest) -> dict[str, Any]:
    body: dict[str, Any] = {
        "timeline": section.timeline,
        "state_after" if request.use_state_after else "state": {"events": section.state},
        "account_data": {"events": section.account_data},
    }
    if section.membership == "join":
        body["ephemeral"] = {"events": section.ephemeral}
        body["summary"] = section.summary
        body.update(section.extra)
    return body
