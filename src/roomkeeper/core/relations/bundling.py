"""What an event's children amount to, told with the event: ``m.relations`` in its ``unsigned``.

spec: client-server §Aggregations of child events
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roomkeeper.core.relations import rules, store
from roomkeeper.core.relations.models import REFERENCE, REPLACE, THREAD, Scope, Summary
from roomkeeper.core.relations.recent import RecentParents
from roomkeeper.core.rooms import Preferences, Rooms, Showing, TimelineEvent, history
from roomkeeper.core.rooms.visibility import UserView

Bundles = dict[str, dict[str, Any]]
"""``m.relations`` by event id."""


class Bundling:
    """Adds ``m.relations`` to events that are shown."""

    def __init__(self, rooms: Rooms, parents: RecentParents) -> None:
        self._rooms = rooms
        self._parents = parents

    async def show(self, showing: Showing, entries: Sequence[TimelineEvent]) -> Sequence[TimelineEvent]:
        """The events with what relates to them; one query for those that may have children, none for the others."""
        parents = [entry for entry in entries if self._may_have_children(entry)]
        if not parents:
            return entries
        bundles = await self._bundles(showing, parents)
        return [
            entry.with_unsigned("m.relations", bundles[entry.event.event_id])
            if entry.event.event_id in bundles
            else entry
            for entry in entries
        ]

    def _may_have_children(self, entry: TimelineEvent) -> bool:
        event = entry.event
        return event.state_key is None and self._parents.may_have_children(event.event_id, entry.position)

    async def _bundles(self, showing: Showing, parents: Sequence[TimelineEvent]) -> Bundles:
        preferences = await self._rooms.preferences_of(showing.requester.user_id)
        found = await self._summaries(showing, preferences, parents)
        if not found:
            return {}
        by_id = {entry.event.event_id: entry for entry in parents}
        positions = [summary.position for summary in found if summary.rel_type != REFERENCE]
        children = await history.events_at(showing.reader, positions)
        told = await self._rooms.veil.show(showing, list(children.values()))
        children = {entry.position: entry for entry in told}
        newest = [children[summary.position] for summary in found if summary.rel_type == THREAD]
        # An event of a thread is the root of none, so this goes no deeper.
        shown = {entry.position: entry for entry in await self.show(showing, newest)} if newest else {}
        bundles: Bundles = {}
        for summary in found:
            bundle = bundles.setdefault(summary.parent, {})
            if summary.rel_type == REFERENCE:
                bundle.setdefault(REFERENCE, {"chunk": []})["chunk"].append({"event_id": summary.event_id})
            elif summary.rel_type == THREAD:
                bundle[THREAD] = self._thread(showing, summary, by_id[summary.parent], shown)
            else:
                bundle[REPLACE] = children[summary.position].for_client(showing.requester, with_room_id=True)
        return bundles

    def _thread(
        self, showing: Showing, summary: Summary, root: TimelineEvent, shown: Mapping[int, TimelineEvent]
    ) -> dict[str, Any]:
        """spec: client-server §Server-side aggregation of m.thread relationships"""
        return {
            "latest_event": shown[summary.position].for_client(showing.requester, with_room_id=True),
            "count": summary.total,
            "current_user_participated": bool(summary.own) or root.event.sender == showing.requester.user_id,
        }

    async def _summaries(
        self, showing: Showing, preferences: Preferences, parents: Sequence[TimelineEvent]
    ) -> list[Summary]:
        """What the children amount to that the user may see."""
        reader, room_id, user_id = showing.reader, showing.room_id, showing.requester.user_id
        ids = [entry.event.event_id for entry in parents]
        editable = [(e.event.event_id, e.event.sender, e.event.type) for e in parents if rules.can_be_replaced(e.event)]
        ranges = showing.view.ranges() if showing.view else None
        scope = Scope(room_id, preferences.ignored_users, showing.upto, ranges)
        found = await store.summaries(reader, scope, user_id, ids, editable)
        if not found or showing.view is not None:
            return found
        # Only now it matters what of the room the user may see; of most rooms that is everything.
        ranges = (await UserView.load(reader, user_id, room_id)).ranges()
        if ranges is None:
            return found
        return await store.summaries(
            reader, Scope(room_id, preferences.ignored_users, showing.upto, ranges), user_id, ids, editable
        )
