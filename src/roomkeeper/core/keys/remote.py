"""Users of other servers: this server does not talk to those yet, and says so for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from roomkeeper.platform.errors import InvalidParameter, Unavailable
from roomkeeper.wire.identifiers import is_user_id, server_name_of

Wanted = TypeVar("Wanted")


def split_local(wanted: Mapping[str, Wanted], server_name: str) -> tuple[dict[str, Wanted], dict[str, Any]]:
    """What is wanted of this server's users, and the failures by server name. Raises `InvalidParameter`."""
    local: dict[str, Wanted] = {}
    failures: dict[str, Any] = {}
    for user_id, what in wanted.items():
        if not is_user_id(user_id):
            raise InvalidParameter("The keys of this object must be user ids: @name:example.org.")
        name = server_name_of(user_id)
        if name == server_name:
            local[user_id] = what
        elif name not in failures:
            failures[name] = Unavailable("This server does not talk to other servers yet.").body
    return local, failures
