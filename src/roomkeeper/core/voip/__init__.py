"""Calls: the TURN server over which clients reach one another."""

from __future__ import annotations

from roomkeeper.core.voip import api
from roomkeeper.core.voip.settings import VoipSettings
from roomkeeper.platform.application import Application

__all__ = ["VoipSettings", "install"]


def install(app: Application) -> None:
    """Serve the credentials. Raises `SettingsError` where the settings contradict each other."""
    api.install(app, app.source.section(VoipSettings))
