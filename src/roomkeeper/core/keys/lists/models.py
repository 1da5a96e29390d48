"""Device lists, as they travel to sync."""

from __future__ import annotations

from typing import Any

import msgspec

KIND = "device_lists"
"""The kind of change that changed device lists are to sync; its data is `Delta`."""


class Delta(msgspec.Struct, frozen=True):
    """Users whose keys a client must ask for anew, and users whom it shares no room with any more."""

    changed: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.changed or self.left)

    def __or__(self, later: Delta) -> Delta:
        """Both; what the later one says of a user is what counts."""
        return Delta((self.changed - later.left) | later.changed, (self.left - later.changed) | later.left)

    def as_json(self) -> dict[str, Any]:
        """spec: client-server §Extensions to /sync"""
        return {"changed": sorted(self.changed), "left": sorted(self.left)}
