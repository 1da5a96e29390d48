"""Stream tokens: where a client is in the stream of changes, opaque to it.

A token is a vector of (writer slot → position), ``s<slot>.<position>`` joined by ``_``; for now there is one slot. The
token ``s0.17`` stands between two changes: after the one with position 17.
"""

from __future__ import annotations

import re

from roomkeeper.platform.errors import InvalidParameter

_TOKEN = re.compile(r"s0\.([0-9]{1,18})", re.ASCII)


def encode(position: int) -> str:
    """The token after `position`."""
    return f"s0.{position}"


def decode(token: str) -> int:
    """The position that a token stands after. Raises `InvalidParameter`."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise InvalidParameter("This is not a token of this server. Start again without one.")
    return int(match[1])
