"""Keeps the user directory up to date: follows the stream, and hears of changed profiles and closed accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from roomkeeper.core.accounts import Accounts, UserDeactivated
from roomkeeper.core.directory import rules, store
from roomkeeper.core.directory.models import FoundUser
from roomkeeper.core.profiles import NewUsersNamed, ProfileChanged, Profiles
from roomkeeper.core.rooms import PlacedEvent, history
from roomkeeper.core.rooms.follower import Cursor, Follower
from roomkeeper.core.rooms.visibility import FOREVER
from roomkeeper.core.search.segmentation import VERSION
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Reader, Write
from roomkeeper.platform.errors import NotFound

FOLLOWED: Final = ("m.room.member", *rules.OPENNESS)
PAUSE: Final = 1.0
"""Seconds that events may gather, unless somebody searches."""


class Keeper:
    """Enters who joins a room or has a name, and notes which rooms are open."""

    def __init__(self, app: Application, accounts: Accounts, profiles: Profiles) -> None:
        self._app = app
        self._accounts = accounts
        self._profiles = profiles
        cursor = Cursor(self._load, store.move_progress)
        self.follower = Follower(app, "directory", FOLLOWED, self.take, cursor, pause=PAUSE)
        app.facts.handle(ProfileChanged, self._renew)
        app.facts.handle(NewUsersNamed, self._enter_new)
        app.facts.handle(UserDeactivated, self._remove)

    async def _load(self, reader: Reader) -> int:
        reached, segmentation = await store.load_progress(reader)
        if segmentation == VERSION:
            return reached
        write = Write()
        store.begin_anew(write, VERSION)
        await self._app.committer.submit(write)
        return 0

    async def take(self, entries: Sequence[PlacedEvent], write: Write) -> None:
        """Add to `write` what these events change."""
        joined, rooms = set(), set()
        for entry in entries:
            event = entry.event
            if event.type in rules.OPENNESS and event.state_key == "":
                rooms.add(event.room_id)
            elif event.type == "m.room.member" and event.membership == "join" and event.state_key is not None:
                joined.add(event.state_key)
        known = {user.user_id for user in await store.users_among(self._app.driver, sorted(joined))}
        for user_id in sorted(joined - known):
            await self._enter(user_id, write)
        for room_id in sorted(rooms):
            store.set_open(write, room_id, is_open=await self._is_open(room_id))

    async def _is_open(self, room_id: str) -> bool:
        contents = {}
        for event_type in rules.OPENNESS:
            entry = await history.state_entry_at(self._app.driver, room_id, event_type, "", FOREVER)
            contents[event_type] = {} if entry is None else entry.event.content
        return rules.is_open(contents.__getitem__)

    async def _enter(self, user_id: str, write: Write) -> None:
        try:
            account = await self._accounts.user(user_id)
        except NotFound:
            return
        if account.state == "deactivated":
            return
        profile = await self._profiles.member_content(user_id)
        user = FoundUser(user_id, profile.get("displayname"), profile.get("avatar_url"))
        store.put_user(write, user, rules.words_of(user))

    async def _renew(self, fact: ProfileChanged) -> None:
        if fact.propagate:
            write = Write()
            await self._enter(fact.user_id, write)
            await self._app.committer.submit(write)

    async def _enter_new(self, fact: NewUsersNamed) -> None:
        write = Write()
        for number, user_id in enumerate(fact.user_ids):
            await self._enter(user_id, write)
            if number % 50 == 0:
                await asyncio.sleep(0)  # others' turn
        await self._app.committer.submit(write)

    async def _remove(self, fact: UserDeactivated) -> None:
        write = Write()
        store.remove_user(write, fact.user_id)
        await self._app.committer.submit(write)
