"""What account data says of whom a user does not want to hear. Clients may have written it in any shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roomkeeper.core.rooms import Preferences
from roomkeeper.wire.identifiers import is_user_id

IGNORED_USERS = "m.ignored_user_list"
INVITES = "m.invite_permission_config"
MOST_IGNORED = 2_000
"""Users that one can ignore; what stands after them in the list is without effect."""


def preferences(user_id: str, ignored: Mapping[str, Any] | None, invites: Mapping[str, Any] | None) -> Preferences:
    """The preferences in the contents of both types. Nobody ignores themselves."""
    users = (ignored or {}).get("ignored_users")
    listed = [name for name in users if is_user_id(name) and name != user_id] if isinstance(users, dict) else []
    return Preferences(frozenset(listed[:MOST_IGNORED]), (invites or {}).get("default_action") == "block")
