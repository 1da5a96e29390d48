"""What others need to know about profiles."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class ProfileChanged(Fact, frozen=True):
    """A field of a profile was set or deleted.

    `propagate`: it is one of those that member events show, so that they must be brought up to date.
    """

    user_id: str
    field: str
    propagate: bool


class NewUsersNamed(Fact, frozen=True):
    """Accounts were made with a display name each, some hundreds at most; nobody has seen them in a room."""

    user_ids: tuple[str, ...]
