"""What the directories are made of."""

from __future__ import annotations

import msgspec


class ListedRoom(msgspec.Struct, frozen=True, omit_defaults=True):
    """A room of the public list, as clients get it. spec: client-server §Published Room Directory"""

    room_id: str
    num_joined_members: int
    world_readable: bool
    guest_can_join: bool
    join_rule: str
    name: str | None = None
    topic: str | None = None
    canonical_alias: str | None = None
    avatar_url: str | None = None
    room_type: str | None = None


class FoundUser(msgspec.Struct, frozen=True, omit_defaults=True):
    """A user of the user directory, as clients get it."""

    user_id: str
    display_name: str | None = None
    avatar_url: str | None = None
