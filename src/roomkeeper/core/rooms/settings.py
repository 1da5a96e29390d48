"""Settings of rooms."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class RoomSettings(Settings, frozen=True):
    """Rooms and events."""

    section: ClassVar[str] = "rooms"

    default_room_version: Annotated[
        Literal["10", "11", "12"],
        Meta(
            description="The version of new rooms where the client names none.",
            extra={"env": "ROOMKEEPER_DEFAULT_ROOM_VERSION"},
        ),
    ] = "12"
    cached_state_events: Annotated[
        int,
        Meta(
            ge=1_000, le=100_000_000, description="State events that rooms in memory may have in all, about 2 KiB each."
        ),
    ] = 200_000
    max_invites_at_creation: Annotated[
        int, Meta(ge=0, le=1000, description="Users who can be invited while a room is created.")
    ] = 100
