"""What administrators do with accounts: lock, suspend, look where somebody is signed in.

spec: client-server §Account moderation, §Server Administration
"""

from __future__ import annotations

from typing import Any

from roomkeeper.core.accounts import store
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write


class Moderation:
    """Changes the standing of accounts, with an entry in the audit log."""

    def __init__(self, app: Application, accounts: Accounts) -> None:
        self._app = app
        self._accounts = accounts

    async def set_locked(self, user_id: str, *, locked: bool, actor: str, reason: str = "") -> None:
        """Refuse everything that the user asks from now on, or let them in again; devices and tokens are kept.

        Raises `NotFound`, `InvalidParameter` where the account is deactivated.
        """
        await self._accounts.open_account(user_id)
        write = self._audited("users.lock" if locked else "users.unlock", user_id, actor, reason)
        await self.submit(write, user_id, locked=locked)

    async def submit(self, write: Write, user_id: str, *, locked: bool) -> None:
        """Submit `write` with the lock of an open account, or its end, in it."""
        self.add(write, user_id, locked=locked)
        if locked:
            await self._lock(user_id, write)
        else:
            await self._app.committer.submit(write)
            self.tell(user_id, locked=False)

    def add(self, write: Write, user_id: str, *, locked: bool) -> None:
        """Make a lock, or its end, part of `write`; when that is durable, `tell` must be called at once."""
        store.update_state(write, user_id, "locked" if locked else "active")

    def tell(self, user_id: str, *, locked: bool) -> None:
        """A lock, or its end, is durable: it holds for those who are signed in."""
        if locked:
            self._accounts.sessions.block(user_id, locked=True)
        else:
            self._accounts.sessions.unblock(user_id)

    async def _lock(self, user_id: str, write: Write) -> None:
        """The lock holds while it is being written: what was read from the database before is not believed."""
        sessions = self._accounts.sessions
        sessions.block(user_id, locked=True)
        try:
            await self._app.committer.submit(write)
        except BaseException:
            sessions.unblock(user_id)
            raise
        sessions.block(user_id, locked=True)

    async def set_suspended(self, user_id: str, *, suspended: bool, actor: str, reason: str = "") -> None:
        """Let the user do little but read, or everything again. Raises `NotFound`, `InvalidParameter`."""
        await self._accounts.open_account(user_id)
        write = self._audited("users.suspend" if suspended else "users.unsuspend", user_id, actor, reason)
        store.update_suspended(write, user_id, suspended=suspended)
        sessions = self._accounts.sessions
        was = user_id in sessions.suspended
        sessions.set_suspended(user_id, suspended=suspended or was)
        try:
            await self._app.committer.submit(write)
        except BaseException:
            sessions.set_suspended(user_id, suspended=was)
            raise
        sessions.set_suspended(user_id, suspended=suspended)

    async def whois(self, user_id: str, actor: str) -> dict[str, Any]:
        """The user's devices, and when and from where each was last seen. Looking at others is in the audit log."""
        user = await self._accounts.user(user_id)
        if actor != user.user_id:
            await self._app.committer.submit(self._audited("users.whois", user.user_id, actor))
        devices: dict[str, Any] = {}
        for device in await store.seen_devices(self._app.driver, user.user_id):
            seen = self._accounts.sessions.last_seen(user.user_id, device.device_id)
            ts, ip, agent = (seen.ts, seen.ip, seen.user_agent) if seen else device[1:]
            known = {"ip": ip, "last_seen": ts, "user_agent": agent}
            connection = {name: value for name, value in known.items() if value is not None}
            devices[device.device_id] = {"sessions": [{"connections": [connection] if connection else []}]}
        return {"user_id": user.user_id, "devices": devices}

    def _audited(self, permission: str, user_id: str, actor: str, reason: str = "") -> Write:
        write = Write()
        self._app.audit.record(write, actor=actor, permission=permission, target=user_id, reason=reason)
        return write
