"""A user's own say in being tracked, and the key with which their clients send what they do."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.repair.api import ROOT
from roomkeeper.capabilities.repair.intake.choices import Choices
from roomkeeper.capabilities.repair.intake.keys import Keys
from roomkeeper.capabilities.repair.models import TrackingChoice
from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.http import Request


class OwnTracking(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this user's clients are to send what they do (`enabled`), and with which key, where they are.

    `available`: whether this server wants it at all; `chosen`: what the user says. `expires_ts`: in milliseconds.
    """

    enabled: bool
    available: bool
    chosen: bool
    kept_days: int
    write_key: str | None = None
    expires_ts: int | None = None


class TrackingApi:
    """``/_roomkeeper/v1/repair/tracking``."""

    def __init__(self, app: Application, choices: Choices, keys: Keys, settings: RepairSettings) -> None:
        self._app = app
        self._choices = choices
        self._keys = keys
        self._settings = settings

    def add_routes(self) -> None:
        """Serve them."""
        self._app.routes.add("GET", f"{ROOT}/tracking", self.own)
        self._app.routes.add("PUT", f"{ROOT}/tracking", self.choose, limit="write")

    async def own(self, request: Request) -> OwnTracking:
        """Whether my clients are to send what I do, and with which write key; see ``/v1/batch``."""
        return self._told(request.user.user_id)

    async def choose(self, request: Request, body: TrackingChoice) -> OwnTracking:
        """Whether I want to be tracked. Off: nothing is kept from now on, and what there was is erased."""
        await self._choices.choose(request.user.user_id, body)
        return self._told(request.user.user_id)

    def _told(self, user_id: str) -> OwnTracking:
        available, chosen = self._settings.tracking == "on", self._choices.is_tracked(user_id)
        key, expires = self._keys.personal(user_id) if available and chosen else (None, None)
        return OwnTracking(
            enabled=available and chosen,
            available=available,
            chosen=chosen,
            kept_days=self._settings.kept_days,
            write_key=key,
            expires_ts=expires,
        )
