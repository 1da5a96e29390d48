"""Accounts of the server's own, in whose name it talks and makes rooms: made when first needed; nobody signs in."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.profiles.service import Profiles
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter


class ServiceAccount:
    """One such account. `known` are those that its owner has made at any time, under other names, too."""

    def __init__(
        self,
        accounts: Accounts,
        profiles: Profiles,
        localpart: str,
        display_name: str,
        *,
        setting: str,
        insert: Callable[[Write, str], None],
    ) -> None:
        """`setting` names the one that says what the account is called; `insert` is how the owner remembers it."""
        self._accounts = accounts
        self._profiles = profiles
        self._display_name = display_name
        self._setting = setting
        self._insert = insert
        self._turn = asyncio.Lock()
        self._is_ready = False
        self.user_id = f"@{localpart}:{accounts.server_name}"
        self.known: set[str] = set()

    def remember(self, user_ids: list[str]) -> None:
        """At the start: those that the owner has made."""
        self.known.update(user_ids)
        self._accounts.own.update(user_ids)

    async def ensure(self) -> None:
        """Make the account, and call it by its name. Raises `InvalidParameter` where it is somebody's already."""
        async with self._turn:
            if self._is_ready:
                return
            if self.user_id not in self.known:
                await self._make()
            await self._profiles.set_field(self.user_id, "displayname", self._display_name)
            self._is_ready = True

    async def _make(self) -> None:
        if await self._accounts.exists(self.user_id):
            raise InvalidParameter(
                f"{self.user_id} is somebody's account: the administrator must set {self._setting} to another name."
            )
        # Nobody ever learns the password.
        user = await self._accounts.new_user(self.user_id, secrets.token_urlsafe(32))
        write = Write()
        self._insert(write, self.user_id)
        await self._accounts.insert(write, user)
        self.remember([self.user_id])
