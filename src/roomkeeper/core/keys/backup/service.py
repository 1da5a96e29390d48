"""Storing room keys. What changes a user's backups waits for its turn, and holds it until that is durable.

spec: client-server §Server-side key backups
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from roomkeeper.core.account_data.turns import Turns
from roomkeeper.core.accounts import UserDeactivated
from roomkeeper.core.keys.backup import rules, store
from roomkeeper.core.keys.backup.facts import BackupDeleted
from roomkeeper.core.keys.backup.models import Backup, KeyData, SessionName, StoredKey
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound, UserLimitExceeded, WrongRoomKeysVersion

PAGE = 1000
DELETED_AT_ONCE = 1000


class KeyBackups:
    """The backups of all users."""

    def __init__(self, app: Application) -> None:
        self._driver = app.driver
        self._committer = app.committer
        self._facts = app.facts
        self._turns = Turns()
        app.facts.handle(BackupDeleted, self.delete_keys_of)

    # ------------------------------------------------------------ versions

    async def create(self, user_id: str, algorithm: str, auth_data: Mapping[str, Any]) -> str:
        """A new backup, which is the current one from now on. Raises `TooLarge`, `UserLimitExceeded`."""
        encoded = rules.encode_auth_data(auth_data)
        async with self._turns(user_id):
            highest, number = await store.numbers(self._driver, user_id)
            if number >= rules.MAX_BACKUPS:
                raise UserLimitExceeded(f"You have {number} backups of room keys: delete the old ones.")
            write = Write()
            store.insert(write, user_id, Backup(highest + 1, algorithm, encoded, 0, 0))
            await self._committer.submit(write)
            return str(highest + 1)

    async def current(self, user_id: str) -> Backup:
        """The current backup. Raises `NotFound`."""
        found = await store.newest(self._driver, user_id)
        if found is None:
            raise NotFound("You have no backup of room keys.")
        return found

    async def get(self, user_id: str, version: str) -> Backup:
        """One backup. Raises `NotFound`."""
        number = rules.parse_version(version)
        found = None if number is None else await store.find(self._driver, user_id, number)
        if found is None:
            raise NotFound("You have no backup of this version.")
        return found

    async def update(self, user_id: str, version: str, algorithm: str, auth_data: Mapping[str, Any]) -> None:
        """Set a backup's `auth_data`. Raises `InvalidParameter` for another algorithm, `NotFound`, `TooLarge`."""
        encoded = rules.encode_auth_data(auth_data)
        async with self._turns(user_id):
            backup = await self.get(user_id, version)
            if backup.algorithm != algorithm:
                raise InvalidParameter(f"This backup is of the algorithm {backup.algorithm}: make a new one.")
            write = Write()
            store.update_auth_data(write, user_id, backup.version, encoded)
            await self._committer.submit(write)

    async def delete(self, user_id: str, version: str) -> None:
        """Delete a backup with its keys. Raises `NotFound`."""
        async with self._turns(user_id):
            await self._delete(user_id, (await self.get(user_id, version)).version)

    async def _delete(self, user_id: str, version: int) -> None:
        write = Write()
        store.mark_deleted(write, user_id, version)
        self._facts.record(write, BackupDeleted(user_id, version))
        await self._committer.submit(write)

    async def delete_keys_of(self, fact: BackupDeleted) -> None:
        """Delete the keys of a deleted backup, a little at a time."""
        while await store.has_keys(self._driver, fact.user_id, fact.version):
            write = Write()
            store.delete_some_keys(write, fact.user_id, fact.version, DELETED_AT_ONCE)
            await self._committer.submit(write)

    async def forget_user(self, fact: UserDeactivated) -> None:
        """Delete all backups of an account that was closed."""
        async with self._turns(fact.user_id):
            for version in await store.live(self._driver, fact.user_id):
                await self._delete(fact.user_id, version)

    # ------------------------------------------------------------ keys

    async def put_keys(self, user_id: str, version: str, keys: Mapping[SessionName, KeyData]) -> dict[str, Any]:
        """Store keys where they are better than what is there.

        Raises `WrongRoomKeysVersion` where that is not the current backup, `NotFound`, `TooLarge`, `InvalidParameter`.
        """
        rules.check_names(list(keys))
        encoded = {name: rules.encode_session_data(key.session_data) for name, key in keys.items()}
        async with self._turns(user_id):
            backup = await self._writable(user_id, version)
            there = await store.find_keys(self._driver, user_id, backup.version, list(keys))
            better = [name for name, key in keys.items() if name not in there or rules.is_better(key, there[name])]
            count = backup.count + sum(name not in there for name in better)
            if count > rules.MAX_KEYS:
                raise UserLimitExceeded(f"A backup has {rules.MAX_KEYS} keys at most: delete some, or make a new one.")
            if better:
                write = Write()
                for name in better:
                    store.put_key(write, user_id, backup.version, name, keys[name], encoded[name])
                backup = await self._changed(write, user_id, backup, count)
            return backup.totals()

    async def _writable(self, user_id: str, version: str) -> Backup:
        current = await self.current(user_id)
        if str(current.version) != version:
            await self.get(user_id, version)
            raise WrongRoomKeysVersion(
                f"Keys can be stored in the current backup alone, which is {current.version}.",
                current_version=str(current.version),
            )
        return current

    async def _changed(self, write: Write, user_id: str, backup: Backup, count: int) -> Backup:
        backup = msgspec.structs.replace(backup, etag=backup.etag + 1, count=count)
        store.update_totals(write, user_id, backup)
        await self._committer.submit(write)
        return backup

    async def delete_keys(
        self, user_id: str, version: str, room_id: str | None = None, session_id: str | None = None
    ) -> dict[str, Any]:
        """Delete keys: all, those of a room, or one. Raises `NotFound` where there is no such backup."""
        async with self._turns(user_id):
            backup = await self.get(user_id, version)
            if room_id is not None and session_id is not None:
                name = (room_id, session_id)
                gone = len(await store.find_keys(self._driver, user_id, backup.version, [name]))
            else:
                gone = await store.count_keys(self._driver, user_id, backup.version, room_id)
            if gone:
                write = Write()
                store.delete_keys(write, user_id, backup.version, room_id, session_id)
                backup = await self._changed(write, user_id, backup, backup.count - gone)
            return backup.totals()

    async def all_keys(self, user_id: str, version: str) -> dict[str, Any]:
        """All keys by room and session, as clients get them. Raises `NotFound`."""
        number = (await self.get(user_id, version)).version
        rooms: dict[str, Any] = {}
        after = ("", "")
        while page := await store.page_of_keys(self._driver, user_id, number, after, PAGE):
            for key in page:
                rooms.setdefault(key.room_id, {"sessions": {}})["sessions"][key.session_id] = key.as_json()
            after = (page[-1].room_id, page[-1].session_id)
            await asyncio.sleep(0)
        return rooms

    async def keys_of_room(self, user_id: str, version: str, room_id: str) -> dict[str, Any]:
        """The keys of one room by session. Raises `NotFound` where there is no such backup."""
        number = (await self.get(user_id, version)).version
        sessions: dict[str, Any] = {}
        after = ""
        while page := await store.page_of_room(self._driver, user_id, number, room_id, after, PAGE):
            sessions.update({key.session_id: key.as_json() for key in page})
            after = page[-1].session_id
            await asyncio.sleep(0)
        return sessions

    async def key(self, user_id: str, version: str, room_id: str, session_id: str) -> StoredKey:
        """One key. Raises `NotFound`."""
        number = (await self.get(user_id, version)).version
        found = await store.find_keys(self._driver, user_id, number, [(room_id, session_id)])
        if not found:
            raise NotFound("There is no key of this session in the backup.")
        return found[room_id, session_id]
