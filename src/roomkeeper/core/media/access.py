"""Who may see a medium: its uploader; and once somebody who may see it refers to it, those whom they show it to.

1. The uploader.
2. Everybody who is signed in, where a profile shows it.
3. The members of every room in which an event refers to it.
4. Where the event is a room's avatar: also who is invited to that room, and everybody where anybody may enter it.
5. The members of every encrypted room in which its uploader has sent an encrypted event since, unless the uploader had
   shown it openly before that: what encrypted events refer to cannot be seen (docs/adr/0008).

A reference counts only where its sender might see the medium at the time: else whoever has learnt an id could open it
by mentioning it in a room of their own. The uploader's count at once (that is decided in the write itself); those of
others as soon as the write is committed. What another area withholds is its uploader's alone, whoever refers to it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from roomkeeper.core.media import rules, store
from roomkeeper.core.media.models import FileWithheld, Medium
from roomkeeper.core.rooms import RemovedEvent, Room, Rooms, TimelineEvent
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Committer, Driver, Reader, Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.logs import get_logger

log = get_logger(area="media")

PAGE = 200
LOOKED_AT = 20
"""References that do not count yet which are looked at anew for one request."""
ENCRYPTED = "m.room.encrypted"
MEANT = 1000
"""Newest media of a sender that an encrypted event is taken to refer to, at most."""
REMEMBERED = 50_000
"""Of senders and rooms it is remembered what was noted; when there are more, all is forgotten, and noted again."""
OPEN = ("public", "knock", "knock_restricted")
"""Join rules of rooms that show themselves to everybody."""

Withheld = Callable[[Medium], bool]
"""Whether nobody but its uploader is shown a medium for now. Asked for each download."""


class Access:
    """Keeps what refers to media, and answers who may see them."""

    def __init__(
        self, driver: Driver, committer: Committer, rooms: Rooms, clock: Clock, server_name: str, window_ms: int
    ) -> None:
        """`window_ms`: how long after it was made a medium may be meant by encrypted events of its uploader."""
        self._driver = driver
        self._committer = committer
        self._rooms = rooms
        self._clock = clock
        self._window_ms = window_ms
        self.mentions = rules.Mentions(server_name)
        self.withheld: Slot[Withheld] = Slot("withheld media")
        self._granting: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._uploaded: dict[str, int] = {}
        self._noted: dict[tuple[str, str], int] = {}

    # ------------------------------------------------------------ what refers

    def event_accepted(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """Part of the room's turn: note what the event refers to. Costs a search of its bytes where that is nothing."""
        if entry.event.type == ENCRYPTED:
            self._encrypted_accepted(room, entry, write)
        if b"mxc://" not in entry.json:
            return
        event = entry.event
        kind = "room_avatar" if event.type == "m.room.avatar" else "event"
        for media_id in self.mentions.media_ids(event.content):
            store.mark_shown(write, media_id, event.sender)
            store.insert_reference(write, media_id, event.room_id, event.event_id, event.sender, kind)
        self._after(write, lambda: self._grant_event(event.room_id, event.event_id))

    def uploaded(self, user_id: str) -> None:
        """There is a new medium of that user: the next encrypted event may mean it. Called before the user knows."""
        self._make_place()
        self._uploaded[user_id] = next(self._numbers)

    def _make_place(self) -> None:
        if len(self._uploaded) + len(self._noted) >= REMEMBERED:
            self._uploaded.clear()
            self._noted.clear()

    def _encrypted_accepted(self, room: Room, entry: TimelineEvent, write: Write) -> None:
        """Note which media it may mean. A sender who has uploaded nothing since the last one costs two look-ups."""
        sender, room_id = entry.event.sender, entry.event.room_id
        noted = self._noted.get((sender, room_id))
        if noted is not None and noted >= self._uploaded.get(sender, 0):
            return
        if not room.content("m.room.encryption"):
            return
        since = self._clock.now_ms() - self._window_ms
        store.insert_encrypted(write, sender, room_id, entry.position, since, MEANT)
        number = self._uploaded.get(sender, 0)

        async def remember() -> None:
            self._make_place()
            self._noted[sender, room_id] = number

        self._after(write, remember)

    def event_redacted(self, _room: Room, entry: TimelineEvent, write: Write) -> None:
        """Part of the turn of a redaction: a redacted event refers to nothing."""
        if b"mxc://" in entry.json:
            store.delete_references(write, entry.event.room_id, entry.event.event_id)

    async def events_removed(self, _reader: Reader, write: Write, room_id: str, events: Sequence[RemovedEvent]) -> None:
        """Events that are removed refer to nothing."""
        for event in events:
            store.delete_references(write, room_id, event.event_id)

    def profile_changed(self, write: Write, user_id: str, field: str, value: bytes | None) -> None:
        """Part of the change of a profile: note what the field (JSON) refers to now."""
        content: Any = None if value is None else msgspec.json.decode(value)
        media_ids = self.mentions.media_ids(content)
        for media_id in media_ids:
            store.mark_shown(write, media_id, user_id)
        store.replace_profile_media(write, user_id, field, media_ids)
        self._after(write, lambda: self._grant_profile(user_id))

    def _after(self, write: Write, act: Callable[[], Awaitable[None]]) -> None:
        """Run `act` when `write` is committed. It is submitted in this turn of the loop, or never."""

        def submitted() -> None:
            if write.future is not None:
                write.future.add_done_callback(committed)

        def committed(done: asyncio.Future[None]) -> None:
            if not done.cancelled() and done.exception() is None:
                task = asyncio.ensure_future(_logged(act()))
                self._granting.add(task)
                task.add_done_callback(self._granting.discard)

        asyncio.get_running_loop().call_soon(submitted)

    async def settle(self) -> None:
        """Wait until all references count that are going to."""
        while self._granting:
            await asyncio.wait(self._granting)

    async def _grant_event(self, room_id: str, event_id: str) -> None:
        for reference in await store.ungranted_of_event(self._driver, room_id, event_id):
            medium = await store.find_medium(self._driver, reference.media_id)
            if medium is not None and await self._sees(reference.sender, medium):
                await self._grant(reference)

    async def _grant_profile(self, user_id: str) -> None:
        for media_id in await store.ungranted_of_user(self._driver, user_id):
            medium = await store.find_medium(self._driver, media_id)
            if medium is not None and await self._sees(user_id, medium):
                write = Write()
                store.grant_profile_media(write, media_id, user_id)
                await self._committer.submit(write)

    async def _grant(self, reference: store.Reference) -> None:
        write = Write()
        store.grant_reference(write, reference.media_id, reference.room_id, reference.event_id)
        await self._committer.submit(write)

    # ------------------------------------------------------------ who sees

    async def check(self, user_id: str, medium: Medium) -> None:
        """Raises `NotFound` where the user may not see the medium: that it exists is nobody else's business; and
        `FileWithheld` to those who might see it otherwise."""
        if not await self._sees(user_id, medium) and not await self._sees_by_late_grant(user_id, medium):
            raise NotFound
        if medium.uploader != user_id:
            self.check_withheld(medium)

    def check_withheld(self, medium: Medium) -> None:
        """Raises `FileWithheld` where nobody but its uploader is shown it."""
        if any(withholds(medium) for withholds in self.withheld.values()):
            raise FileWithheld

    async def _sees(self, user_id: str, medium: Medium) -> bool:
        """By what counts already."""
        if medium.uploader == user_id or await store.in_profile(self._driver, medium.media_id):
            return True
        after = ""
        while True:
            page = await store.rooms_showing(self._driver, medium.media_id, after, PAGE)
            for room_id, is_avatar in page:
                if await self._room_shows(user_id, room_id, is_avatar=is_avatar):
                    return True
            if len(page) < PAGE:
                return False
            after = page[-1][0]

    async def _sees_by_late_grant(self, user_id: str, medium: Medium) -> bool:
        """By references that have not been looked at since they came: the server was stopped just then, perhaps."""
        for reference in await store.ungranted(self._driver, medium.media_id, LOOKED_AT):
            shown = await self._room_shows(user_id, reference.room_id, is_avatar=reference.kind == "room_avatar")
            if shown and await self._sees(reference.sender, medium):
                await self._grant(reference)
                return True
        for profile in await store.ungranted_profiles(self._driver, medium.media_id, LOOKED_AT):
            if await self._sees(profile, medium):
                return True
        return False

    async def _room_shows(self, user_id: str, room_id: str, *, is_avatar: bool) -> bool:
        membership = await self._rooms.membership(user_id, room_id)
        if membership == "join":
            return True
        if not is_avatar:
            return False
        if membership in ("invite", "knock"):
            return True
        room = await self._rooms.cache.get(room_id)
        return room.content("m.room.join_rules").get("join_rule") in OPEN


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:
        log.error("references to media could not be settled", exc_info=error)
