"""The support account, to which people write about trouble; nobody signs in with it."""

from __future__ import annotations

from roomkeeper.capabilities.repair.reports import store
from roomkeeper.capabilities.repair.reports.settings import ReportSettings
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.profiles import Profiles, ServiceAccount
from roomkeeper.platform.application import Application
from roomkeeper.platform.errors import MatrixError, UserInUse
from roomkeeper.platform.logs import get_logger

log = get_logger(area="repair")


class SupportAccount:
    """The account."""

    def __init__(self, app: Application, accounts: Accounts, profiles: Profiles, settings: ReportSettings) -> None:
        self._app = app
        self._account = ServiceAccount(
            accounts,
            profiles,
            settings.support_account,
            settings.support_display_name,
            setting="repair_reports.support_account",
            insert=store.insert_account,
        )
        self.user_id = self._account.user_id
        accounts.reserved.add("support", self._reserve)

    def _reserve(self, user_id: str) -> None:
        if user_id == self.user_id:
            raise UserInUse(f"{user_id} is the server's own account, to which people write about trouble.")

    async def load(self) -> None:
        """At the start: make it, so that it can be invited. Where it is somebody's, reports come by other ways only."""
        self._account.remember(await store.accounts(self._app.driver))
        try:
            await self._account.ensure()
        except MatrixError as error:
            log.warning("there is no support account", reason=str(error))

    def is_own(self, user_id: str) -> bool:
        """Whether it is this account, or was, under another name."""
        return user_id in self._account.known
