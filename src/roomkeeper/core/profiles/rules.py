"""What may stand in a profile.

spec: client-server §Profiles; appendices §Common Namespaced Identifier Grammar
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from roomkeeper.platform.errors import InvalidParameter, KeyTooLarge, ProfileTooLarge
from roomkeeper.wire.identifiers import is_mxc_uri, is_namespaced_id

MEMBER_FIELDS = ("displayname", "avatar_url")
"""The fields that member events show."""

MAX_KEY = 255
"""Bytes."""
MAX_PROFILE = 64 * 1024
"""A profile has fewer bytes than this, as JSON."""
MAX_DISPLAY_NAME = 256
"""Characters."""
MAX_AVATAR_URL = 1000
MAX_DEPTH = 32


def check_key(key: str) -> str:
    """Raises `KeyTooLarge`, `InvalidParameter`."""
    if len(key.encode()) > MAX_KEY:
        raise KeyTooLarge
    if not is_namespaced_id(key):
        raise InvalidParameter("A profile field is named like org.example.field, with a-z, 0-9 and . _ - only.")
    return key


def encode_value(key: str, value: Any) -> bytes | None:
    """The value as JSON; `None` where it takes the field away (an empty name or avatar). Raises `InvalidParameter`."""
    if key in MEMBER_FIELDS:
        _check_member_field(key, value)
        if value == "":
            return None
    elif key == "m.tz" and not isinstance(value, str):
        raise InvalidParameter("m.tz must be the name of a time zone, such as Europe/London.")
    elif _depth_exceeds(value, MAX_DEPTH):
        raise InvalidParameter(f"The value of a profile field may be nested {MAX_DEPTH} levels deep at most.")
    return msgspec.json.encode(value)


def check_size(fields: Mapping[str, bytes]) -> None:
    """Raises `ProfileTooLarge`. `fields` are the names and JSON values of the whole profile."""
    # Quotes, colon and comma around each, and the braces.
    size = 2 + sum(len(key) + len(value) + 4 for key, value in fields.items())
    if size >= MAX_PROFILE:
        raise ProfileTooLarge


def _check_member_field(key: str, value: Any) -> None:
    if not isinstance(value, str):
        raise InvalidParameter(f"{key} must be a string.")
    if key == "displayname" and len(value) > MAX_DISPLAY_NAME:
        raise InvalidParameter(f"A display name has {MAX_DISPLAY_NAME} characters at most.")
    if key == "avatar_url" and value and (len(value) > MAX_AVATAR_URL or not is_mxc_uri(value)):
        raise InvalidParameter("avatar_url must be a content URI: mxc://example.org/mediaid")


def _depth_exceeds(value: Any, maximum: int) -> bool:
    """Level by level, so that depth costs no stack."""
    level = [value]
    for _ in range(maximum + 1):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return False
    return True


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
