"""Beacons: how clients that know nothing of safety say where they are, in rooms that safety has made.

Taken are live positions (MSC3489, MSC3672) and messages with one's position. In such a room only the newest beacon of
each person stays: older ones are redacted, and so is the last when sharing ends.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from roomkeeper.capabilities.safety import places, texts
from roomkeeper.capabilities.safety.account import SafetyAccount
from roomkeeper.capabilities.safety.locations import Locations
from roomkeeper.capabilities.safety.people import SafetyPeople
from roomkeeper.capabilities.safety.places import BEACONS, INFOS, MESSAGE, Told
from roomkeeper.capabilities.safety.store import positions as store
from roomkeeper.core.rooms import Draft, Room, RoomRequest, Rooms, TimelineEvent
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.committer import patience
from roomkeeper.platform.errors import Forbidden, MatrixError, NotFound
from roomkeeper.platform.logs import get_logger

log = get_logger(area="safety")

TYPES: Final = frozenset({*INFOS, *BEACONS, MESSAGE})
LOOK_S: Final = 300.0
"""Seconds between two looks at all beacons: for those who share no more without having said so."""
PAUSE_S: Final = 0.3
"""Beacons that come so close together are cleared up behind together."""
PAGE: Final = 500
AT_ONCE: Final = 200
TALK_KEPT_MS: Final = 3_600_000
"""What else stands in the room for one's own location goes after an hour: redactions, the stubs of beacons."""
LEVELS: Final = {
    "events": dict.fromkeys(INFOS, 0),
    "events_default": 0,
    "state_default": 50,
    "users_default": 0,
    "invite": 50,
}


