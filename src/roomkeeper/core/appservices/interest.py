"""Which events a service is to get: those of rooms with a member or an alias of its own, or of rooms that it names.

Who is in a room is known as of the service's place in the stream, not as of now: a ghost that left while the service
was down had been there for the events before.

spec: application-service §Registration
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from roomkeeper.core.appservices import rules, store
from roomkeeper.core.appservices.models import Appservice
from roomkeeper.core.appservices.registry import Registry
from roomkeeper.core.rooms import TimelineEvent, history
from roomkeeper.platform.database import Reader
from roomkeeper.wire.events import Event

VoiceOf = Callable[[str], Awaitable[str | None]]
"""In whose name services are told what is said in a room, by others than their own users; `None`: who says it."""


class Chosen(msgspec.Struct):
    """The events of a page that are for the service, as JSON; who has come and gone; up to where the page was used."""

    events: list[bytes] = msgspec.field(default_factory=list)
    members: dict[store.Member, bool] = msgspec.field(default_factory=dict)
    size: int = 0
    reached: int | None = None
    """`None`: to its end."""


class Interest:
    """Chooses for one service."""

    def __init__(self, reader: Reader, registry: Registry, service: Appservice, voice_of: VoiceOf) -> None:
        self._reader = reader
        self._voice_of = voice_of
        self._registry = registry
        self._service = service

    async def choose(self, entries: Sequence[TimelineEvent]) -> Chosen:
        """What of a page of the stream is for the service, as much as one transaction holds."""
        rooms = {entry.event.room_id for entry in entries}
        always = await self._always(rooms)
        counts = await store.members_in(self._reader, self._service.id, rooms)
        chosen, before = Chosen(), None
        for entry in entries:
            event = entry.event
            member = self._own_member(event)
            if member is None and not self._wants(event, always, counts):
                before = entry.position
                continue
            json = await self._told(entry)
            if chosen.events and chosen.size + len(json) > rules.MAX_BODY:
                chosen.reached = before
                break
            chosen.events.append(json)
            chosen.size += len(json)
            before = entry.position
            if member is not None:
                await self._count(member, event.membership == "join", counts, chosen)
        return chosen

    async def _told(self, entry: TimelineEvent) -> bytes:
        """An event as the service gets it: messages in the name of the one as whose conversation it knows the room."""
        event, json = entry.event, rules.event_json(entry)
        if event.state_key is not None or self.owns(event.sender):
            return json
        voice = await self._voice_of(event.room_id)
        return json if voice in (None, event.sender) else rules.said_by(json, str(voice))

    async def rooms(self, room_ids: Iterable[str]) -> set[str]:
        """Those of the rooms whose events the service gets now."""
        wanted = set(room_ids)
        return {*await self._always(wanted), *await store.members_in(self._reader, self._service.id, wanted)}

    def owns(self, user_id: str) -> bool:
        """Whether a user is one of the service's."""
        return self._registry.owns_user(self._service, user_id)

    async def _always(self, room_ids: set[str]) -> set[str]:
        """Those of the rooms that are of interest whoever is in them."""
        names = self._service.namespaces
        found = {room_id for room_id in room_ids if rules.matches(names.rooms, room_id)} if names.rooms else set()
        if names.aliases:
            ordered = sorted(room_ids - found)
            for start in range(0, len(ordered), store.BATCH):
                for alias, room_id in await history.aliases_among(self._reader, ordered[start : start + store.BATCH]):
                    if rules.matches(names.aliases, alias):
                        found.add(room_id)
        return found

    def _own_member(self, event: Event) -> store.Member | None:
        """Whose membership the event is about, where that is one of the service's users."""
        if event.type == "m.room.member" and event.state_key is not None and self.owns(event.state_key):
            return event.room_id, event.state_key
        return None

    def _wants(self, event: Event, always: set[str], counts: dict[str, int]) -> bool:
        return event.room_id in always or counts.get(event.room_id, 0) > 0 or self.owns(event.sender)

    async def _count(self, member: store.Member, joined: bool, counts: dict[str, int], chosen: Chosen) -> None:
        was = chosen.members.get(member)
        if was is None:
            was = await store.is_member(self._reader, self._service.id, *member)
        chosen.members[member] = joined
        counts[member[0]] = counts.get(member[0], 0) + joined - was
