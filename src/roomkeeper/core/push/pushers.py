"""Pushers: where users want to be notified. They are stored and listed; nothing is sent to them yet.

spec: client-server §Push Notifications
"""

from __future__ import annotations

from roomkeeper.core.account_data import Turns
from roomkeeper.core.accounts.facts import DeviceRemoved
from roomkeeper.core.push import rules, store
from roomkeeper.core.push.models import Pusher
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import UserLimitExceeded


class Pushers:
    """The pushers of every user."""

    def __init__(self, app: Application) -> None:
        self._driver = app.driver
        self._committer = app.committer
        self._turns = Turns()

    async def all_of(self, user_id: str) -> list[Pusher]:
        """A user's pushers."""
        return await store.of_user(self._driver, user_id, rules.MAX_PUSHERS)

    async def set(self, pusher: Pusher, *, append: bool) -> None:
        """Set a pusher; unless `append`, other users lose theirs for the same app and pushkey.

        Raises `UserLimitExceeded`.
        """
        async with self._turns(pusher.user_id):
            known = {(found.app_id, found.pushkey) for found in await self.all_of(pusher.user_id)}
            if len(known) >= rules.MAX_PUSHERS and (pusher.app_id, pusher.pushkey) not in known:
                raise UserLimitExceeded(f"You may have {rules.MAX_PUSHERS} pushers at most.")
            write = Write()
            store.upsert(write, pusher)
            if not append:
                store.delete_of_others(write, pusher.user_id, pusher.app_id, pusher.pushkey)
            await self._committer.submit(write)

    async def delete(self, user_id: str, app_id: str, pushkey: str) -> None:
        """Delete a pusher; that it is not there is no error."""
        write = Write()
        store.delete(write, user_id, app_id, pushkey)
        await self._committer.submit(write)

    async def forget_device(self, fact: DeviceRemoved) -> None:
        """A device that is signed out is notified no more. Doing so twice changes nothing."""
        write = Write()
        store.delete_of_device(write, fact.user_id, fact.device_id)
        await self._committer.submit(write)
