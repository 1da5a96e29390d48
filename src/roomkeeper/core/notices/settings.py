"""Settings of server notices."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class NoticeSettings(Settings, frozen=True):
    """What the administrators tell users, each in a room of their own."""

    section: ClassVar[str] = "server_notices"

    localpart: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9._=/+-]{1,100}$",
            description="The name before the colon of the account that sends notices; it is made when first needed.",
        ),
    ] = "server-notices"
    display_name: Annotated[str, Meta(max_length=100, description="The name that users see beside a notice.")] = (
        "Server notices"
    )
    room_name: Annotated[str, Meta(max_length=100, description="The name of the rooms with notices.")] = (
        "Server notices"
    )
