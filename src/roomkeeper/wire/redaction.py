"""What is left of an event when it is redacted; hashes and signatures cover just that.

# spec: room versions §Redactions of versions 10 (the algorithm of 9), 11 and 12 (the algorithm of 11)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from roomkeeper.wire.room_versions import RoomVersion


class RedactionAlgorithm(msgspec.Struct, frozen=True):
    """Which keys survive. A type that `content` does not name keeps an empty content."""

    top_level: frozenset[str]
    content: Mapping[str, frozenset[str]]
    whole_content: frozenset[str] = frozenset()
    """The types of event whose content stays as it is."""
    keeps_signed_third_party_invite: bool = False
    """Whether a membership keeps the `signed` part of its `third_party_invite`."""


_ALWAYS_KEPT: Final = frozenset(
    {
        "event_id",
        "type",
        "room_id",
        "sender",
        "state_key",
        "content",
        "hashes",
        "signatures",
        "depth",
        "prev_events",
        "auth_events",
        "origin_server_ts",
    }
)
_POWER_LEVELS: Final = frozenset(
    {"ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"}
)
_COMMON_CONTENT: Final = {
    "m.room.member": frozenset({"membership", "join_authorised_via_users_server"}),
    "m.room.join_rules": frozenset({"join_rule", "allow"}),
    "m.room.history_visibility": frozenset({"history_visibility"}),
}

ALGORITHMS: Final[Mapping[int, RedactionAlgorithm]] = {
    9: RedactionAlgorithm(
        top_level=_ALWAYS_KEPT | {"prev_state", "origin", "membership"},
        content={
            **_COMMON_CONTENT,
            "m.room.create": frozenset({"creator"}),
            "m.room.power_levels": _POWER_LEVELS,
        },
    ),
    11: RedactionAlgorithm(
        top_level=_ALWAYS_KEPT,
        content={
            **_COMMON_CONTENT,
            "m.room.power_levels": _POWER_LEVELS | {"invite"},
            "m.room.redaction": frozenset({"redacts"}),
        },
        whole_content=frozenset({"m.room.create"}),
        keeps_signed_third_party_invite=True,
    ),
}
"""By the room version that introduced the algorithm."""


def redact(pdu: Mapping[str, Any], version: RoomVersion) -> dict[str, Any]:
    """The event with only the keys that its room version keeps; `unsigned` goes too. `pdu` stays as it is."""
    algorithm = ALGORITHMS[version.redaction_algorithm]
    top_level = algorithm.top_level
    redacted = {key: value for key, value in pdu.items() if key in top_level}
    if "content" in redacted and pdu.get("type") not in algorithm.whole_content:
        redacted["content"] = _redact_content(pdu.get("type"), redacted["content"], algorithm)
    return redacted


def _redact_content(event_type: Any, content: Any, algorithm: RedactionAlgorithm) -> dict[str, Any]:
    kept = algorithm.content.get(event_type)
    if kept is None or not isinstance(content, dict):
        return {}
    redacted = {key: value for key, value in content.items() if key in kept}
    if event_type == "m.room.member" and algorithm.keeps_signed_third_party_invite:
        invite = content.get("third_party_invite")
        if isinstance(invite, dict):
            redacted["third_party_invite"] = {key: invite[key] for key in ("signed",) if key in invite}
    return redacted
