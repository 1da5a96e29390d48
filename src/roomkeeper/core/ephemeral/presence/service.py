"""Who is here. A sync of a user whose state stays the same costs two look-ups and nothing else.

What changes is noted at once, and told by one background task, which finds out whom to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from roomkeeper.core.account_data.newcomers import WHOLE, entering
from roomkeeper.core.ephemeral.presence import rules, store
from roomkeeper.core.ephemeral.presence.models import KIND, OFFLINE, ONLINE, UNAVAILABLE, Device, Person, Status
from roomkeeper.core.ephemeral.presence.settings import PresenceSettings
from roomkeeper.core.rooms import EVENT, Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import DatabaseError, Reader, Write
from roomkeeper.platform.errors import Forbidden, NotFound
from roomkeeper.platform.http import Requester
from roomkeeper.platform.logs import get_logger

log = get_logger(area="presence")

SWEEP_SECONDS = 5
SAVE_AFTER_MS = 600_000
"""How old the `last_active_ts` of the database may become for somebody who stays."""
MAX_GONE = 50_000
"""Offline users kept in memory; the others are looked up."""
MAX_SHOWN = 5_000
"""Users whose presence a client is shown at once."""
PAGE = 200


class Presence:
    """The presence of all users. `known_since`: see `PresenceSource`."""

    def __init__(self, app: Application, rooms: Rooms, settings: PresenceSettings) -> None:
        self._driver = app.driver
        self._committer = app.committer
        self._positions = app.positions
        self._clock = app.clock
        self._rooms = rooms
        self._offline_after = settings.offline_after
        self.is_enabled = settings.enabled == "on"
        self.known_since = 0
        self._people: dict[str, Person] = {}
        self._changed: dict[str, set[str]] = {}
        self._wake = asyncio.Event()
        self._swept = 0.0

    async def start(self) -> None:
        """Everyone is offline at first, whatever clients were shown before."""
        self.known_since = self._positions.last

    # ------------------------------------------------------------ what happens

    def note_sync(self, requester: Requester, set_presence: str) -> None:
        """A device syncs; called for every sync."""
        person = self._people.get(requester.user_id)
        device = person.devices.get(requester.device_id) if person is not None else None
        if device is not None and device.said == set_presence:
            if set_presence != OFFLINE:
                device.seen = self._clock.monotonic()
        elif device is not None or set_presence != OFFLINE:
            self._set(requester, set_presence, set_presence)
            self._note_change(requester.user_id)

    def note_committed(self, changes: Sequence[Change]) -> None:
        """Whoever sends something or reads on is active; whoever joins a room is shown to its members."""
        for change in changes:
            if change.kind == EVENT:
                self._note_activity(change.data.event.sender)
            elif change.kind == "receipt" and change.data is not WHOLE:
                self._note_activity(change.data.user_id)
        for user_id, room_id in entering(changes):
            self._note_change(user_id, room_id)

    def _note_activity(self, user_id: str) -> None:
        person = self._people.get(user_id)
        if person is None:
            return
        person.last_active_ts = self._clock.now_ms()
        if person.shown == UNAVAILABLE and rules.state_of(person.devices.values(), 0) == ONLINE:
            self._note_change(user_id)

    def _note_change(self, user_id: str, joined_room: str | None = None) -> None:
        rooms = self._changed.setdefault(user_id, set())
        if joined_room is not None:
            rooms.add(joined_room)
        self._wake.set()

    def _set(self, requester: Requester, state: str, said: str | None = None) -> Person:
        """Let a device have a state; `said` where a sync says so."""
        now = self._clock.monotonic()
        person = self._people.setdefault(requester.user_id, Person())
        device = person.devices.get(requester.device_id)
        if device is None:
            device = person.devices[requester.device_id] = Device(now, said or ONLINE, state)
        device.seen, device.state, device.said = now, state, said or device.said
        if state == ONLINE or said is None:
            person.last_active_ts = self._clock.now_ms()
        return person

    # ------------------------------------------------------------ what users ask

    async def put(self, requester: Requester, state: str, status_msg: str | None) -> None:
        """Set one's own presence. Raises `TooLarge`. Without presence nothing happens."""
        rules.check_status_msg(status_msg)
        if not self.is_enabled:
            return
        person = self._set(requester, state)
        await self._load(requester.user_id, person)
        recipients = await self._rooms.users_sharing_rooms(requester.user_id)
        if person.is_known and status_msg == person.status_msg and not self._has_changed(person):
            return
        person.status_msg = status_msg
        write = Write()
        self._show(write, requester.user_id, person, recipients)
        self._save(write, requester.user_id, person)
        try:
            await self._committer.submit(write)
        except DatabaseError:
            person.is_told = False
            raise

    async def get(self, requester: str, user_id: str) -> Status:
        """Somebody's presence. Raises `Forbidden` for who shares no room with the requester."""
        if user_id != requester and user_id not in await self._rooms.users_sharing_rooms(requester):
            raise Forbidden("You can see the presence of those who are in a room with you.")
        statuses = await self.statuses(self._driver, [user_id]) if self.is_enabled else []
        return statuses[0] if statuses else Status(user_id, OFFLINE, None, 0)

    async def statuses(self, reader: Reader, user_ids: Collection[str]) -> list[Status]:
        """The presence of those users who have any, the ones in memory first, `MAX_SHOWN` at most."""
        here = [(user_id, self._people[user_id]) for user_id in user_ids if user_id in self._people]
        found = [person.status(user_id) for user_id, person in here if person.is_loaded and person.is_known]
        others = sorted(set(user_ids) - {status.user_id for status in found})[:MAX_SHOWN]
        for start in range(0, len(others), PAGE):
            found += await store.find(reader, others[start : start + PAGE])
        return found[:MAX_SHOWN]

    def changed_between(self, user_ids: Collection[str], after: int, upto: int) -> list[tuple[int, Status]]:
        """(position, status) of those users whose presence has changed, in order."""
        found = []
        for user_id in user_ids:
            person = self._people.get(user_id)
            if person is not None and after < person.position <= upto:
                found.append((person.position, person.status(user_id)))
        return sorted(found, key=lambda placed: placed[0])

    # ------------------------------------------------------------ telling

    async def run(self) -> None:
        """Tell what has changed, and look every few seconds who is gone; for ever."""
        while True:
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            if self._clock.monotonic() - self._swept >= SWEEP_SECONDS:
                await self.sweep()
            await self._tell_changes()

    async def sweep(self) -> None:
        """Note who is gone or idle, and save what the database has not been told for long."""
        self._swept = now = self._clock.monotonic()
        write = Write()
        for user_id, person in self._people.items():
            gone = [name for name, device in person.devices.items() if now - device.seen > self._offline_after]
            for device_id in gone:
                del person.devices[device_id]
            if self._has_changed(person):
                self._note_change(user_id)
            elif person.is_loaded and person.last_active_ts - person.saved_ts > SAVE_AFTER_MS:
                self._save(write, user_id, person)
        self._forget_gone()
        if write.statements:
            await self._committer.submit(write)

    def _forget_gone(self) -> None:
        """Let go of those who have been offline for longest; the database has what must be known of them."""
        excess = len(self._people) - MAX_GONE
        if excess <= 0:
            return
        gone = [
            (person.position, user_id)
            for user_id, person in self._people.items()
            if person.shown == OFFLINE and not person.devices and user_id not in self._changed
        ]
        for position, user_id in sorted(gone)[:excess]:
            del self._people[user_id]
            self.known_since = max(self.known_since, position)

    async def _tell_changes(self) -> None:
        changed, self._changed = self._changed, {}
        futures = {}
        for user_id, joined_rooms in changed.items():
            future = await self._tell(user_id, joined_rooms)
            if future is not None:
                futures[user_id] = future
            await asyncio.sleep(0)
        for user_id, future in futures.items():
            try:
                await future
            except DatabaseError as error:
                log.warning("presence could not be told", user_id=user_id, exc_info=error)
                self._people[user_id].is_told = False

    async def _tell(self, user_id: str, joined_rooms: set[str]) -> asyncio.Future[None] | None:
        """Tell those concerned of a user's state, if it is another now, or of the user, to rooms they have joined."""
        person = self._people.get(user_id) or Person()
        await self._load(user_id, person)
        if self._has_changed(person):
            recipients: Collection[str] = await self._rooms.users_sharing_rooms(user_id)
        elif joined_rooms and person.is_known:
            recipients = await self.members(joined_rooms)
        else:
            return None
        if self._people.setdefault(user_id, person) is not person:
            # Somebody has come meanwhile: tell what is true of them then.
            self._changed.setdefault(user_id, set()).update(joined_rooms)
            self._wake.set()
            return None
        write = Write()
        self._show(write, user_id, person, recipients)
        if person.shown != ONLINE:
            self._save(write, user_id, person)
        return self._committer.submit(write)

    async def members(self, room_ids: set[str]) -> set[str]:
        """Everyone who is in one of these rooms."""
        members: set[str] = set()
        for room_id in room_ids:
            try:
                members |= (await self._rooms.cache.get(room_id)).joined
            except NotFound:
                continue
        return members

    async def _load(self, user_id: str, person: Person) -> None:
        """Fill in what the database has, once."""
        if not person.is_loaded:
            _fill_in(person, await store.find(self._driver, [user_id]))

    def _state(self, person: Person) -> str:
        return rules.state_of(person.devices.values(), self._clock.now_ms() - person.last_active_ts)

    def _has_changed(self, person: Person) -> bool:
        """Whether there is something to tell; what could not be committed counts until the next sweep."""
        return not person.is_told or self._state(person) != person.shown

    def _show(self, write: Write, user_id: str, person: Person, recipients: Collection[str]) -> None:
        """Make a user's state now part of `write`, for all but themselves."""
        person.shown = self._state(person)
        person.is_known = person.is_told = True
        person.position = self._positions.next()
        others = frozenset(recipients) - {user_id}
        write.show(Change(person.position, KIND, others, None, person.status(user_id)))

    def _save(self, write: Write, user_id: str, person: Person) -> None:
        store.upsert(write, person.status(user_id))
        person.saved_ts = person.last_active_ts


def _fill_in(person: Person, kept: Sequence[Status]) -> None:
    """Take in what the database has, unless that was done while it was being read: it may have changed since."""
    if person.is_loaded:
        return
    person.is_loaded = True
    for status in kept:
        person.is_known = True
        person.status_msg = status.status_msg
        person.saved_ts = status.last_active_ts
        person.last_active_ts = max(person.last_active_ts, status.last_active_ts)
