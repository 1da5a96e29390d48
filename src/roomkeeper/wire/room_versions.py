"""The room versions that the server speaks, and how they differ, as data.

# spec: room versions §Version 10, §Version 11, §Version 12
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from roomkeeper.wire.errors import ProtocolViolation


class RoomVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What one room version prescribes. Every version here has hash event ids, knocking and restricted joins."""

    identifier: str
    stability: Literal["stable", "unstable"] = "stable"

    redaction_algorithm: Literal[9, 11]
    """The room version that introduced the redaction algorithm in use."""

    redacts_in_content: bool
    """Whether a redaction names its target in `content.redacts` rather than beside `content`."""

    creator_in_content: bool
    """Whether the create event must name its creator in `content.creator`."""

    room_id_is_create_hash: bool
    """Whether the room id is the create event's id with `!`; that event then never is an auth event."""

    creators_have_infinite_power: bool
    """Whether creators stand above every power level, and outside of `m.room.power_levels`."""

    integer_power_levels: bool = True
    """Whether power levels must be integers, and never strings that look like them."""


ROOM_VERSIONS: Final[dict[str, RoomVersion]] = {
    version.identifier: version
    for version in (
        RoomVersion(
            identifier="10",
            redaction_algorithm=9,
            redacts_in_content=False,
            creator_in_content=True,
            room_id_is_create_hash=False,
            creators_have_infinite_power=False,
        ),
        RoomVersion(
            identifier="11",
            redaction_algorithm=11,
            redacts_in_content=True,
            creator_in_content=False,
            room_id_is_create_hash=False,
            creators_have_infinite_power=False,
        ),
        RoomVersion(
            identifier="12",
            redaction_algorithm=11,
            redacts_in_content=True,
            creator_in_content=False,
            room_id_is_create_hash=True,
            creators_have_infinite_power=True,
        ),
    )
}

DEFAULT_ROOM_VERSION: Final = "12"
"""The version that new rooms get unless their creator asks for another."""


def get_room_version(identifier: str) -> RoomVersion:
    """The room version of this name; raises ProtocolViolation (M_UNSUPPORTED_ROOM_VERSION) if there is none."""
    try:
        return ROOM_VERSIONS[identifier]
    except (KeyError, TypeError):
        known = ", ".join(ROOM_VERSIONS)
        message = f"Room version {identifier!r} is not supported; use one of {known}."
        raise ProtocolViolation(message, "M_UNSUPPORTED_ROOM_VERSION") from None
