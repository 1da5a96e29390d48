"""Settings of end-to-end encryption."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings

RoomKind = Literal["private", "public", "space"]


class KeySettings(Settings, frozen=True):
    """End-to-end encryption."""

    section: ClassVar[str] = "keys"

    allowed_encryption: Annotated[
        tuple[RoomKind, ...],
        Meta(
            description="Rooms that their members may encrypt end to end: private, public (anyone may join), space. "
            "What is said in an encrypted room cannot be searched, screened or recorded by the server. "
            "Rooms that are encrypted already stay so."
        ),
    ] = ("private", "public")
