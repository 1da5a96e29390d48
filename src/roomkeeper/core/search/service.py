"""Searching what was said: only in rooms that one is or was in, and only what one may see of them.

spec: client-server §Server Side Search
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from prometheus_client import Histogram

from roomkeeper.core.rooms import Rooms, TimelineEvent, history
from roomkeeper.core.rooms.follower import Follower
from roomkeeper.core.rooms.visibility import UserView
from roomkeeper.core.search import rules, store
from roomkeeper.core.search.context import ContextRequest, Contexts
from roomkeeper.core.search.models import Entry, Query, Span, Wanted
from roomkeeper.core.search.paging import BEST, GroupKey, GroupName, Hit, Order, Token, decode_token, place
from roomkeeper.core.search.rules import Weights
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import RoomEventFilter, matcher

CANDIDATES: Final = 1_000
"""The newest matches that are looked at, and ranked. Of a word that stands everywhere, older ones are found in order of
time alone."""
ENOUGH: Final = 100
"""Matches that the searcher may see with which none before them are looked for."""
ROUNDS: Final = 5
"""How often further candidates are fetched where the searcher may see few of those before."""
PAGE: Final = 10
MOST: Final = 50
"""Results in one answer: usually, and at most."""
WAIT: Final = 1.0
"""Seconds that a search waits at most for what was just said to be indexed."""
AT_ONCE: Final = 2
"""Searches of the index at one time; the others wait, so that enough of the database is left for everyone."""

duration = Histogram(
    "roomkeeper_search_seconds", "Duration of searches", buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
)

Ranges = Sequence[tuple[int, int]]
"""First and last positions of what can be seen."""


class Criteria(msgspec.Struct, frozen=True, kw_only=True):
    """What to search for. `keys` are those of `rules.KEYS`, `None` all; `groups` of ``room_id`` and ``sender``."""

    term: str
    keys: Sequence[str] | None
    filter: RoomEventFilter
    order: Order
    context: ContextRequest | None
    include_state: bool
    groups: Sequence[GroupKey]


class Result(NamedTuple):
    """A hit with its event, and the text by which it was found."""

    hit: Hit
    event: TimelineEvent
    text: str


class Found(NamedTuple):
    """The hits of one window, in order, and a token with the window's bounds and weights."""

    hits: list[Hit]
    token: Token

    def after(self, page: Sequence[Hit], rest: Sequence[Hit]) -> Token | None:
        """Where the next page begins: with the rest of the window, or with the window before it."""
        if rest:
            return msgspec.structs.replace(self.token, rank=page[-1].rank, position=page[-1].entry.position)
        if self.token.window.start == 0:
            return None
        return msgspec.structs.replace(
            self.token,
            window=Span(0, self.token.window.start),
            seen=self.token.seen + len(self.hits),
            rank=BEST,
            position=0,
            weights=(),
        )


