"""What counts as a relation.

spec: client-server §Forming relationships between events
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from roomkeeper.core.relations.models import ANNOTATION, REPLACE, Relation
from roomkeeper.wire.events import Event
from roomkeeper.wire.identifiers import MAX_ID_BYTES, is_event_id

KEY = "m.relates_to"
MAX_KEY = 255
"""Bytes of an annotation's key that are stored as they are."""


def relation_of(event_type: str, state_key: str | None, content: Mapping[str, Any]) -> Relation | None:
    """The relation that an event's content describes; `None` where there is none that means anything.

    A relation that does not match the schema, or breaks the rules of its type, is ignored; the event is not.
    """
    described = content.get(KEY)
    if not isinstance(described, dict):
        return None
    rel_type, parent = described.get("rel_type"), described.get("event_id")
    if not isinstance(rel_type, str) or not isinstance(parent, str) or not is_event_id(parent):
        return None
    if not rel_type or "\0" in rel_type or len(rel_type.encode()) > MAX_ID_BYTES:
        return None
    if rel_type == REPLACE and not _can_replace(event_type, state_key, content):
        return None
    if rel_type == ANNOTATION:
        key = described.get("key")
        return Relation(parent, rel_type, stored_key(key)) if isinstance(key, str) else None
    return Relation(parent, rel_type)


def _can_replace(event_type: str, state_key: str | None, content: Mapping[str, Any]) -> bool:
    """spec: client-server §Validity of replacement events, as far as the edit itself shows"""
    return state_key is None and (event_type == "m.room.encrypted" or isinstance(content.get("m.new_content"), dict))


def stored_key(key: str) -> str:
    """An annotation's key, or what stands for one that is too long to be part of an index."""
    encoded = key.encode("utf-8", "surrogatepass")
    return key if len(encoded) <= MAX_KEY and "\0" not in key else f"sha256:{sha256(encoded).hexdigest()}"


def can_be_replaced(event: Event) -> bool:
    """Whether edits of the event count: it is no state, no edit itself, and not redacted.

    spec: client-server §Validity of replacement events, §Server-side aggregation of m.replace relationships
    """
    return event.state_key is None and bool(event.content) and rel_type_of(event.content) != REPLACE


def rel_type_of(content: Mapping[str, Any]) -> str | None:
    """How an event says that it relates to another, whether that means anything or not."""
    described = content.get(KEY)
    rel_type = described.get("rel_type") if isinstance(described, dict) else None
    return rel_type if isinstance(rel_type, str) else None
