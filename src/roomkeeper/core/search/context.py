"""What surrounds a result: events before and after it, and who their senders were at the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from roomkeeper.core.rooms import Rooms, TimelineEvent, history
from roomkeeper.core.rooms.visibility import FOREVER, UserView
from roomkeeper.platform import stream_tokens
from roomkeeper.platform.http import Requester
from roomkeeper.wire.identifiers import is_mxc_uri

MOST: Final = 20
"""Events before a result, and after it, at most."""


class ContextRequest(msgspec.Struct, frozen=True):
    """How many events before and after each result, and whether with their senders' profiles."""

    before: int
    after: int
    include_profile: bool


class Surrounded(msgspec.Struct, frozen=True):
    """A result with the events around it, in order of time."""

    before: Sequence[TimelineEvent]
    entry: TimelineEvent
    after: Sequence[TimelineEvent]

    @property
    def events(self) -> list[TimelineEvent]:
        """All of them."""
        return [*self.before, self.entry, *self.after]


class Told(msgspec.Struct):
    """What clients get, by the position of the event: the event, and its context."""

    events: dict[int, msgspec.Raw]
    contexts: dict[int, dict[str, Any]]


class Contexts:
    """Prepares results for clients."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def prepare(
        self,
        requester: Requester,
        room_id: str,
        view: UserView,
        entries: Sequence[TimelineEvent],
        wish: ContextRequest | None,
    ) -> Told:
        """Results of one room as a user may see them, each with what surrounds it."""
        found = [await self._surround(room_id, view, entry, wish) for entry in entries]
        unique = {entry.position: entry for surrounded in found for entry in surrounded.events}
        shown = await self._rooms.reading.show(requester, room_id, view, list(unique.values()))
        told = Told({entry.position: entry.for_client(requester, with_room_id=True) for entry in shown}, {})
        if wish is not None:
            for surrounded in found:
                context = self._context(surrounded, told)
                if wish.include_profile:
                    context["profile_info"] = await self._profiles(room_id, surrounded)
                told.contexts[surrounded.entry.position] = context
        return told

    async def _surround(
        self, room_id: str, view: UserView, entry: TimelineEvent, wish: ContextRequest | None
    ) -> Surrounded:
        before: list[TimelineEvent] = []
        after: list[TimelineEvent] = []
        driver, position = self._rooms.driver, entry.position
        if wish is not None and wish.before:
            before = await history.events_between(driver, room_id, 0, position - 1, wish.before, newest_first=True)
        if wish is not None and wish.after:
            after = await history.events_between(driver, room_id, position, FOREVER, wish.after, newest_first=False)
        return Surrounded(view.filter(before[::-1]), view.filter([entry], always=position)[0], view.filter(after))

    def _context(self, surrounded: Surrounded, told: Told) -> dict[str, Any]:
        events = surrounded.events
        return {
            "start": stream_tokens.encode(events[0].position - 1),
            "end": stream_tokens.encode(events[-1].position),
            # As in /context: the nearest comes first.
            "events_before": [told.events[entry.position] for entry in reversed(surrounded.before)],
            "events_after": [told.events[entry.position] for entry in surrounded.after],
        }

    async def _profiles(self, room_id: str, surrounded: Surrounded) -> dict[str, Any]:
        """The name and avatar that each sender had in the room then."""
        profiles: dict[str, Any] = {}
        for sender in dict.fromkeys(entry.event.sender for entry in surrounded.events):
            member = await history.state_entry_at(
                self._rooms.driver, room_id, "m.room.member", sender, surrounded.entry.position
            )
            content = {} if member is None else member.event.content
            profile = {}
            if isinstance(content.get("displayname"), str):
                profile["displayname"] = content["displayname"]
            if isinstance(content.get("avatar_url"), str) and is_mxc_uri(content["avatar_url"]):
                profile["avatar_url"] = content["avatar_url"]
            profiles[sender] = profile
        return profiles
