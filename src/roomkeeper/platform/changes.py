"""A change is one thing that `/sync` will show: an event, a receipt, account data, a to-device message, …

Every change has a position from the one counter of its writer slot, and travels inside the write that makes it durable;
it is published on the bus, in order of position, once that write is committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

COMMITTED = "changes.committed"
"""Bus topic: a list of `Change`, in order of position, after each commit."""


class Change(msgspec.Struct, frozen=True, weakref=False):
    """What changed and for whom.

    `kind` names the sync source that renders it; `data` is that source's own, and must be enough to render the change
    without a database. `recipients` are the ids of the local users who see it.
    """

    position: int
    kind: str
    recipients: Iterable[str]
    room_id: str | None
    data: Any