class Search:
    """Searches for users."""

    def __init__(self, app: Application, rooms: Rooms, index: store.Index, follower: Follower) -> None:
        self._app = app
        self._rooms = rooms
        self._index = index
        self._follower = follower
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._contexts = Contexts(rooms)

    async def search(self, requester: Requester, criteria: Criteria, token: str | None) -> dict[str, Any]:
        """The results of the category ``room_events``."""
        query = rules.parse(criteria.term)
        start = Token(criteria.order, Span(0, self._app.positions.last + 1), 0, BEST, 0, (), None)
        after = start if token is None else decode_token(token, criteria.order, len(query))
        if not query:
            return {"count": 0, "highlights": [], "results": []}
        with duration.time():
            await self._follower.reach(self._app.positions.committed, WAIT)
            return await self._page(requester, criteria, query, after)

    async def _page(self, requester: Requester, criteria: Criteria, query: Query, after: Token) -> dict[str, Any]:
        looking = Looking(self._rooms, requester.user_id, criteria.filter)
        found = await self._window(looking, criteria, query, after)
        hits = [hit for hit in found.hits if after.is_before(hit)]
        limit = PAGE if criteria.filter.limit is None else min(criteria.filter.limit, MOST)
        page, rest = hits[:limit], hits[limit:]
        results = await self._load(page)
        following = found.after(page, rest) if limit else None
        answer: dict[str, Any] = {
            "count": after.seen + len(found.hits),
            "highlights": rules.highlights(query, (result.text for result in results)),
            "results": await self._shown(requester, looking, criteria, results),
        }
        if criteria.groups:
            answer["groups"] = {key: groups_of(key, results, rest, following) for key in criteria.groups}
        if criteria.include_state:
            answer["state"] = await self._states(requester, results)
        if following is not None:
            answer["next_batch"] = following.encode()
        return answer

    async def _window(self, looking: Looking, criteria: Criteria, query: Query, after: Token) -> Found:
        """The newest matches that the searcher may see, in the order that was asked for."""
        wanted = await looking.wanted(query, criteria.keys, after.group)
        entries: list[Entry] = []
        span = after.window
        start = 0
        for _ in range(ROUNDS):
            async with self._turns:
                found = await self._index.newest(self._app.driver, wanted, span, CANDIDATES)
            entries += await looking.visible(found.entries)
            start = found.start
            if start <= span.start or (not span.start and len(entries) >= ENOUGH):
                break
            span = Span(span.start, start)
        weights, hits = await asyncio.to_thread(_ranked, query, entries, after.weights)
        hits.sort(key=lambda hit: place(criteria.order, hit))
        window = Span(start, after.window.end)
        return Found(hits, msgspec.structs.replace(after, window=window, weights=weights))

    async def _load(self, page: Sequence[Hit]) -> list[Result]:
        """The events of a page; what was redacted or taken back since it was indexed is left out."""
        positions = {position for hit in page for position in (hit.entry.position, hit.entry.source)}
        events = await history.events_at(self._app.driver, list(positions))
        results = []
        for hit in page:
            original, source = events.get(hit.entry.position), events.get(hit.entry.source)
            text = None if original is None or source is None else text_of(original, source)
            if original is not None and text is not None:
                results.append(Result(hit, original, text))
        return results

    async def _shown(
        self, requester: Requester, looking: Looking, criteria: Criteria, results: Sequence[Result]
    ) -> list[dict[str, Any]]:
        """The results as clients get them, those of one room prepared together."""
        by_room: dict[str, list[TimelineEvent]] = {}
        for result in results:
            by_room.setdefault(result.event.event.room_id, []).append(result.event)
        events: dict[int, Any] = {}
        contexts: dict[int, dict[str, Any]] = {}
        for room_id, entries in by_room.items():
            view = looking.view(room_id)
            told = await self._contexts.prepare(requester, room_id, view, entries, criteria.context)
            events.update(told.events)
            contexts.update(told.contexts)
        shown = []
        for result in results:
            position = result.hit.entry.position
            item: dict[str, Any] = {"rank": result.hit.rank / 1e6, "result": events[position]}
            if criteria.context is not None:
                item["context"] = contexts[position]
            shown.append(item)
        return shown

    async def _states(self, requester: Requester, results: Sequence[Result]) -> dict[str, Any]:
        """The state of each room in the results, as far as the searcher sees it."""
        states: dict[str, Any] = {}
        for room_id in dict.fromkeys(result.event.event.room_id for result in results):
            state = await self._rooms.reading.current_state(requester, room_id)
            states[room_id] = [entry.for_client(requester, with_room_id=True) for entry in state]
        return states


