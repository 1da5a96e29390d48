"""Backups and the keys in them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from roomkeeper.wire.canonical_json import MAX_INTEGER

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Index = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]


class Backup(msgspec.Struct, frozen=True):
    """One version of a user's backup. `auth_data`: JSON. `etag` counts what was changed in it."""

    version: int
    algorithm: str
    auth_data: bytes
    etag: int
    count: int

    def totals(self) -> dict[str, Any]:
        """What clients are told after each change."""
        return {"etag": str(self.etag), "count": self.count}


class KeyData(msgspec.Struct, frozen=True):
    """The key of one session. spec: KeyBackupData"""

    first_message_index: Index
    forwarded_count: Index
    is_verified: bool
    session_data: dict[str, Any]


class StoredKey(msgspec.Struct, frozen=True):
    """A key as it is stored; `session_data` is JSON."""

    room_id: str
    session_id: str
    first_message_index: int
    forwarded_count: int
    is_verified: bool
    session_data: msgspec.Raw

    def as_json(self) -> dict[str, Any]:
        """As clients get it."""
        return {
            "first_message_index": self.first_message_index,
            "forwarded_count": self.forwarded_count,
            "is_verified": self.is_verified,
            "session_data": self.session_data,
        }


SessionName = tuple[str, str]
"""Room id, session id."""
