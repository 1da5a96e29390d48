"""How rooms and their events are shown by sync: from memory to a client that is online, from the database otherwise.

spec: client-server §Syncing
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from roomkeeper.core.rooms import Preferences, Room, Rooms, Showing, TimelineEvent, history
from roomkeeper.core.rooms.visibility import UserView
from roomkeeper.core.sync.sources import RoomSection, SyncAnswer, SyncRequest
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Reader
from roomkeeper.platform.tracking import Tracking
from roomkeeper.wire.filters import Matcher, matcher, select_fields
from roomkeeper.wire.stripped_state import STRIPPED_STATE_TYPES, stripped

INITIAL_LIMIT = 20
INCREMENTAL_LIMIT = 100
MOST = 500
"""Events of one room in one answer: what a filter may ask for at most."""
MOST_SCANNED = 2_000
HEROES = 5
STRIPPED = tuple((event_type, "") for event_type in STRIPPED_STATE_TYPES)
SERVICE_MEMBERS = "io.element.functional_members"
"""Names, in ``service_members``, who is in a room without being somebody to talk to (MSC4171)."""
SUMMARISED = frozenset({"m.room.member", "m.room.name", "m.room.canonical_alias", SERVICE_MEMBERS})
"""What a room's summary is made of."""
KEPT_LAZY_LISTS = 20_000


class View:
    """One sync request's filters, prepared."""

    def __init__(self, request: SyncRequest, preferences: Preferences) -> None:
        rooms = request.filter.room
        self.request = request
        self.preferences = preferences
        self.user_id = request.requester.user_id
        self.held: dict[str, list[TimelineEvent]] = {}
        """The user's own events that wait for a decision, by room: they see them as if they were sent."""
        self.timeline = matcher(rooms.timeline)
        self.state = matcher(rooms.state)
        self.lazy = rooms.state.lazy_load_members or rooms.timeline.lazy_load_members
        self.redundant = rooms.state.include_redundant_members
        default = INITIAL_LIMIT if request.is_initial else INCREMENTAL_LIMIT
        limit = rooms.timeline.limit
        self.limit = min(default if limit is None else limit, MOST)

    def includes(self, room_id: str) -> bool:
        """Whether the filter lets the room through."""
        return self.request.filter.room.includes_room(room_id)

    def show(self, entry: TimelineEvent) -> Any:
        """An event in the format that the filter asks for."""
        wanted = self.request.filter
        if wanted.event_format == "federation":
            return entry.event.pdu
        client = entry.for_client(self.request.requester)
        if wanted.event_fields is None:
            return client
        return select_fields(msgspec.json.decode(client), wanted.event_fields)

    def wants(self, entry: TimelineEvent) -> bool:
        """Whether an event is for the timeline: the filter lets it through, and its sender is not ignored."""
        return _wanted(self.timeline, entry) and not self.preferences.hides(entry.event)

    def own(self, entry: TimelineEvent) -> bool:
        """Whether the event is about the user's own membership."""
        return entry.event.state_key == self.user_id and entry.event.type == "m.room.member"


