"""Which rooms may be encrypted: rules that are asked before ``m.room.encryption`` enters a room.

spec: client-server §m.room.encryption
"""

from __future__ import annotations

from collections.abc import Callable

from roomkeeper.core.keys.settings import KeySettings, RoomKind
from roomkeeper.core.rooms import Draft, Room, SendAttempt
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.hooks import Deny, Slot, Verdict

ENCRYPTION = "m.room.encryption"
JOIN_RULES = "m.room.join_rules"

EncryptionRule = Callable[[Room, RoomKind], str | None]
"""Why a room that is of that kind, or is becoming so, may not be encrypted, as a sentence; `None`: it may."""


class EncryptionPolicy:
    """A fast gate; `rules` are asked in order, and the first that objects is what the client is told."""

    def __init__(self, settings: KeySettings) -> None:
        self._allowed = settings.allowed_encryption
        self.rules: Slot[EncryptionRule] = Slot("rules for encrypted rooms")
        self.rules.add("settings", self._by_settings)

    def gate(self, attempt: SendAttempt) -> Verdict:
        """Refuse to encrypt a room that must not be, or to make an encrypted one of a kind that must not be."""
        draft, room = attempt.draft, attempt.room
        if draft.type != ENCRYPTION and draft.type != JOIN_RULES:
            return None
        if draft.state_key != "" or (draft.type == JOIN_RULES and (ENCRYPTION, "") not in room.state):
            return None
        kind = kind_of(room, draft)
        for rule in self.rules.values():
            reason = rule(room, kind)
            if reason is not None:
                return Deny(Forbidden(reason))
        return None

    def _by_settings(self, room: Room, kind: RoomKind) -> str | None:
        if kind in self._allowed or (kind_of(room, None) == kind and (ENCRYPTION, "") in room.state):
            return None
        return (
            f"This server does not allow end-to-end encryption in a {kind} room: leave {ENCRYPTION} out,"
            " or ask its administrator (setting keys.allowed_encryption)."
        )


def kind_of(room: Room, draft: Draft | None) -> RoomKind:
    """What kind of room this is; with the join rules that the draft sets, if it does."""
    if room.content("m.room.create").get("type") == "m.space":
        return "space"
    is_new = draft is not None and draft.type == JOIN_RULES
    content = draft.content if draft is not None and is_new else room.content(JOIN_RULES)
    return "public" if content.get("join_rule") == "public" else "private"
