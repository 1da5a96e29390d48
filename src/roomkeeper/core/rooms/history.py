"""The rooms' past, for areas that show it: events and state as of a position, memberships. Reads through any reader."""

from roomkeeper.core.rooms.redacting import redacted_now
from roomkeeper.core.rooms.store import (
    Membership,
    events_between,
    held_by_sender,
    membership_of,
    memberships_of,
    newest_position,
    state_at,
    state_between,
    state_entry_at,
)

__all__ = [
    "Membership",
    "events_between",
    "held_by_sender",
    "membership_of",
    "memberships_of",
    "newest_position",
    "redacted_now",
    "state_at",
    "state_between",
    "state_entry_at",
]
