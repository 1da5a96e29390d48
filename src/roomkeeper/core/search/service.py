"""Searching what was said: only in rooms that one is or was in, and only what one may see of them.

spec: client-server §Server Side Search
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

import msgspec
from prometheus_client import Histogram

from roomkeeper.core.rooms import Rooms, TimelineEvent, history
from roomkeeper.core.rooms.follower import Follower
from roomkeeper.core.rooms.visibility import UserView
from roomkeeper.core.search import rules, store
from roomkeeper.core.search.context import ContextRequest, Contexts
from roomkeeper.core.search.models import Entry, Query, Wanted
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import RoomEventFilter, matcher

CANDIDATES: Final = 1_000
"""The newest matches that are looked at, and ranked. Of a word that stands everywhere, older ones are found in order of
time alone."""
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

Order = Literal["rank", "recent"]
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
    groups: Sequence[str]


class Token(NamedTuple):
    """Where a page ended: the matches before `below` were looked at, and `seen` results were shown, the last one with
    that rank (in millionths) and position."""

    order: str
    below: int
    seen: int
    rank: int
    position: int

    def encode(self) -> str:
        """As clients get it."""
        return f"{self.order}.{self.below}.{self.seen}.{self.rank}.{self.position}"


_TOKEN: Final = re.compile(r"(rank|recent)\.([0-9]{1,18})\.([0-9]{1,9})\.([0-9]{1,12})\.([0-9]{1,18})", re.ASCII)


def decode_token(text: str, order: Order) -> Token:
    """Raises `InvalidParameter`, also for one of another order."""
    match = _TOKEN.fullmatch(text)
    if match is None or match[1] != order:
        raise InvalidParameter("next_batch is not a token of this search. Start again without one.")
    return Token(match[1], *(int(match[number]) for number in range(2, 6)))


class Hit(NamedTuple):
    """A match that the searcher may see; `rank` in millionths."""

    rank: int
    entry: Entry


class Result(NamedTuple):
    """A hit with its event, and the text by which it was found."""

    hit: Hit
    event: TimelineEvent
    text: str


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
        after = None if token is None else decode_token(token, criteria.order)
        query = rules.parse(criteria.term)
        if not query:
            return {"count": 0, "highlights": [], "results": []}
        with duration.time():
            await self._follower.reach(self._app.positions.committed, WAIT)
            return await self._page(requester, criteria, query, after)

    async def _page(
        self, requester: Requester, criteria: Criteria, query: Query, after: Token | None
    ) -> dict[str, Any]:
        looking = Looking(self._rooms, requester.user_id, criteria.filter)
        below = self._app.positions.last + 1 if after is None else after.below
        hits, is_cut = await self._hits(looking, criteria, query, below)
        seen = 0 if after is None else after.seen
        count = len(hits) + (seen if criteria.order == "recent" else 0)
        if after is not None and criteria.order == "rank":
            hits = [hit for hit in hits if (-hit.rank, -hit.entry.position) > (-after.rank, -after.position)]
        limit = PAGE if criteria.filter.limit is None else min(criteria.filter.limit, MOST)
        page = hits[:limit]
        results = await self._load(page)
        answer: dict[str, Any] = {
            "count": count,
            "highlights": rules.highlights(query, (result.text for result in results)),
            "results": await self._shown(requester, looking, criteria, results),
        }
        if criteria.groups:
            answer["groups"] = {key: groups_of(key, results) for key in criteria.groups}
        if criteria.include_state:
            answer["state"] = await self._states(requester, results)
        if page and (len(hits) > limit or (is_cut and criteria.order == "recent")):
            last = page[-1]
            going_on = last.entry.position if criteria.order == "recent" else below
            answer["next_batch"] = Token(
                criteria.order, going_on, seen + len(page), last.rank, last.entry.position
            ).encode()
        return answer

    async def _hits(self, looking: Looking, criteria: Criteria, query: Query, below: int) -> tuple[list[Hit], bool]:
        """The newest matches that the searcher may see, in the order that was asked for; and whether there were more
        candidates than were looked at."""
        wanted = await looking.wanted(query, criteria.keys)
        entries: list[Entry] = []
        is_cut = True
        for _ in range(ROUNDS):
            async with self._turns:
                found = await self._index.newest(self._app.driver, wanted, below, CANDIDATES)
            entries += await looking.visible(found)
            is_cut = len(found) == CANDIDATES
            if not is_cut or len(entries) >= CANDIDATES // 2:
                break
            below = found[-1].position
        hits = [Hit(round(rules.rank(query, entry.words) * 1e6), entry) for entry in entries]
        if criteria.order == "rank":
            hits.sort(key=lambda hit: (-hit.rank, -hit.entry.position))
        return hits, is_cut

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

    async def wanted(self, query: Query, keys: Sequence[str] | None) -> Wanted:
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
        senders = self._filter.senders
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
        for room_id, view in (await UserView.load_many(self._rooms.driver, self._user_id, missing)).items():
            view.preferences = preferences
            self._views[room_id] = view
            # An invitation to a room alone opens nothing of it.
            self._ranges[room_id] = view.ranges() if "join" in view.memberships else ()

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


def groups_of(key: str, results: Sequence[Result]) -> dict[str, Any]:
    """The results by room or sender, groups in the order in which they first occur."""
    groups: dict[str, Any] = {}
    for result in results:
        event = result.event.event
        name = event.room_id if key == "room_id" else event.sender
        group = groups.setdefault(name, {"order": len(groups), "results": []})
        group["results"].append(event.event_id)
    return groups
