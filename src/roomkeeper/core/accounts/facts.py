"""What others may need to know about accounts."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class UserDeactivated(Fact, frozen=True):
    """An account was closed; its devices are removed with facts of their own.

    `erase`: what is kept of the user goes, too, and what they wrote is shown to those alone who could see it before.
    """

    user_id: str
    erase: bool = False


class DeviceRenamed(Fact, frozen=True):
    """A device got another name."""

    user_id: str
    device_id: str


class DeviceRemoved(Fact, frozen=True):
    """A device was signed out or deleted; what was kept for it can go."""

    user_id: str
    device_id: str
