"""Settings of presence."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class PresenceSettings(Settings, frozen=True):
    """Who is online."""

    section: ClassVar[str] = "presence"

    enabled: Annotated[
        Literal["on", "off"],
        Meta(description="Show users to those in the same rooms as online, idle or offline. Off: everyone is offline."),
    ] = "on"
    offline_after: Annotated[
        int,
        Meta(
            ge=10,
            le=3600,
            description="Seconds after the start of a device's last sync until it is gone (a sync may wait 120).",
        ),
    ] = 150