class Beacons:
    """Follows what is sent into safety's rooms, and clears up behind it."""

    def __init__(
        self,
        app: Application,
        rooms: Rooms,
        account: SafetyAccount,
        people: SafetyPeople,
        locations: Locations,
        version: str,
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._account = account
        self._people = people
        self._locations = locations
        self._version = version
        self._wake = asyncio.Event()
        self._new: set[tuple[str, str]] = set()

    # ------------------------------------------------------------ the room for one's own location

    async def room_of(self, user_id: str, language: str) -> str:
        """The room in which somebody can share their position with any client; made where there is none."""
        await self._people.check_user(user_id)
        if not self._locations.shares(user_id):
            raise Forbidden("Agree to share your location first (location in your preferences).")
        async with self._people.turns("location room", user_id):
            room_id = await store.location_room(self._app.driver, user_id)
            if room_id is not None and await self._is_in(room_id, user_id):
                return room_id
            await self._account.ensure()
            request = RoomRequest(
                version=self._version,
                preset="private_chat",
                power_level_content_override=dict(LEVELS),
                name=texts.text(language, "location.room"),
                topic=texts.text(language, "location.topic"),
                joined=[user_id],
            )
            made = await self._rooms.creation.create(
                self._account.user_id,
                request,
                add=lambda write, room: store.put_location_room(write, user_id, room.room_id),
            )
            return made.room_id

    async def is_passing(self, room_id: str) -> bool:
        """See `rooms.Passing`: in safety's rooms, where people are is for the moment alone."""
        try:
            return self._account.made(await self._rooms.cache.get(room_id))
        except NotFound:
            return False

    async def _is_in(self, room_id: str, user_id: str) -> bool:
        try:
            return user_id in (await self._rooms.cache.get(room_id)).joined
        except NotFound:
            return False

    # ------------------------------------------------------------ what is sent

    def note(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """Part of the turn of each event: positions in safety's rooms are taken, and remembered to be redacted."""
        event = entry.event
        if event.type not in TYPES or not self._account.made(room):
            return
        if event.type in INFOS:
            if event.state_key == event.sender and places.live_until(event.content, event.origin_server_ts) is None:
                self._ended(room, event.sender, write)
            return
        told = self._told(room, entry)
        if told is None:
            return
        store.note_beacon(write, event.event_id, room.room_id, event.sender, told.ts)
        self._note_new(room, event.sender)
        if self._locations.shares(event.sender):
            try:
                self._locations.tell(event.sender, told)
            except MatrixError as error:
                log.debug("a beacon was not taken", reason=str(error))

    def _told(self, room: Room, entry: TimelineEvent) -> Told | None:
        event = entry.event
        if event.type == MESSAGE:
            return places.static(event.content, event.origin_server_ts)
        found = places.beacon(event.content, event.origin_server_ts)
        if found is None:
            return None
        told, info_id = found
        is_live = any(
            (info := room.state.get((name, event.sender))) is not None and info.event_id == info_id for name in INFOS
        )
        # One that belongs to nothing is no less a position in the room.
        return told if is_live and self.is_live(room, event.sender) else _past(told)

    def is_live(self, room: Room, user_id: str) -> bool:
        """Whether somebody shares their position live in a room now."""
        now = self._app.clock.now_ms()
        for name in INFOS:
            info = room.state.get((name, user_id))
            until = None if info is None else places.live_until(info.content, info.origin_server_ts)
            if until is not None and until > now:
                return True
        return False

    def _note_new(self, room: Room, user_id: str) -> None:
        self._new.add((room.room_id, user_id))
        self._wake.set()

    def _ended(self, room: Room, user_id: str, write: Write) -> None:
        """Sharing ends: what was told by beacons is forgotten."""
        where = self._locations.where(user_id)
        if where is not None and where.source == "beacon":
            self._locations.forget(user_id, write)
        self._note_new(room, user_id)

    # ------------------------------------------------------------ ending

    async def end(self, user_id: str) -> None:
        """Somebody withdraws: what they share live in safety's rooms ends, and their beacons go."""

        def act(room: Room, write: Write) -> None:
            for draft in self.endings(room, user_id):
                self._rooms.turn.append(room, draft, write)
            self._note_new(room, user_id)

        for room_id in await store.rooms_with_beacons(self._app.driver, user_id, PAGE):
            with contextlib.suppress(NotFound):
                await self._rooms.take_turn(room_id, act)

    def endings(self, room: Room, user_id: str | None = None) -> list[Draft]:
        """What ends the live sharing of a room's members, or of one."""
        return [
            Draft(type=kind, sender=key, state_key=key, content={**info.content, "live": False})
            for (kind, key), info in list(room.state.items())
            if kind in INFOS and info.content.get("live") is True and key in room.joined and user_id in (None, key)
        ]

    # ------------------------------------------------------------ clearing up

    async def run(self) -> None:
        """Redact what is to go, for ever."""
        while True:
            await self._clear_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    while True:
                        await self._wake.wait()
                        await self._clear_new()

    async def _clear_new(self) -> None:
        await asyncio.sleep(PAUSE_S)
        self._wake.clear()
        # What was noted in a turn is durable when a write that comes after it is.
        await self._app.committer.submit(Write())
        while self._new:
            await self._app.giving_way.turn()
            await self._clear(*self._new.pop())

    async def _clear_all(self) -> None:
        """Of each person who shares live in a room, the newest beacon stays; of others, none."""
        after = ("", "")
        while found := await store.beacon_senders(self._app.driver, after, PAGE):
            for room_id, user_id in found:
                await self._app.giving_way.turn()
                await self._clear(room_id, user_id)
            after = found[-1]

    async def _clear(self, room_id: str, user_id: str) -> None:
        found = await store.beacons_in(self._app.driver, room_id, user_id, AT_ONCE)
        try:
            room = await self._rooms.cache.get(room_id)
        except NotFound:
            room = None
        if room is not None and self.is_live(room, user_id) and user_id in room.joined and len(found) < AT_ONCE:
            found = found[:-1]
        for event_id, _ in found:
            await self._redact(room, event_id)
        if found and room is not None and await store.location_room(self._app.driver, user_id) == room_id:
            await self._prune(room_id)

    async def clear_room(self, room_id: str) -> None:
        """Redact all beacons of a room: it is closed."""
        room = await self._rooms.cache.get(room_id)
        while found := await store.beacons_in(self._app.driver, room_id, None, AT_ONCE):
            for event_id, _ in found:
                await self._redact(room, event_id)

    async def _redact(self, room: Room | None, event_id: str) -> None:
        def forget(write: Write, _event: object) -> None:
            store.forget_beacon(write, event_id)

        if room is not None:
            draft = Draft(type="m.room.redaction", sender=self._account.user_id, content={}, redacts=event_id)
            try:
                with patience():
                    await self._rooms.send(room.room_id, draft, forget)
                return
            except NotFound:
                pass  # gone already
        write = Write()
        store.forget_beacon(write, event_id)
        await self._app.committer.submit(write)

    async def _prune(self, room_id: str) -> None:
        write = Write()
        before = self._app.clock.now_ms() - TALK_KEPT_MS
        await self._rooms.pruning.prune(write, room_id, before, 0, AT_ONCE)
        with patience():
            await self._app.committer.submit(write)


def _past(told: Told) -> Told:
    """A beacon of nobody who shares live: remembered, so that it is redacted, but too old to count."""
    return Told(
        latitude=told.latitude,
        longitude=told.longitude,
        accuracy=told.accuracy,
        ts=0,
        mode=told.mode,
        source=told.source,
    )
