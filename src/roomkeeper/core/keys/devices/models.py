"""Keys of devices, and how many one-time keys are left, as that travels to sync."""

from __future__ import annotations

from typing import Any

import msgspec

KIND = "one_time_keys"
"""The kind of change that used or new one-time keys are to sync; its data is `Counts`."""
USUAL_ALGORITHM = "signed_curve25519"
"""Its count is told even where it is 0: there are clients that take silence for no news."""


class KeyName(msgspec.Struct, frozen=True):
    """``<algorithm>:<key id>``"""

    algorithm: str
    key_id: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.key_id}"


class OneTimeKey(msgspec.Struct, frozen=True):
    """A one-time or fallback key: its content is a string or an object, as canonical JSON."""

    name: KeyName
    content: bytes


class FallbackKey(msgspec.Struct, frozen=True):
    """A fallback key as it is stored."""

    key: OneTimeKey
    used: bool


class Upload(msgspec.Struct, frozen=True):
    """What a device uploads, checked. `device_keys`: canonical JSON."""

    device_keys: bytes | None
    one_time_keys: list[OneTimeKey]
    fallback_keys: list[OneTimeKey]


class Counts(msgspec.Struct, frozen=True):
    """How many one-time keys of each algorithm a device has left, and of which its fallback key is unused."""

    device_id: str
    one_time: dict[str, int]
    unused_fallbacks: tuple[str, ...]

    def by_algorithm(self) -> dict[str, int]:
        """The number of unclaimed one-time keys of each algorithm."""
        return {USUAL_ALGORITHM: 0, **self.one_time}

    def as_json(self) -> dict[str, Any]:
        """spec: client-server §Extensions to /sync"""
        return {
            "device_one_time_keys_count": self.by_algorithm(),
            "device_unused_fallback_key_types": list(self.unused_fallbacks),
        }
