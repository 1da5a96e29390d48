"""One event before the authorisation rules: what it asks, and the state it is judged by.

The rule modules read everything through this view, so that each rule is one line of logic.
# spec: server-server §Authorisation rules, §Definitions
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Protocol

import msgspec

from roomkeeper.wire.errors import AuthorizationRefused
from roomkeeper.wire.events import Event
from roomkeeper.wire.power_levels import PowerLevels
from roomkeeper.wire.room_versions import RoomVersion

CREATE: Final = ("m.room.create", "")
POWER_LEVELS: Final = ("m.room.power_levels", "")
JOIN_RULES: Final = ("m.room.join_rules", "")


class StateView(Protocol):
    """Room state by event type and state key; a dict is one."""

    def get(self, key: tuple[str, str], /) -> Event | None: ...


class Case(msgspec.Struct, frozen=True, gc=False):
    """An event, the state before it, and what follows from that state."""

    event: Event
    state: StateView
    version: RoomVersion
    create: Event
    levels: PowerLevels
    verified_servers: Collection[str] | None

    @property
    def target(self) -> str:
        """The user whom a membership event is about."""
        return self.event.state_key or ""

    @property
    def sender_level(self) -> int:
        return self.levels.user_level(self.event.sender)

    @property
    def target_level(self) -> int:
        return self.levels.user_level(self.target)

    @property
    def join_rule(self) -> str:
        """The join rule in force; a room without one is joined by invitation."""
        join_rules = self.state.get(JOIN_RULES)
        rule = None if join_rules is None else join_rules.content.get("join_rule")
        return rule if isinstance(rule, str) else "invite"

    def membership_of(self, user_id: str) -> str:
        """A user's membership; one who has none has "leave"."""
        member = self.state.get(("m.room.member", user_id))
        return "leave" if member is None else member.membership or "leave"

    def is_signed_by(self, server_name: str) -> bool:
        """Whether this server signed the event, as far as the caller has verified it (see `authorize`)."""
        if self.verified_servers is not None:
            return server_name in self.verified_servers
        return server_name in self.event.pdu.get("signatures", {})

    def refuse(self, rule: str, message: str) -> AuthorizationRefused:
        return refusal(rule, message, self.version)


def refusal(rule: str, message: str, version: RoomVersion) -> AuthorizationRefused:
    """The refusal by a rule, given by its number in room version 12 and numbered as `version` does."""
    return AuthorizationRefused(rule if version.room_id_is_create_hash else _number_before_12(rule), message)


def _number_before_12(rule: str) -> str:
    """Version 12 added rule 2 and, among those on power levels, 10.4; what follows them moved by one."""
    numbers = [int(part) for part in rule.split(".")]
    if numbers[0] == 10 and len(numbers) > 1 and numbers[1] > 4:
        numbers[1] -= 1
    if numbers[0] > 2:
        numbers[0] -= 1
    return ".".join(map(str, numbers))
