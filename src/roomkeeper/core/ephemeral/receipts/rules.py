"""Which receipts there can be, and how many of them become few events.

1. A user has one receipt for each type and thread (no thread is one of them). spec: client-server §Receipts
2. The newest one counts.
3. One ``m.receipt`` event for each room and thread: in one event, two receipts of a user for the same event, of
   different threads, would stand in the same place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from roomkeeper.core.ephemeral.receipts.models import FULLY_READ, MAIN, READ, READ_PRIVATE, Mark, Receipt
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.wire.identifiers import is_event_id

THREAD = "m.thread"
HOPS = 3
"""Relations followed to find the thread of an event. spec: client-server §Threaded read receipts"""
TYPES = (READ, READ_PRIVATE, FULLY_READ)


def check_mark(mark: Mark) -> None:
    """`InvalidParameter` for another type, for what cannot be an event id, and for a thread that cannot be one."""
    if mark.type not in TYPES:
        raise InvalidParameter(f"The receipt type must be one of: {', '.join(TYPES)}.")
    if not is_event_id(mark.event_id):
        raise InvalidParameter("A receipt is for an event: an event id starts with $ and has at most 255 bytes.")
    if mark.thread_id is None:
        return
    if mark.type == FULLY_READ:
        raise InvalidParameter("m.fully_read is for the whole room: it takes no thread_id.")
    if mark.thread_id != MAIN and not is_event_id(mark.thread_id):
        raise InvalidParameter("The thread_id must be the id of the event that the thread starts with, or: main.")


def relation_of(content: Mapping[str, Any]) -> tuple[str, str] | None:
    """(type, event id) of what an event relates to, `None` where it stands for itself."""
    relation = content.get("m.relates_to")
    if not isinstance(relation, Mapping):
        return None
    kind, event_id = relation.get("rel_type"), relation.get("event_id")
    return (kind, event_id) if isinstance(kind, str) and isinstance(event_id, str) else None


def newest(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Of receipts, oldest first, the last for each user, type and thread."""
    return list({(receipt.user_id, receipt.type, receipt.thread_id): receipt for receipt in receipts}.values())


def receipt_events(receipts: Iterable[Receipt]) -> list[dict[str, Any]]:
    """The ``m.receipt`` events that tell of receipts (of one room, oldest first)."""
    contents: dict[str | None, dict[str, Any]] = {}
    for receipt in newest(receipts):
        told: dict[str, Any] = {"ts": receipt.ts}
        if receipt.thread_id is not None:
            told["thread_id"] = receipt.thread_id
        of_event = contents.setdefault(receipt.thread_id, {}).setdefault(receipt.event_id, {})
        of_event.setdefault(receipt.type, {})[receipt.user_id] = told
    return [{"type": "m.receipt", "content": content} for content in contents.values()]
