"""The preferences of users, in memory for those who have been asked about lately."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from roomkeeper.core.account_data import AccountData, Entry
from roomkeeper.core.ignored import rules
from roomkeeper.core.rooms import Preferences
from roomkeeper.platform.changes import Change

KEPT = 50_000
"""Users whose preferences are in memory at most; who was asked about longest ago goes first."""
NONE = Preferences()


class Ignored:
    """What users do not want to be shown."""

    def __init__(self, account_data: AccountData) -> None:
        self._account_data = account_data
        self._known: OrderedDict[str, Preferences] = OrderedDict()
        self._changes = 0

    async def preferences_of(self, user_id: str) -> Preferences:
        """A user's preferences, from memory where they have been asked for before."""
        known = self._known.get(user_id)
        return await self._load(user_id) if known is None else known

    async def _load(self, user_id: str) -> Preferences:
        changes = self._changes
        ignored = await self._account_data.get(user_id, None, rules.IGNORED_USERS)
        invites = await self._account_data.get(user_id, None, rules.INVITES)
        found = rules.preferences(user_id, ignored, invites)
        # What was read while somebody's preferences changed is right for this answer, but not to be kept.
        if changes == self._changes:
            self._known[user_id] = NONE if found == NONE else found
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    def notice(self, changes: Sequence[Change]) -> None:
        """Forget what has just been changed."""
        for change in changes:
            if isinstance(change.data, Entry) and change.data.type in (rules.IGNORED_USERS, rules.INVITES):
                self._changes += 1
                for user_id in change.recipients:
                    self._known.pop(user_id, None)
