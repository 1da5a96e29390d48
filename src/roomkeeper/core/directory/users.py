"""Searching the user directory. spec: client-server §User Directory"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.directory import rules, store
from roomkeeper.core.directory.keeper import Keeper
from roomkeeper.core.directory.models import FoundUser
from roomkeeper.core.directory.rules import Wanted
from roomkeeper.core.directory.settings import DirectorySettings
from roomkeeper.core.rooms import Rooms, history
from roomkeeper.platform.application import Application

SCANNED: Final = 2_000
"""Users with a word that are looked at."""
MEMBERSHIPS: Final = 20_000
"""Memberships of those that are looked at, to see who is in an open room."""
WAIT: Final = 0.5
"""Seconds that a search waits at most for what has just happened to be entered."""


class Users:
    """Finds users for users."""

    def __init__(
        self, app: Application, rooms: Rooms, accounts: Accounts, keeper: Keeper, settings: DirectorySettings
    ) -> None:
        self._app = app
        self._rooms = rooms
        self._accounts = accounts
        self._keeper = keeper
        self._settings = settings

    async def search(self, user_id: str, term: str, limit: int) -> tuple[list[FoundUser], bool]:
        """At most `limit` users whom the searcher may find, best first; and whether there are more."""
        wish = rules.wanted(term)
        if wish is None:
            return [], False
        await self._keeper.follower.reach(self._app.positions.committed, WAIT)
        known = await self._rooms.users_sharing_rooms(user_id)
        word, is_prefix = wish.best
        candidates = await store.users_with_word(self._app.driver, word, SCANNED, is_prefix=is_prefix)
        is_cut = len(candidates) == SCANNED
        if is_cut:
            candidates += await store.users_among(self._app.driver, sorted(known))
        sees_all = await self._sees_all(user_id)
        if sees_all:
            candidates += await self._accounts_named(wish)
        found = {user.user_id: user for user in reversed(candidates) if rules.matches(wish, user)}
        if not sees_all:
            visible = await self._visible(found, known)
            found = {name: user for name, user in found.items() if name in visible}
        ordered = rules.in_order(list(found.values()), wish, known)
        return ordered[:limit], len(ordered) > limit

    async def _sees_all(self, user_id: str) -> bool:
        who = self._settings.search_all_users
        return who == "everyone" or (who == "admins" and (await self._accounts.user(user_id)).is_admin)

    async def _accounts_named(self, wish: Wanted) -> Sequence[FoundUser]:
        """Users who have neither joined a room nor set a name are found by their id."""
        parts = [prefix for prefix in wish.prefixes if prefix.isascii()]
        if not parts or wish.exact:
            return []
        return [
            FoundUser(account.user_id)
            for account in await self._accounts.users_named(max(parts, key=len), SCANNED)
            if account.state != "deactivated"
        ]

    async def _visible(self, found: Iterable[str], known: set[str]) -> set[str]:
        """Those whom the searcher shares a room with, or who are in a room that is open to all."""
        strangers = [user_id for user_id in found if user_id not in known]
        visible = {user_id for user_id in found if user_id in known}
        for start in range(0, len(strangers), store.BATCH):
            batch = strangers[start : start + store.BATCH]
            joined = await history.joined_among(self._app.driver, batch, MEMBERSHIPS)
            rooms = sorted({room_id for _, room_id in joined})
            are_open = await store.open_among(self._app.driver, rooms)
            visible.update(user_id for user_id, room_id in joined if room_id in are_open)
        return visible