class Looking:
    """Where one searcher may look, and what of that they may see."""

    def __init__(self, rooms: Rooms, user_id: str, event_filter: RoomEventFilter) -> None:
        self._rooms = rooms
        self._user_id = user_id
        self._filter = event_filter
        self._matcher = matcher(event_filter)
        self._hidden = frozenset(event_filter.not_senders or ())
        self._ranges: dict[str, Ranges | None] = {}
        self._views: dict[str, UserView] = {}

    async def wanted(self, query: Query, keys: Sequence[str] | None, group: GroupName | None) -> Wanted:
        """What to ask of the index: the searcher's rooms and what else narrows it, as far as the filter lets them."""
        memberships = await history.memberships_of(self._rooms.driver, self._user_id)
        match = self._matcher
        rooms = [
            membership.room_id
            for membership in memberships
            if not membership.forgotten and (match is None or match.matches_room(membership.room_id))
        ]
        wanted_keys = [
            name
            for event_type, (key, name) in rules.KEYS.items()
            if (keys is None or key in keys) and (match is None or match.matches_type(event_type))
        ]
        senders: Sequence[str] | None = self._filter.senders
        if group is not None and group.key == "room_id":
            rooms = [room_id for room_id in rooms if room_id == group.value]
        elif group is not None:
            senders = [group.value] if senders is None or group.value in senders else []
        nowhere = not wanted_keys or (senders is not None and not senders)
        return Wanted(
            query=query,
            rooms=[] if nowhere else rooms,
            senders=senders,
            keys=None if len(wanted_keys) == len(rules.KEYS) else wanted_keys,
        )

    async def visible(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those that the searcher may see and wants to."""
        await self._look_at({entry.room_id for entry in entries})
        seen = [entry for entry in entries if self._sees(entry)]
        if self._filter.contains_url is None:
            return seen
        events = await history.events_at(self._rooms.driver, [entry.position for entry in seen])
        return [
            entry
            for entry in seen
            if entry.position in events and events[entry.position].has_url is self._filter.contains_url
        ]

    async def _look_at(self, room_ids: set[str]) -> None:
        """Learn what the searcher may see of these rooms, which are theirs and not forgotten."""
        missing = sorted(room_ids - self._views.keys())
        if not missing:
            return
        preferences = await self._rooms.preferences_of(self._user_id)
        self._hidden |= preferences.ignored_users
        encrypted = await history.histories_of_entry(self._rooms.driver, missing, "m.room.encryption", "")
        left_out = {room_id for room_id, _, _ in encrypted}
        for room_id, view in (await UserView.load_many(self._rooms.driver, self._user_id, missing)).items():
            view.preferences = preferences
            self._views[room_id] = view
            # An invitation to a room alone opens nothing of it; and encrypted rooms are not searched, even for what was
            # said before they were.
            is_open = "join" in view.memberships and room_id not in left_out
            self._ranges[room_id] = view.ranges() if is_open else ()

    def _sees(self, entry: Entry) -> bool:
        if entry.sender in self._hidden:
            return False
        erased = self._rooms.erased_at(entry.sender)
        if erased is not None and not self._views[entry.room_id].saw_before(entry.position, erased):
            return False
        ranges = self._ranges[entry.room_id]
        return ranges is None or (_is_in(ranges, entry.position) and _is_in(ranges, entry.source))

    def view(self, room_id: str) -> UserView:
        """What the searcher may see of a room in which something was found."""
        return self._views[room_id]


def _is_in(ranges: Ranges, position: int) -> bool:
    return any(first <= position <= last for first, last in ranges)


def text_of(original: TimelineEvent, source: TimelineEvent) -> str | None:
    """The text by which an event is found now; `None` where it is not."""
    found = rules.searchable(original.event)
    if found is None:
        return None
    return found[1] if source.position == original.position else rules.new_text(source.event, original.event)


def _ranked(query: Query, entries: Sequence[Entry], weights: Weights) -> tuple[Weights, list[Hit]]:
    """What the clauses weigh, unless that is known, and the hits, not yet in order. Takes a while where texts are
    long, so it runs on a thread."""
    weights = weights or rules.weights(query, [entry.words for entry in entries])
    return weights, [Hit(round(rules.rank(query, entry.words, weights) * 1e6), entry) for entry in entries]


def groups_of(key: GroupKey, results: Sequence[Result], rest: Sequence[Hit], following: Token | None) -> dict[str, Any]:
    """The results by room or sender, groups in the order in which they first occur; `rest` are the window's hits that
    come after, `following` is where the next page begins."""
    groups: dict[str, Any] = {}
    for result in results:
        event = result.event.event
        name = event.room_id if key == "room_id" else event.sender
        group = groups.setdefault(name, {"order": len(groups), "results": []})
        group["results"].append(event.event_id)
    if following is None or (following.group is not None and following.group.key != key):
        return groups
    remaining = {hit.entry.room_id if key == "room_id" else hit.entry.sender for hit in rest}
    for name, group in groups.items():
        if following.window.start or name in remaining or following.rank == BEST:
            group["next_batch"] = msgspec.structs.replace(following, group=GroupName(key, name)).encode()
    return groups
