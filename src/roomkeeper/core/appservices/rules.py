"""Pure decisions: what a service owns, and what its events look like.

1. A pattern matches from the start of an id, and need not reach its end, as bridges expect it.
2. Only this server's own users are of interest to the namespace of users. spec: application-service §Registration
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from roomkeeper.core.appservices.models import Appservice, Matcher
from roomkeeper.core.rooms import TimelineEvent
from roomkeeper.core.rooms.models import encode_json
from roomkeeper.wire.identifiers import MAX_ID_BYTES

MAX_EVENTS = 100
MAX_BODY = 512 * 1024
"""Bytes of events in one transaction: HTTP servers that take no more than a megabyte are common."""
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
MEMBERSHIP = b'"membership":"join"}}'
"""How the client form of every event ends."""


def matches(matchers: Iterable[Matcher], text: str) -> bool:
    """Whether one of the patterns matches."""
    if len(text) > MAX_ID_BYTES:
        return False
    return any(matcher.pattern.match(text) is not None for matcher in matchers)


def is_exclusive(matchers: Iterable[Matcher], text: str) -> bool:
    """Whether one of the exclusive patterns matches."""
    return matches((matcher for matcher in matchers if matcher.exclusive), text)


def owns_user(service: Appservice, user_id: str, server_name: str) -> bool:
    """Whether a user is one of the service's: its sender, or a local user of its namespace."""
    if user_id == service.sender:
        return True
    return user_id.endswith(f":{server_name}") and matches(service.namespaces.users, user_id)


def retry_after(attempts: int) -> float:
    """Seconds to wait after so many failed attempts."""
    return float(min(FIRST_RETRY_S * 2 ** min(max(attempts - 1, 0), 20), LONGEST_RETRY_S))


def event_json(entry: TimelineEvent) -> bytes:
    """An event as services get it: that of clients, but for the membership of the reader, who is nobody here."""
    head = entry.json.removesuffix(MEMBERSHIP).removesuffix(b",")
    return head + b'},"room_id":' + encode_json(entry.event.room_id) + b"}"


def said_by(json: bytes, user_id: str) -> bytes:
    """An event as if somebody else had sent it."""
    return encode_json({**msgspec.json.decode(json), "sender": user_id})


def body_of(events: Iterable[bytes], ephemeral: Sequence[Any]) -> bytes:
    """The body of a transaction; the older name of the ephemeral data is there for services that know that alone.

    spec: application-service §Pushing events
    """
    body = b'{"events":[' + b",".join(events) + b"]"
    if ephemeral:
        encoded = encode_json(ephemeral)
        body += b',"ephemeral":' + encoded + b',"de.sorunome.msc2409.ephemeral":' + encoded
    return body + b"}"
