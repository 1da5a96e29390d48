"""Keeping relations as events enter rooms and are redacted, and finding what relates to what."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.relations import rules, store
from roomkeeper.core.relations.models import ANNOTATION, THREAD, Scope
from roomkeeper.core.relations.recent import Annotation, RecentAnnotations, RecentParents
from roomkeeper.core.rooms import Draft, Room, Rooms, TimelineEvent, history
from roomkeeper.core.rooms.cleaning import RemovedEvent
from roomkeeper.core.rooms.visibility import FOREVER, UserView
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.errors import DuplicateAnnotation, Forbidden, MatrixError, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.wire.events import load as load_event
from roomkeeper.wire.filters import RoomEventFilter
from roomkeeper.wire.redaction import redact

MOST_PAGES = 5
"""Pages of threads that are looked at for one page of those that somebody has written in."""


class NoThreadHere(MatrixError):
    """A thread cannot start at an event that relates to another one."""

    errcode, status = "M_UNKNOWN", 400


class ChildrenQuery(msgspec.Struct, frozen=True):
    """Which children of an event are asked for; positions of tokens, `None` where there is none."""

    rel_type: str | None
    event_type: str | None
    start: int | None
    stop: int | None
    backwards: bool
    recurse: bool
    limit: int


class Page(msgspec.Struct, frozen=True):
    """Events that a client may see, and the position where the next page starts (`None`: there is none)."""

    entries: Sequence[TimelineEvent]
    end: int | None


class Relations:
    """The relations between the events of every room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.parents = RecentParents()
        self._annotations = RecentAnnotations()

    # ------------------------------------------------------------ as events come and go

    async def check(self, room_id: str, draft: Draft) -> None:
        """What must be looked up before an event with a relation is sent. Raises `DuplicateAnnotation`, `NoThreadHere`.

        spec: client-server §Avoiding duplicate annotations, §Validation of m.thread relationships
        """
        relation = rules.relation_of(draft.type, draft.state_key, draft.content)
        if relation is None:
            return
        if relation.rel_type == ANNOTATION:
            if await store.has_annotation(self._rooms.driver, room_id, draft.sender, draft.type, relation):
                raise DuplicateAnnotation
        elif relation.rel_type == THREAD:
            root = (await history.events_by_id(self._rooms.driver, room_id, [relation.parent])).get(relation.parent)
            if root is not None and rules.rel_type_of(root.event.content) is not None:
                raise NoThreadHere

    def accept(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """Part of the room's turn: keep the relation of an event. Raises `DuplicateAnnotation`."""
        event = entry.event
        if rules.KEY not in event.content:
            return
        relation = rules.relation_of(event.type, event.state_key, event.content)
        if relation is None:
            return
        if relation.rel_type == ANNOTATION:
            self._annotations.note((room.room_id, event.sender, event.type, relation), write)
        store.insert(write, entry, relation)
        self.parents.note(relation.parent, entry.position)

    def redacted(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """Part of the turn of a redaction: its target relates to nothing any more."""
        event = entry.event
        relation = rules.relation_of(event.type, event.state_key, event.content)
        if relation is not None:
            annotation: Annotation = (room.room_id, event.sender, event.type, relation)
            self._annotations.forget(annotation)
            store.delete(write, entry.position)

    async def remove(self, _reader: Reader, write: Write, _room_id: str, events: Sequence[RemovedEvent]) -> None:
        """See `EventCleaner`: events that are gone relate to nothing."""
        for event in events:
            store.delete(write, event.position)

    # ------------------------------------------------------------ looking

    async def among(self, reader: Reader, room_id: str, event_ids: Sequence[str], wanted: RoomEventFilter) -> set[str]:
        """See `RelatedAmong`."""
        senders, types = wanted.related_by_senders, wanted.related_by_rel_types
        return await store.related_among(reader, room_id, event_ids, senders, types)

    async def children(self, requester: Requester, room_id: str, event_id: str, query: ChildrenQuery) -> Page:
        """A page of the events that relate to one. Raises `NotFound` where the user may not see that one.

        spec: client-server §Relationships API
        """
        view, parent = await self._rooms.reading.find(requester, room_id, event_id)
        if view is None:
            return Page((), None)
        low, high = (query.stop, query.start) if query.backwards else (query.start, query.stop)
        positions = await store.children(
            self._rooms.driver,
            scope_of(room_id, view, FOREVER if high is None else high),
            parent.event.event_id,
            (query.rel_type, query.event_type),
            low or 0,
            query.limit,
            backwards=query.backwards,
            recurse=query.recurse,
        )
        found = await history.events_at(self._rooms.driver, positions)
        entries = view.filter([found[position] for position in positions])
        shown = await self._rooms.reading.show(requester, room_id, view, entries)
        if len(positions) < query.limit:
            return Page(shown, None)
        return Page(shown, positions[-1] - 1 if query.backwards else positions[-1])

    async def threads(
        self, requester: Requester, room_id: str, start: int | None, limit: int, *, participated: bool
    ) -> Page:
        """A page of the roots of threads, those with the newest events first. Raises `Forbidden`.

        spec: client-server §Querying threads in a room
        """
        try:
            view = await self._rooms.reading.view(requester.user_id, room_id)
        except NotFound:
            raise Forbidden("You are not in this room.") from None
        roots: list[TimelineEvent] = []
        end: int | None = FOREVER if start is None else start
        for _ in range(MOST_PAGES):
            assert end is not None
            newest = await store.threads(self._rooms.driver, scope_of(room_id, view, end), limit - len(roots))
            end = newest[-1][1] - 1 if len(newest) == limit - len(roots) else None
            roots += await self._roots(requester, room_id, view, [root for root, _ in newest], participated)
            if end is None or len(roots) == limit:
                break
        return Page(await self._rooms.reading.show(requester, room_id, view, roots), end)

    async def _roots(
        self, requester: Requester, room_id: str, view: UserView, ids: Sequence[str], participated: bool
    ) -> list[TimelineEvent]:
        """The roots that the user may see; of a user whom they ignore, redacted."""
        driver, user_id = self._rooms.driver, requester.user_id
        found = await history.events_by_id(driver, room_id, ids)
        entries = [found[event_id] for event_id in ids if event_id in found and view.sees_at(found[event_id].position)]
        if participated and entries:
            written = await store.threads_with(driver, room_id, user_id, [entry.event.event_id for entry in entries])
            entries = [e for e in entries if e.event.sender == user_id or e.event.event_id in written]
        room = await self._rooms.cache.get(room_id)
        return [_redacted(entry, room) if view.preferences.hides(entry.event) else entry for entry in entries]


def scope_of(room_id: str, view: UserView, upto: int) -> Scope:
    """What of a room's relations is for the user's eyes, up to a position."""
    return Scope(room_id, view.preferences.ignored_users, upto, view.ranges())


def _redacted(entry: TimelineEvent, room: Room) -> TimelineEvent:
    event = entry.event
    stripped = load_event(redact(event.pdu, room.version), room.version, event.event_id)
    return TimelineEvent(entry.position, stripped, {})
