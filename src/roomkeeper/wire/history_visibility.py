"""Whether a user may see an event of a room's past.

# spec: client-server §Room History Visibility
"""

from __future__ import annotations

from typing import Final

VISIBILITIES: Final = frozenset({"world_readable", "shared", "invited", "joined"})
DEFAULT_VISIBILITY: Final = "shared"


def effective(visibility: object) -> str:
    """The visibility in force for a value of `content.history_visibility`: what is not understood is "shared"."""
    return visibility if isinstance(visibility, str) and visibility in VISIBILITIES else DEFAULT_VISIBILITY


def visible(visibility_at_event: object, membership_at_event: str | None, *, joined_later: bool) -> bool:
    """Whether a user may see an event, by the room's state at the event.

    `joined_later` says whether the user joined the room at any point after the event was sent.

    Two kinds of event are seen if either the state before or the state after them allows it:
    `m.room.history_visibility`, and the user's own `m.room.member`. Ask for both then.
    """
    visibility = effective(visibility_at_event)
    if visibility == "world_readable" or membership_at_event == "join":
        return True
    if visibility == "shared":
        return joined_later
    return visibility == "invited" and membership_at_event == "invite"
