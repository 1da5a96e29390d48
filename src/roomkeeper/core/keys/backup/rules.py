"""Which key of a session is kept, and what may be stored.

spec: client-server §Server-side key backups
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from roomkeeper.core.keys.backup.models import KeyData, SessionName, StoredKey
from roomkeeper.platform.errors import InvalidParameter, TooLarge

MAX_AUTH_DATA = 64 * 1024
MAX_SESSION_DATA = 16 * 1024
"""Bytes of one key."""
MAX_AT_ONCE = 1_000
"""Keys in one request."""
MAX_KEYS = 200_000
"""Keys in one backup."""
MAX_BACKUPS = 100
"""Backups that one user may have."""
MAX_NAME = 255


def is_better(new: KeyData, old: StoredKey) -> bool:
    """Whether a key takes the place of the one that is there: verified, from an earlier message, passed on less."""
    return (not new.is_verified, new.first_message_index, new.forwarded_count) < (
        not old.is_verified,
        old.first_message_index,
        old.forwarded_count,
    )


def encode_session_data(data: Mapping[str, Any]) -> bytes:
    """Raises `TooLarge`."""
    encoded = msgspec.json.encode(data)
    if len(encoded) > MAX_SESSION_DATA:
        raise TooLarge(f"The session_data of a key may have {MAX_SESSION_DATA} bytes at most.")
    return encoded


def encode_auth_data(data: Mapping[str, Any]) -> bytes:
    """Raises `TooLarge`."""
    encoded = msgspec.json.encode(data)
    if len(encoded) > MAX_AUTH_DATA:
        raise TooLarge(f"The auth_data of a backup may have {MAX_AUTH_DATA} bytes at most.")
    return encoded


def check_names(names: list[SessionName]) -> None:
    """Raises `TooLarge` or `InvalidParameter`."""
    if len(names) > MAX_AT_ONCE:
        raise TooLarge(f"Store {MAX_AT_ONCE} keys at a time at most.")
    for name in names:
        if not all(0 < len(part.encode()) <= MAX_NAME for part in name):
            raise InvalidParameter(f"A room id and a session id have 1 to {MAX_NAME} bytes.")


def parse_version(text: str) -> int | None:
    """The number of a version, `None` for what cannot be one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 and str(int(text)) == text else None
