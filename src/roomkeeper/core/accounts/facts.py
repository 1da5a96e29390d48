"""What others may need to know about accounts."""

from __future__ import annotations

from roomkeeper.platform.facts import Fact


class UserDeactivated(Fact, frozen=True):
    """An account was closed for ever; its devices are removed with facts of their own."""

    user_id: str


class DeviceRenamed(Fact, frozen=True):
    """A device got another name."""

    user_id: str
    device_id: str


class DeviceRemoved(Fact, frozen=True):
    """A device was signed out or deleted; what was kept for it can go."""

    user_id: str
    device_id: str
