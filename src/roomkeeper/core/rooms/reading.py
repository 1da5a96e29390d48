"""Looking into a room: its messages page by page, an event with what surrounds it, its state, its members.

Everything here reads what is committed, and shows a user no more than the room's history visibility allows.

spec: client-server §Getting events for a room, §Syncing (peeking is not offered)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from roomkeeper.core.rooms import store
from roomkeeper.core.rooms.models import TimelineEvent
from roomkeeper.core.rooms.service import Rooms, Showing
from roomkeeper.core.rooms.visibility import FOREVER, UserView
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.errors import Forbidden, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import Matcher, RoomEventFilter, matcher

SCAN = 100
"""Rows read at a time."""
MOST_SCANNED = 2_000
"""Rows looked at for one page; where a filter lets few through, the page is short and its token leads on."""


class Page(msgspec.Struct):
    """A page of a room's events and where the next one starts (`None`: there is none)."""

    entries: Sequence[TimelineEvent]
    start: int
    end: int | None


class Reading:
    """Reads rooms for their users."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def view(self, user_id: str, room_id: str) -> UserView:
        """What the user may see of the room. Raises `NotFound` for no room, `Forbidden` for strangers."""
        if await store.room_version(self._rooms.driver, room_id) is None:
            raise NotFound("There is no such room here.")
        view = await UserView.load(self._rooms.driver, user_id, room_id)
        view.preferences = await self._rooms.preferences_of(user_id)
        membership = await store.membership_of(self._rooms.driver, user_id, room_id)
        forgotten = membership is not None and membership.forgotten
        ever_in = any(value == "join" for value in view.memberships) and not forgotten
        if not ever_in and view.current_membership != "invite" and not view.sees_everything:
            raise Forbidden("You are not in this room.")
        return view

    async def horizon(self, user_id: str, room_id: str) -> int:
        """Up to which position the user sees the room's state: for ever as a member, to their leaving afterwards.

        Raises `Forbidden` for who is neither.
        """
        view = await self.view(user_id, room_id)
        if view.current_membership == "join" or view.sees_everything:
            return FOREVER
        end = view.end_of_membership
        if end is None:
            raise Forbidden("You are not in this room.")
        return end

    async def messages(
        self,
        requester: Requester,
        room_id: str,
        start: int | None,
        stop: int | None,
        backwards: bool,
        limit: int,
        event_filter: RoomEventFilter,
    ) -> Page:
        """A page of events from token position `start` on (`None`: from the newest, or the oldest)."""
        view = await self.view(requester.user_id, room_id)
        page = await self._page(view, room_id, start, stop, backwards, limit, event_filter)
        page.entries = await self.show(requester, room_id, view, page.entries)
        return page

    async def show(
        self, requester: Requester, room_id: str, view: UserView | None, entries: Sequence[TimelineEvent]
    ) -> Sequence[TimelineEvent]:
        """Events that the user may see, with what other areas tell of them."""
        showing = Showing(requester, room_id, self._rooms.driver, view=view)
        return await self._rooms.show(showing, entries)

    async def _page(
        self,
        view: UserView,
        room_id: str,
        start: int | None,
        stop: int | None,
        backwards: bool,
        limit: int,
        event_filter: RoomEventFilter,
    ) -> Page:
        if start is None:
            start = await self._newest(room_id) if backwards else 0
        lower, upper = (stop or 0, start) if backwards else (start, FOREVER if stop is None else stop)
        wanted = matcher(event_filter)
        entries: list[TimelineEvent] = []
        scanned = 0
        while len(entries) < limit and scanned < MOST_SCANNED:
            batch = await store.events_between(self._rooms.driver, room_id, lower, upper, SCAN, newest_first=backwards)
            fitting = self._wanted(view, batch, wanted, room_id)
            chosen = await self._rooms.narrow(self._rooms.driver, room_id, fitting, event_filter)
            by_position = {entry.position: entry for entry in chosen}
            for entry in batch:
                scanned += 1
                lower, upper = (lower, entry.position - 1) if backwards else (entry.position, upper)
                if entry.position in by_position:
                    entries.append(by_position[entry.position])
                if len(entries) == limit:
                    break
            if len(batch) < SCAN and len(entries) < limit:
                return Page(entries, start, None)
        return Page(entries, start, upper if backwards else lower)

    async def _newest(self, room_id: str) -> int:
        newest = await store.events_between(self._rooms.driver, room_id, 0, FOREVER, 1, newest_first=True)
        return newest[0].position if newest else 0

    def _wanted(
        self, view: UserView, entries: Sequence[TimelineEvent], wanted: Matcher | None, room_id: str
    ) -> list[TimelineEvent]:
        return [entry for entry in view.filter(entries) if wanted is None or accepts(wanted, entry, room_id)]

    async def event(self, requester: Requester, room_id: str, event_id: str) -> TimelineEvent:
        """One event. Raises `NotFound` also for what the user may not see."""
        view, entry = await self.find(requester, room_id, event_id)
        return (await self.show(requester, room_id, view, [entry]))[0]

    async def find(self, requester: Requester, room_id: str, event_id: str) -> tuple[UserView | None, TimelineEvent]:
        """One event as it is stored, and what the user may see of its room (`None`: the event is held).

        Raises `NotFound` also for what the user may not see.
        """
        entry = await store.find_event(self._rooms.driver, room_id, event_id)
        if entry is None:
            return None, await self._held(requester, room_id, event_id)
        try:
            view = await self.view(requester.user_id, room_id)
        except Forbidden:
            raise NotFound from None
        if not view.sees(entry):
            raise NotFound
        return view, view.filter([entry])[0]

    async def _held(self, requester: Requester, room_id: str, event_id: str) -> TimelineEvent:
        """An event that waits for a decision is there for its sender alone."""
        held = await store.held_by_sender(self._rooms.driver, requester.user_id, 0, FOREVER)
        for entry in held:
            if entry.event.event_id == event_id and entry.event.room_id == room_id:
                return entry
        raise NotFound

    async def context(
        self, requester: Requester, room_id: str, event_id: str, limit: int, event_filter: RoomEventFilter
    ) -> dict[str, Any]:
        """An event with `limit` others around it. spec: client-server §Event Context"""
        view, target = await self.find(requester, room_id, event_id)
        view = view or await self.view(requester.user_id, room_id)
        half = limit // 2
        before = await self._page(view, room_id, target.position - 1, None, True, half, event_filter)
        after = await self._page(view, room_id, target.position, None, False, limit - half, event_filter)
        found = [*before.entries, target, *after.entries]
        shown = [
            entry.for_client(requester, with_room_id=True) for entry in await self.show(requester, room_id, view, found)
        ]
        last = found[-1]
        state = await self.state(room_id, last.position, found, event_filter)
        state = await self._veiled(requester, room_id, view, state)
        end = after.end if after.end is not None else last.position
        return {
            "start": stream_tokens.encode(before.end if before.end is not None else 0),
            "end": stream_tokens.encode(end),
            "event": shown[len(before.entries)],
            "events_before": shown[: len(before.entries)],
            "events_after": shown[len(before.entries) + 1 :],
            "state": [entry.for_client(requester, with_room_id=True) for entry in state],
        }

    async def state(
        self, room_id: str, position: int, shown: Sequence[TimelineEvent], event_filter: RoomEventFilter
    ) -> list[TimelineEvent]:
        """The state at `position`; with lazy loading only those members who sent what is shown."""
        state = await store.state_at(self._rooms.driver, room_id, position)
        if not event_filter.lazy_load_members:
            return state
        senders = {entry.event.sender for entry in shown}
        return [entry for entry in state if entry.event.type != "m.room.member" or entry.event.state_key in senders]

    async def _veiled(
        self, requester: Requester, room_id: str, view: UserView | None, state: Sequence[TimelineEvent]
    ) -> list[TimelineEvent]:
        """State without the names of those who were erased before the user came."""
        showing = Showing(requester, room_id, self._rooms.driver, view=view)
        return list(await self._rooms.veil.show(showing, state))

    async def members_who_sent(self, room_id: str, shown: Sequence[TimelineEvent]) -> list[TimelineEvent]:
        """The membership events of those who sent what is shown. spec: client-server §Lazy-loading room members"""
        position = max((entry.position for entry in shown), default=0)
        members = []
        for sender in dict.fromkeys(entry.event.sender for entry in shown):
            member = await store.state_entry_at(self._rooms.driver, room_id, "m.room.member", sender, position)
            members += [member] if member else []
        return members

    async def event_near(
        self, requester: Requester, room_id: str, timestamp: int, *, backwards: bool
    ) -> TimelineEvent | None:
        """The event closest to a time in milliseconds, at or after it, or at or before it, that the user may see.

        spec: client-server §Getting events for a room, ``timestamp_to_event``
        """
        view = await self.view(requester.user_id, room_id)
        ranges = view.ranges()
        upto = FOREVER if ranges is None else max((last for _, last in ranges), default=0)
        at = (timestamp, FOREVER if backwards else 0)
        for _ in range(MOST_SCANNED // SCAN):
            batch = await store.events_near(self._rooms.driver, room_id, at, upto, SCAN, backwards=backwards)
            for entry in batch:
                if view.sees(entry):
                    return entry
            if len(batch) < SCAN:
                break
            at = (batch[-1].event.origin_server_ts, batch[-1].position)
        return None

    async def current_state(self, requester: Requester, room_id: str) -> list[TimelineEvent]:
        """The room's state as far as the user sees it."""
        state = await store.state_at(self._rooms.driver, room_id, await self.horizon(requester.user_id, room_id))
        return await self._veiled(requester, room_id, None, state)

    async def state_entry(self, requester: Requester, room_id: str, event_type: str, state_key: str) -> TimelineEvent:
        """One entry of the state. Raises `NotFound` where there is none."""
        position = await self.horizon(requester.user_id, room_id)
        entry = await store.state_entry_at(self._rooms.driver, room_id, event_type, state_key, position)
        if entry is None:
            raise NotFound("The room has no such state.")
        return (await self._veiled(requester, room_id, None, [entry]))[0]

    async def members(
        self, requester: Requester, room_id: str, at: int | None, only: str | None, but: str | None
    ) -> list[TimelineEvent]:
        """The membership events of a room, now or at a token; with membership `only`, or another than `but`."""
        horizon = await self.horizon(requester.user_id, room_id)
        state = await store.state_at(self._rooms.driver, room_id, horizon if at is None else min(at, horizon))
        state = await self._veiled(requester, room_id, None, state)
        return [
            entry
            for entry in state
            if entry.event.type == "m.room.member"
            and (only is None or entry.event.membership == only)
            and (but is None or entry.event.membership != but)
        ]

    async def joined_members(self, requester: Requester, room_id: str) -> dict[str, dict[str, Any]]:
        """Display name and avatar of each member, for members."""
        view = await self.view(requester.user_id, room_id)
        if view.current_membership != "join":
            raise Forbidden("You are not in this room.")
        members = await self.members(requester, room_id, None, "join", None)
        return {entry.event.state_key or "": _profile(entry.event.content) for entry in members}


def accepts(wanted: Matcher, entry: TimelineEvent, room_id: str) -> bool:
    """Whether a filter lets an event through."""
    return wanted.matches(entry.event.type, entry.event.sender, room_id, entry.has_url)


def _profile(content: dict[str, Any]) -> dict[str, Any]:
    names = {"display_name": content.get("displayname"), "avatar_url": content.get("avatar_url")}
    return {key: value for key, value in names.items() if isinstance(value, str)}