class SyncRooms:
    """Writes rooms into the answer."""

    def __init__(self, rooms: Rooms, tracking: Tracking) -> None:
        self._rooms = rooms
        self._tracking = tracking
        self._lazy_sent: OrderedDict[tuple[str, str, str], set[str]] = OrderedDict()

    # ------------------------------------------------------------ from memory

    async def online(self, changes: Iterable[Change], request: SyncRequest, answer: SyncAnswer, reader: Reader) -> None:
        """Show what `changes` bring. The database is asked only where the user's own membership has changed."""
        view = await self._view(request)
        by_room: dict[str, list[TimelineEvent]] = {}
        for change in changes:
            assert change.room_id is not None
            by_room.setdefault(change.room_id, []).append(change.data)
        for room_id, entries in by_room.items():
            if not view.includes(room_id):
                continue
            if any(view.own(entry) for entry in entries) and not _stayed(view, entries):
                await self.away(room_id, request, answer, reader)
                continue
            if any(entry.event.redacts is not None for entry in entries):
                entries = history.redacted_now(entries, (await self._rooms.cache.get(room_id)).version)
            await self._delta(room_id, entries, view, answer, reader)

    async def _view(self, request: SyncRequest) -> View:
        return View(request, await self._rooms.preferences_of(request.requester.user_id))

    async def _delta(
        self, room_id: str, entries: list[TimelineEvent], view: View, answer: SyncAnswer, reader: Reader
    ) -> None:
        """A room that the user stayed in: all events since are known."""
        matched = await self._wanted(room_id, entries, view, reader)
        shown = matched[len(matched) - view.limit :] if len(matched) > view.limit else matched
        section = RoomSection("join")
        section.timeline["limited"] = len(shown) < len(matched)
        start = shown[0].position - 1 if shown else entries[-1].position
        earlier = entries if view.request.use_state_after else [e for e in entries if e.position <= start]
        state = list({(e.event.type, e.event.state_key): e for e in earlier if e.event.is_state}.values())
        if any(entry.event.type in SUMMARISED for entry in entries):
            section.summary = summarise(await self._rooms.cache.get(room_id), view.user_id)
        await self._fill(room_id, section, view, shown, start, state, reader)
        if shown or section.state or section.summary:
            answer.rooms[room_id] = section

    # ------------------------------------------------------------ from the database

    async def everything(self, request: SyncRequest, answer: SyncAnswer, reader: Reader) -> None:
        """Show all rooms: what is new since the request's token, or the whole of it."""
        view = await self._view(request)
        for entry in await history.held_by_sender(reader, view.user_id, request.since, request.upto):
            view.held.setdefault(entry.event.room_id, []).append(entry)
        for membership in await history.memberships_of(reader, view.user_id):
            # A device that was away learns of the leaving even where another one has forgotten the room already.
            forgotten = membership.forgotten and (request.is_initial or membership.position <= request.since)
            if view.includes(membership.room_id) and not forgotten:
                await self._away(membership, view, answer, reader)
                # Many rooms take long; others must get their turn meanwhile.
                await asyncio.sleep(0)

    async def away(self, room_id: str, request: SyncRequest, answer: SyncAnswer, reader: Reader) -> None:
        """Show one room as the database has it."""
        membership = await history.membership_of(reader, request.requester.user_id, room_id)
        if membership is not None:
            await self._away(membership, await self._view(request), answer, reader)

    async def _away(self, membership: history.Membership, view: View, answer: SyncAnswer, reader: Reader) -> None:
        request, room_id = view.request, membership.room_id
        changed = membership.position > request.since
        if membership.membership == "join":
            section = await self._joined(membership, view, reader)
        elif membership.membership in ("invite", "knock"):
            if changed or request.full_state:
                await self._pending(membership, view, answer, reader)
            return
        elif (changed and not request.is_initial) or (request.is_initial and request.filter.room.include_leave):
            section = await self._left(membership, view, reader)
        else:
            section = None
        if section is not None:
            answer.rooms[room_id] = section

    async def _joined(self, membership: history.Membership, view: View, reader: Reader) -> RoomSection | None:
        """A room that the user is in: its newest events, and the state before them, whole or what changed."""
        request, room_id = view.request, membership.room_id
        since = request.since
        anew, again = request.is_initial, False
        if not anew and membership.position > since:
            user_view = await UserView.load(reader, view.user_id, room_id)
            anew = not user_view.joined_throughout(since, request.upto)
            again = anew and user_view.membership_at(since) == "join"
        if not anew and not request.full_state:
            newest = await history.newest_position(reader, room_id, request.upto)
            if newest <= since and room_id not in view.held:
                return None
        if anew:
            self._tracking.track(
                "room_synced", view.user_id, room_id=room_id, device_id=request.requester.device_id or "-"
            )
        section = RoomSection("join")
        lower = 0 if anew else since
        shown, limited, start = await self._timeline(room_id, lower, request.upto, view, reader, anew=anew)
        # Who came back is told everything anew, not what follows the timeline that they have.
        section.timeline["limited"] = limited or again
        end = request.upto if request.use_state_after else start
        if anew or request.full_state:
            state = await history.state_at(reader, room_id, end)
        else:
            state = await history.state_between(reader, room_id, since, end)
        if anew and not request.is_initial:
            self._lazy_sent.pop((view.user_id, request.requester.device_id, room_id), None)
        section.summary = summarise(await self._rooms.cache.get(room_id), view.user_id)
        await self._fill(room_id, section, view, shown, start, state, reader, whole=anew or request.full_state)
        return section

    async def _left(self, membership: history.Membership, view: View, reader: Reader) -> RoomSection | None:
        """A room that the user left, up to the moment of leaving."""
        request, room_id = view.request, membership.room_id
        user_view = await UserView.load(reader, view.user_id, room_id)
        end = user_view.end_of_membership_after(request.since)
        # In the room at the time of the token; else the client knows nothing of it, and is told all, or, where the user
        # never was in it (an invitation was rejected), their own leaving alone.
        was_in = not request.is_initial and user_view.joined_throughout(request.since, (end or 0) - 1)
        whole = end is not None and (not was_in or request.full_state)
        lower = request.since if was_in else 0
        section = RoomSection("leave")
        shown: list[TimelineEvent] = []
        limited, start = False, membership.position - 1
        if end is not None:
            shown, limited, start = await self._timeline(room_id, lower, end, view, reader, anew=True, always=end)
        if end != membership.position:
            shown += await self._own(membership, user_view, view, reader)
        section.timeline["limited"] = limited or (whole and not request.is_initial)
        until = min(end or 0, membership.position if request.use_state_after else start)
        state = await history.state_between(reader, room_id, 0 if whole else lower, until)
        if request.use_state_after:
            known = {(entry.event.type, entry.event.state_key): entry for entry in state}
            known.update({(entry.event.type, entry.event.state_key): entry for entry in shown if view.own(entry)})
            state = list(known.values())
        await self._fill(room_id, section, view, shown, start, state, reader, whole=whole)
        return section

    async def _own(
        self, membership: history.Membership, user_view: UserView, view: View, reader: Reader
    ) -> list[TimelineEvent]:
        """The event of the user's membership, which they may see whatever the history visibility is."""
        at = membership.position
        found = await history.events_between(reader, membership.room_id, at - 1, at, 1, newest_first=True)
        return [entry for entry in user_view.filter(found, always=at) if _wanted(view.timeline, entry)]

    async def _pending(self, membership: history.Membership, view: View, answer: SyncAnswer, reader: Reader) -> None:
        """An invitation or a knock: what identified the room at that time, and the user's own membership."""
        events = []
        for event_type, state_key in (*STRIPPED, ("m.room.member", view.user_id)):
            entry = await history.state_entry_at(reader, membership.room_id, event_type, state_key, membership.position)
            if entry is not None:
                events.append(stripped(entry.event))
        if membership.membership == "invite":
            if entry is not None and view.preferences.hides_invite(entry.event.sender):
                return
            answer.invited[membership.room_id] = {"invite_state": {"events": events}}
        else:
            answer.knocked[membership.room_id] = {"knock_state": {"events": events}}

    async def _timeline(
        self,
        room_id: str,
        lower: int,
        upper: int,
        view: View,
        reader: Reader,
        *,
        anew: bool,
        always: int | None = None,
    ) -> tuple[list[TimelineEvent], bool, int]:
        """The newest events that the filter wants, oldest first; whether there are more; the position before them.

        `anew`: the user was not in the room all the time, so that its history visibility decides; but for the event at
        position `always`, which is shown in any case.
        """
        user_view = await UserView.load(reader, view.user_id, room_id) if anew else None
        found: list[TimelineEvent] = []
        at, scanned, page, hidden = upper, 0, view.limit + 1, False
        while scanned < MOST_SCANNED and len(found) <= view.limit and not hidden:
            batch = await history.events_between(reader, room_id, lower, at, page, newest_first=True)
            scanned += len(batch)
            visible = batch
            if user_view is not None:
                visible, hidden = _until_hidden_state(user_view, batch, always)
            found += await self._wanted(room_id, visible, view, reader)
            if len(batch) < page:
                break
            at = batch[-1].position - 1
        shown = found[: view.limit][::-1]
        limited = len(found) > view.limit or scanned >= MOST_SCANNED or hidden
        # What is before the start of a limited timeline can be had from there.
        after = (shown[0].position if shown else upper) if limited else lower
        held = [entry for entry in view.held.get(room_id, ()) if entry.position > after]
        shown = sorted([*shown, *held], key=lambda entry: entry.position)
        start = shown[0].position - 1 if shown else upper
        return shown, limited, start

    # ------------------------------------------------------------ both

    async def _wanted(
        self, room_id: str, entries: Sequence[TimelineEvent], view: View, reader: Reader
    ) -> Sequence[TimelineEvent]:
        """Those events that the filter wants in the timeline."""
        wanted = [entry for entry in entries if view.wants(entry)]
        return await self._rooms.narrow(reader, room_id, wanted, view.request.filter.room.timeline)

    async def _fill(
        self,
        room_id: str,
        section: RoomSection,
        view: View,
        shown: Sequence[TimelineEvent],
        start: int,
        state: Sequence[TimelineEvent],
        reader: Reader,
        *,
        whole: bool = False,
    ) -> None:
        """Write timeline and state into the section; `whole`: the state is all there is, not what changed."""
        showing = Showing(view.request.requester, room_id, reader, view.request.upto)
        # Who has all events of the room needs not be told what they amount to.
        show = self._rooms.show if section.timeline["limited"] else self._rooms.veil.show
        shown = await show(showing, shown)
        state = await self._rooms.veil.show(showing, state)
        section.timeline["prev_batch"] = stream_tokens.encode(start)
        section.timeline["events"] = [view.show(entry) for entry in shown]
        if view.lazy:
            needed = {entry.event.sender for entry in shown} | set(section.summary.get("m.heroes", ()))
            state = await self._lazy(room_id, view, shown, state, needed, whole=whole)
        section.state = [view.show(entry) for entry in state if _wanted(view.state, entry)]

    async def _lazy(
        self,
        room_id: str,
        view: View,
        shown: Sequence[TimelineEvent],
        state: Sequence[TimelineEvent],
        needed: set[str],
        *,
        whole: bool,
    ) -> list[TimelineEvent]:
        """Of all members only the user and the `needed`, who sent what is shown or name the room; of changed ones all.

        spec: client-server §Lazy-loading room members
        """
        key = (view.user_id, view.request.requester.device_id, room_id)
        sent = self._lazy_sent.setdefault(key, set())
        self._lazy_sent.move_to_end(key)
        if len(self._lazy_sent) > KEPT_LAZY_LISTS:
            self._lazy_sent.popitem(last=False)
        if view.request.is_initial:
            sent.clear()
        if whole:
            kept = [
                entry
                for entry in state
                if entry.event.type != "m.room.member" or entry.event.state_key in needed | {view.user_id}
            ]
        else:
            kept = list(state)
        known = {entry.event.state_key for entry in [*kept, *shown] if entry.event.type == "m.room.member"}
        missing = needed - known if view.redundant else needed - known - sent
        if missing:
            room = await self._rooms.cache.get(room_id)
            members = [room.state.get(("m.room.member", sender)) for sender in sorted(missing)]
            kept += [TimelineEvent(0, member, {}) for member in members if member is not None]
        sent |= needed | {key for key in known if key is not None}
        return kept


