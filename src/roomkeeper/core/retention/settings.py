"""Settings of retention."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class RetentionSettings(Settings, frozen=True):
    """How long messages are kept."""

    section: ClassVar[str] = "retention"

    max_age_days: Annotated[
        int,
        Meta(
            ge=0,
            le=36500,
            description="Days after which messages are removed; 0: they are kept for ever. Rooms can have their own.",
        ),
    ] = 0
    interval_hours: Annotated[
        int, Meta(ge=1, le=8760, description="Hours from one removal of old messages to the next.")
    ] = 24
