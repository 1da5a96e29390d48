"""What account data and tags may be.

spec: client-server §Client Config, §Room Tagging
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from roomkeeper.core.account_data.models import ManagedByServer
from roomkeeper.platform.errors import Forbidden, InvalidParameter, TooLarge
from roomkeeper.wire.identifiers import parse_room_id

MAX_CONTENT = 65_536
"""Bytes of one entry's content."""
MAX_NAME = 255
"""Bytes of a type, or of a tag's name."""
MAX_ENTRIES = 50_000
"""Entries that one user may have, those of all rooms counted."""

GLOBAL = ""
"""Stands for the room id of what belongs to the account as a whole."""

TAGS = "m.tag"
FULLY_READ = "m.fully_read"
MANAGED_BY_SERVER = frozenset({FULLY_READ, "m.push_rules"})

Tags = dict[str, dict[str, Any]]


def check_owner(requester: str, user_id: str) -> None:
    """Account data is for the user's own eyes."""
    if requester != user_id:
        raise Forbidden("You can see and change your own account data only.")


def check_room_id(room_id: str) -> None:
    """`ProtocolViolation` (M_INVALID_PARAM) where it is none."""
    parse_room_id(room_id)


def check_type(event_type: str) -> None:
    """`InvalidParameter` for a type that cannot be stored."""
    _check_name(event_type, "type")


def check_writable(event_type: str) -> None:
    """`ManagedByServer` for the types that clients do not set directly."""
    if event_type in MANAGED_BY_SERVER:
        raise ManagedByServer(f"{event_type} is managed by the server: use the endpoints that are made for it.")


def encode_content(content: Mapping[str, Any]) -> bytes:
    """The content as it is stored. `TooLarge` where it is."""
    encoded = msgspec.json.encode(content)
    if len(encoded) > MAX_CONTENT:
        raise TooLarge(f"Account data of one type may have {MAX_CONTENT} bytes at most.")
    return encoded


def check_tag(tag: str, info: Mapping[str, Any]) -> None:
    """`InvalidParameter` for a name that is too long, or an order that is no number from 0 to 1."""
    _check_name(tag, "tag")
    order = info.get("order")
    if order is None and "order" not in info:
        return
    if isinstance(order, bool) or not isinstance(order, int | float) or not 0 <= order <= 1:
        raise InvalidParameter("The order of a tag must be a number from 0 to 1.")


def tags_of(content: Mapping[str, Any] | None) -> Tags:
    """The tags in the content of ``m.tag``, which clients may have written in any shape."""
    tags = (content or {}).get("tags")
    if not isinstance(tags, dict):
        return {}
    return {tag: info for tag, info in tags.items() if isinstance(info, dict)}


def _check_name(name: str, what: str) -> None:
    if not name or "\0" in name or len(name.encode()) > MAX_NAME:
        raise InvalidParameter(f"A {what} must have 1 to {MAX_NAME} bytes, and no NUL.")