def _until_hidden_state(
    user_view: UserView, batch: Sequence[TimelineEvent], always: int | None
) -> tuple[list[TimelineEvent], bool]:
    """What the user may see of events, newest first, down to a state event that they may not; whether there is one.

    The timeline must start after that: what is hidden in it would be missing from the state.
    """
    for index, entry in enumerate(batch):
        if entry.event.is_state and entry.position != always and not user_view.sees(entry):
            return user_view.filter(batch[:index], always=always), True
    return user_view.filter(batch, always=always), False


def _stayed(view: View, entries: Sequence[TimelineEvent]) -> bool:
    """Whether the user was in the room before these events and never left (changed their profile, say)."""
    own = [entry for entry in entries if view.own(entry)]
    replaced = msgspec.json.decode(own[0].json)["unsigned"].get("prev_content", {})
    return replaced.get("membership") == "join" and all(entry.event.membership == "join" for entry in own)


def _wanted(wanted: Matcher | None, entry: TimelineEvent) -> bool:
    event = entry.event
    return wanted is None or wanted.matches(event.type, event.sender, event.room_id, entry.has_url)


def summarise(room: Room, user_id: str) -> dict[str, Any]:
    """Counts of members, and whom a room without a name is named after. spec: client-server §Syncing, RoomSummary

    No room is named after those who are there as a service alone; they are counted (MSC4171).
    """
    service = room.content(SERVICE_MEMBERS).get("service_members")
    unnamed = {user_id, *(each for each in (service if isinstance(service, list) else ()) if isinstance(each, str))}
    present: list[str] = []
    gone: list[str] = []
    invited = 0
    for (event_type, member), event in room.state.items():
        if event_type != "m.room.member":
            continue
        membership = event.membership
        invited += membership == "invite"
        if member not in unnamed:
            (present if membership in ("join", "invite") else gone).append(member)
    summary: dict[str, Any] = {"m.joined_member_count": len(room.joined), "m.invited_member_count": invited}
    if not room.content("m.room.name").get("name") and not room.content("m.room.canonical_alias").get("alias"):
        summary["m.heroes"] = (present or gone)[:HEROES]
    return summary
