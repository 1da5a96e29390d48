"""Reading and changing profiles."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.profiles import rules, store
from roomkeeper.core.profiles.facts import NewUsersNamed, ProfileChanged
from roomkeeper.platform.database import Committer, Driver, Write
from roomkeeper.platform.errors import NotFound
from roomkeeper.platform.facts import Facts
from roomkeeper.platform.hooks import Slot

KEPT = 20_000
"""Members' names and avatars in memory at most; the one that came first goes first."""

Changing = Callable[[Write, str, str, bytes | None], None]
"""Called with each change of a profile: its write, to which statements may be added, the user's id, the field, and the
new value as JSON (`None`: it is taken away)."""

Asked = Callable[[str, str, Any], Awaitable[None]]
"""Called before a field is set, with the user's id, the field and the value; it may look things up, and refuses with a
`MatrixError`."""


class Profiles:
    """The profiles of this server's users."""

    def __init__(self, driver: Driver, committer: Committer, facts: Facts, accounts: Accounts) -> None:
        self._driver = driver
        self._committer = committer
        self._facts = facts
        self._accounts = accounts
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._members: dict[str, dict[str, str]] = {}
        self._changes = 0
        self._changing: set[str] = set()
        self.changing: Slot[Changing] = Slot("changing profiles")
        self.asked: Slot[Asked] = Slot("fields of profiles that are to be set")

    async def member_content(self, user_id: str) -> dict[str, str]:
        """What a member event of the user shows: ``displayname`` and ``avatar_url``, where they are set."""
        content = self._members.get(user_id)
        if content is None:
            content = await self._load_member(user_id)
        return content.copy()

    def known_member(self, user_id: str) -> Mapping[str, str]:
        """The same, as far as it is in memory."""
        return self._members.get(user_id, {})

    async def _load_member(self, user_id: str) -> dict[str, str]:
        changes = self._changes
        content = {}
        for field in rules.MEMBER_FIELDS:
            value = await store.find_field(self._driver, user_id, field)
            if value is not None:
                content[field] = msgspec.json.decode(value, type=str)
        # What was read while a profile changed is right for this answer, but not to be kept.
        if changes == self._changes and user_id not in self._changing:
            self._members[user_id] = content
            if len(self._members) > KEPT:
                del self._members[next(iter(self._members))]
        return content

    async def names(self, user_ids: Sequence[str]) -> dict[str, str]:
        """The display names of those of some users who have one."""
        found = await store.field_of_several(self._driver, user_ids, "displayname")
        return {user_id: msgspec.json.decode(value, type=str) for user_id, value in found.items()}

    async def fields(self, user_id: str) -> dict[str, msgspec.Raw]:
        """The whole profile. Raises `NotFound` where there is no such user."""
        await self._check_exists(user_id)
        return {key: msgspec.Raw(value) for key, value in (await store.find_fields(self._driver, user_id)).items()}

    async def field(self, user_id: str, key: str) -> msgspec.Raw:
        """One field. Raises `NotFound`, also where there is no such user."""
        rules.check_key(key)
        value = await store.find_field(self._driver, user_id, key)
        if value is None:
            await self._check_exists(user_id)
            raise NotFound("This profile has no such field.")
        return msgspec.Raw(value)

    async def set_field(self, user_id: str, key: str, value: Any) -> None:
        """Set a field. Raises `KeyTooLarge`, `ProfileTooLarge`, `InvalidParameter`."""
        encoded = rules.encode_value(rules.check_key(key), value)
        if encoded is None:
            await self.delete_field(user_id, key)
            return
        for ask in self.asked.values():
            await ask(user_id, key, value)
        async with self._turn(user_id):
            fields = await store.find_fields(self._driver, user_id)
            if fields.get(key) == encoded:
                return
            rules.check_size({**fields, key: encoded})
            write = Write()
            store.upsert_field(write, user_id, key, encoded)
            await self._change(write, user_id, key, encoded)

    def name_new_user(self, write: Write, user_id: str, name: str) -> None:
        """Make the display name of an account that is made by `write` part of it; for many at once, see `tell_of_new`.

        Raises `InvalidParameter`, `ProfileTooLarge`.
        """
        encoded = rules.encode_value("displayname", name)
        if encoded is not None:
            rules.check_size({"displayname": encoded})
            store.insert_field(write, user_id, "displayname", encoded)

    def tell_of_new(self, write: Write, user_ids: Sequence[str]) -> None:
        """Say in `write` that these new accounts have names: nobody has seen them in a room yet."""
        self._facts.record(write, NewUsersNamed(tuple(user_ids)))

    async def delete_field(self, user_id: str, key: str) -> None:
        """Take a field away, if it is there. Raises `KeyTooLarge`, `InvalidParameter`."""
        rules.check_key(key)
        async with self._turn(user_id):
            if await store.find_field(self._driver, user_id, key) is None:
                return
            write = Write()
            store.delete_field(write, user_id, key)
            await self._change(write, user_id, key, None)

    async def clear_some(self, user_id: str, limit: int) -> int:
        """Take up to `limit` fields away; how many."""
        fields = sorted(await store.find_fields(self._driver, user_id))[:limit]
        for key in fields:
            await self.delete_field(user_id, key)
        return len(fields)

    def _turn(self, user_id: str) -> asyncio.Lock:
        """One change of a profile at a time, since each looks at the whole."""
        return self._turns.setdefault(user_id, asyncio.Lock())

    async def _change(self, write: Write, user_id: str, key: str, value: bytes | None) -> None:
        """Commit a change; until it is settled nothing of this user is kept, and what was kept is dropped.

        Others are told of the change before this continues, and must not find the old name.
        """
        self._facts.record(write, ProfileChanged(user_id, key, key in rules.MEMBER_FIELDS))
        for contribute in self.changing.values():
            contribute(write, user_id, key, value)
        self._changing.add(user_id)
        self._members.pop(user_id, None)
        try:
            await self._committer.submit(write)
        finally:
            self._changes += 1
            self._changing.discard(user_id)

    async def _check_exists(self, user_id: str) -> None:
        if not await self._accounts.exists_or_comes(user_id):
            raise NotFound("This server knows no such user.")
