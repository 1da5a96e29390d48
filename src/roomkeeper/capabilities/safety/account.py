"""The account of safety: it makes groups and asks people, and nobody signs in with it."""

from __future__ import annotations

from roomkeeper.capabilities.safety.settings import SafetySettings
from roomkeeper.capabilities.safety.store import positions as store
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.profiles import Profiles, ServiceAccount
from roomkeeper.core.rooms import Room
from roomkeeper.core.rooms.models import CREATE
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import UserInUse


class SafetyAccount:
    """The account, and which rooms are its own."""

    def __init__(self, app: Application, accounts: Accounts, profiles: Profiles, settings: SafetySettings) -> None:
        self._app = app
        self._account = ServiceAccount(
            accounts,
            profiles,
            settings.service_account,
            settings.service_display_name,
            setting="safety.service_account",
            insert=store.insert_account,
        )
        self.user_id = self._account.user_id
        accounts.reserved.add("safety", self._reserve)
        app.starting.add("safety's account", self._load)

    def _reserve(self, user_id: str) -> None:
        if user_id == self.user_id:
            raise UserInUse(f"{user_id} is the server's own account, which makes the groups of safety.")

    async def _load(self) -> None:
        self._account.remember(await store.accounts(self._app.driver))

    async def ensure(self) -> None:
        """Make it where it is not there. Raises `InvalidParameter` where it is somebody's."""
        await self._account.ensure()

    def made(self, room: Room) -> bool:
        """Whether a room is its own."""
        create = room.state.get(CREATE)
        return create is not None and create.sender in self._account.known

    def is_own(self, user_id: str) -> bool:
        """Whether it is this account, or was, under another name."""
        return user_id in self._account.known
