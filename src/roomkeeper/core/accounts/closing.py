"""Closing accounts: nobody signs in any more, and all that hangs on the account goes.

In one write the account is closed and its devices, tokens and password go; a fact tells the other areas, each of which
removes what it keeps. With `erase` what the user wrote is hidden at once from those who could not see it before: that
is one number in the account's row.

spec: client-server §Account deactivation
"""

from __future__ import annotations

from roomkeeper.core.accounts import store
from roomkeeper.core.accounts.facts import UserDeactivated
from roomkeeper.core.accounts.models import User
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.database.models import UnexpectedRowCount
from roomkeeper.platform.errors import InvalidParameter


class Closing:
    """Closes accounts, and opens them again."""

    def __init__(self, app: Application, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts

    async def deactivate(self, user_id: str, *, erase: bool = False, write: Write | None = None) -> None:
        """Close an account; its id stays taken. An account that is closed already can still be erased, once.

        Raises `NotFound`, `InvalidParameter` where there is nothing to do.
        """
        user = await self._accounts.user(user_id)
        _check_closable(user, erase=erase)
        write = write or Write()
        if user.state != "deactivated":
            store.update_state(write, user_id, "deactivated")
            store.update_password(write, user_id, None)
        position = self._app.positions.last
        if erase:
            store.mark_erased(write, user_id, position)
            store.delete_accepted_policies(write, user_id)
        self._app.facts.record(write, UserDeactivated(user_id, erase))
        await self._accounts.remove_all_devices(write, user_id)
        self._accounts.sessions.set_suspended(user_id, suspended=False)
        self._accounts.sessions.block(user_id, locked=False)
        if erase:
            self._accounts.erased[user_id] = position

    async def reactivate(self, user_id: str, password: str, write: Write) -> None:
        """Open a closed account again, with a new password. Raises `NotFound`, `InvalidParameter`, `WeakPassword`."""
        user = await self._accounts.user(user_id)
        self._accounts.check_new_password(password)
        if user.state != "deactivated" or user.erased_position is not None:
            state = "erased" if user.erased_position is not None else "not deactivated"
            raise InvalidParameter(f"The account {user_id} is {state}.")
        store.reactivate(write, user_id, await self._accounts.passwords.hash(password))
        try:
            await self._app.committer.submit(write)
        except UnexpectedRowCount:
            raise InvalidParameter(f"The account {user_id} has changed meanwhile.") from None
        self._accounts.sessions.unblock(user_id)


def _check_closable(user: User, *, erase: bool) -> None:
    if user.erased_position is not None:
        raise InvalidParameter(f"The account {user.user_id} is deactivated and erased.")
    if user.state == "deactivated" and not erase:
        raise InvalidParameter(f"The account {user.user_id} is deactivated.")
