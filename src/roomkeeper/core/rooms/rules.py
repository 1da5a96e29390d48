"""Pure decisions about rooms: what a preset stands for, what an upgrade carries over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from roomkeeper.wire.room_versions import RoomVersion

# spec: client-server §Creation, table of presets: join rule, history visibility, guest access
PRESETS: Mapping[str, tuple[str, str, str]] = {
    "private_chat": ("invite", "shared", "can_join"),
    "trusted_private_chat": ("invite", "shared", "can_join"),
    "public_chat": ("public", "shared", "forbidden"),
}

# spec: client-server §Room Upgrades, step 3
CARRIED_OVER = (
    "m.room.server_acl",
    "m.room.encryption",
    "m.room.name",
    "m.room.avatar",
    "m.room.topic",
    "m.room.guest_access",
    "m.room.history_visibility",
    "m.room.join_rules",
)


def preset_state(preset: str) -> list[tuple[str, dict[str, Any]]]:
    """The state events of a preset, in the order in which they are sent."""
    join_rule, visibility, guest_access = PRESETS[preset]
    return [
        ("m.room.join_rules", {"join_rule": join_rule}),
        ("m.room.history_visibility", {"history_visibility": visibility}),
        ("m.room.guest_access", {"guest_access": guest_access}),
    ]


def create_content(
    version: RoomVersion, creator: str, requested: Mapping[str, Any], additional_creators: Iterable[str]
) -> dict[str, Any]:
    """The content of ``m.room.create``. spec: client-server §m.room.create"""
    content = dict(requested)
    content["room_version"] = version.identifier
    content.pop("creator", None)
    if version.creator_in_content:
        content["creator"] = creator
    if version.creators_have_infinite_power:
        named = content.get("additional_creators", [])
        if not isinstance(named, list) or not all(isinstance(user, str) for user in named):
            return content  # which the authorisation rules refuse
        combined = dict.fromkeys([*named, *additional_creators])
        if combined or "additional_creators" in content:
            content["additional_creators"] = [user for user in combined if user != creator]
    return content


def power_level_content(
    version: RoomVersion, creator: str, trusted: Iterable[str], override: Mapping[str, Any]
) -> dict[str, Any]:
    """The first power levels of a room. `trusted` are invited with the creator's power, where levels can say so."""
    tombstone = 150 if version.creators_have_infinite_power else 100
    users = {} if version.creators_have_infinite_power else dict.fromkeys([creator, *trusted], 100)
    content: dict[str, Any] = {
        "users": users,
        "users_default": 0,
        "events": {
            "m.room.name": 50,
            "m.room.power_levels": 100,
            "m.room.history_visibility": 100,
            "m.room.canonical_alias": 50,
            "m.room.avatar": 50,
            "m.room.tombstone": tombstone,
            "m.room.server_acl": 100,
            "m.room.encryption": 100,
        },
        "events_default": 0,
        "state_default": 50,
        "ban": 50,
        "kick": 50,
        "redact": 50,
        "invite": 0,
    }
    return {**content, **override}


def carried_power_levels(
    levels: Mapping[str, Any],
    version: RoomVersion,
    upgrader: str,
    creators: Iterable[str],
    old_creators: Iterable[str] = (),
) -> dict[str, Any]:
    """The old room's power levels, made fit for the new version: who is a creator there is no longer listed.

    `old_creators` stood above all levels in the old room; where that cannot be, they get the highest.
    """
    content = dict(levels)
    users = dict(content.get("users", {}))
    if not version.creators_have_infinite_power:
        users.update(dict.fromkeys(old_creators, _highest(levels)))
    if version.creators_have_infinite_power:
        for creator in {upgrader, *creators}:
            users.pop(creator, None)
        events = dict(content.get("events", {}))
        floor = content.get("state_default", 50)
        events["m.room.tombstone"] = max(150, events.get("m.room.tombstone", 0), floor + 1)
        content["events"] = events
    content["users"] = users
    return content


def building_power_levels(levels: Mapping[str, Any], upgrader: str) -> dict[str, Any]:
    """The power levels while the new room is furnished, which its maker may have too little power for afterwards."""
    return {**levels, "users": {**levels.get("users", {}), upgrader: _highest(levels)}}


def _highest(levels: Mapping[str, Any]) -> int:
    """A level that suffices for everything."""
    named = [*levels.values(), *levels.get("users", {}).values(), *levels.get("events", {}).values()]
    return max([100, *(level for level in named if type(level) is int)])


def closed_power_levels(levels: Mapping[str, Any]) -> dict[str, Any]:
    """The power levels of a room that was replaced. spec: client-server §Room Upgrades, step 6"""
    floor = max(50, levels.get("users_default", 0) + 1)
    return {
        **levels,
        "events_default": max(floor, levels.get("events_default", 0)),
        "invite": max(floor, levels.get("invite", 0)),
    }


def joinable_rooms(join_rules: Mapping[str, Any]) -> list[str]:
    """The rooms whose members a restricted join rule admits. spec: client-server §Restricted rooms"""
    if join_rules.get("join_rule") not in ("restricted", "knock_restricted"):
        return []
    allow = join_rules.get("allow")
    conditions = allow if isinstance(allow, list) else []
    return [
        condition["room_id"]
        for condition in conditions
        if isinstance(condition, dict)
        and condition.get("type") == "m.room_membership"
        and isinstance(condition.get("room_id"), str)
    ]
