"""What application services are made of. spec: application-service §Registration"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec


class Matcher(NamedTuple):
    """One namespace: a compiled pattern, and whether what it matches is the service's alone."""

    text: str
    exclusive: bool
    pattern: Any
    """Of RE2, whose time is linear in the text, whatever the expression."""


class Namespaces(msgspec.Struct, frozen=True):
    """What a service is interested in."""

    users: tuple[Matcher, ...] = ()
    aliases: tuple[Matcher, ...] = ()
    rooms: tuple[Matcher, ...] = ()


class Appservice(msgspec.Struct, frozen=True, eq=False):
    """A registered service. `url` has no slash at its end, and is `None` where the service wants no requests."""

    id: str
    url: str | None
    as_token: str
    hs_token: str
    sender: str
    """The user id of `sender_localpart`."""
    namespaces: Namespaces
    rate_limited: bool
    receive_ephemeral: bool
    protocols: tuple[str, ...]
    file: str

    @property
    def fingerprint(self) -> str:
        """What decides which members count as the service's own."""
        return "\n".join([self.sender, *(matcher.text for matcher in self.namespaces.users)])


class Pending(NamedTuple):
    """A transaction that the service has not accepted yet; `body` is sent byte for byte, however often."""

    transaction_id: int
    body: bytes
    attempts: int


class Progress(NamedTuple):
    """How far a service has come: every event up to `position` is in an accepted transaction or in the pending one."""

    position: int
    transaction_id: int
    fingerprint: str


class Status(msgspec.Struct, frozen=True):
    """How a service is, for its administrator. `state`: up, down, unknown, or "no url"; times in milliseconds."""

    id: str
    url: str | None
    file: str
    sender: str
    state: str
    behind: int
    pending_transaction: str | None
    attempts: int
    last_accepted_ts: int | None
    last_error: str | None
    next_attempt_in_ms: int | None
    receive_ephemeral: bool
    rate_limited: bool
    protocols: tuple[str, ...]
    namespaces: Mapping[str, list[dict[str, Any]]]
