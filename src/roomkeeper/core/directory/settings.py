"""Settings of the directories."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from roomkeeper.platform.settings import Settings


class DirectorySettings(Settings, frozen=True):
    """The public room list and the user directory."""

    section: ClassVar[str] = "directory"

    public_list: Annotated[
        Literal["everyone", "users"],
        Meta(description="Who may read the list of public rooms: everyone, or those alone who are signed in."),
    ] = "everyone"
    search_all_users: Annotated[
        Literal["nobody", "admins", "everyone"],
        Meta(
            description="Who finds every user of this server in the user directory. The others find those with whom"
            " they share a room, and the members of rooms that are open to all."
        ),
    ] = "nobody"
