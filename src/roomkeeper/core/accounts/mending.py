"""Putting right what is known in memory of who may be let in, where the database says otherwise.

Who is locked, or has signed out, is refused from memory, at once. Should memory ever say so of somebody of whom the
database does not, they would be signed out again and again, whatever they do: this finds that and lets memory follow
the database. The drill makes it so.
"""

from __future__ import annotations

from collections.abc import Sequence

from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.errors import InvalidParameter


class SessionMending:
    """Finds and mends."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def wrongly_refused(self, user_id: str) -> tuple[bool, Sequence[str]]:
        """Whether somebody is refused though their account is open, and which of their devices though it is signed in.

        Raises `NotFound`.
        """
        sessions = self._accounts.sessions
        user = await self._accounts.user(user_id)
        devices = [device.device_id for device in await self._accounts.devices(user_id)]
        is_refused = user.state == "active" and sessions.refuses(user_id)
        return is_refused, sessions.refused_devices(user_id, devices) if user.state == "active" else ()

    async def mend(self, user_id: str) -> None:
        """Let in whom the database lets in. Raises `NotFound`."""
        sessions = self._accounts.sessions
        is_refused, devices = await self.wrongly_refused(user_id)
        if is_refused:
            sessions.unblock(user_id)
        for device_id in devices:
            sessions.begin(user_id, device_id)
        sessions.forget(user_id)

    async def state_of(self, user_id: str) -> str:
        """What the database says of the account. Raises `NotFound`."""
        return (await self._accounts.user(user_id)).state

    async def refuse(self, user_id: str) -> None:
        """A drill: memory takes somebody for locked. Raises `NotFound`, `InvalidParameter` where they are."""
        if (await self._accounts.user(user_id)).state != "active":
            raise InvalidParameter(f"{user_id} is not let in anyway.")
        self._accounts.sessions.block(user_id, locked=True)
