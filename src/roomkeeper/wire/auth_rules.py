"""The authorisation rules: whether an event is allowed by the room's state before it.

The rules, numbered as in room version 12 (versions 10 and 11 have no rule 2, so count one less from there):

 1  m.room.create: no prev_events (1.1); no room_id, or up to version 11 one of the sender's server (1.2);
    a known room_version if any (1.3); additional_creators are user ids (1.4), or in version 10 a creator is
    named (1.4); then allowed.
 2  The room_id names an accepted create event. (Version 12)
 3  The auth_events: no two for one state entry (3.1), only those that were to be selected (3.2), none that was
    rejected (3.3), among them the create event (up to version 11: 2.4), all of this room (3.4; before: 2.5).
    This rule is `state_from_auth_events`; all others are `authorize`.
 4  m.federate is false: only users of the creator's server.
 5  m.room.member, in `auth_membership`:
    5.1 complete; 5.2 signed by the authorising server; 5.3 join; 5.4 invite; 5.5 leave; 5.6 ban; 5.7 knock;
    5.8 nothing else.
 6  The sender is joined.
 7  m.room.third_party_invite: exactly for those who may invite.
 8  The sender has the power level that this type of event takes.
 9  A state_key that starts with @ is the sender's own user id.
10  m.room.power_levels, in `auth_power_levels`:
    10.1, 10.2, 10.3 levels are integers; 10.4 no creator is listed (version 12); 10.5 the first are free;
    10.6 … 10.10 nothing above one's own level changes, before or after.
11  Everything else is allowed. m.room.redaction has no rule here; see `may_redact`.

# spec: room versions §Authorisation rules of 10, 11, 12; server-server §Auth events selection
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn

from roomkeeper.wire.auth_case import CREATE, JOIN_RULES, POWER_LEVELS, Case, StateView, refusal
from roomkeeper.wire.auth_membership import check_membership
from roomkeeper.wire.auth_power_levels import check_power_levels
from roomkeeper.wire.events import Event
from roomkeeper.wire.identifiers import is_user_id, server_name_of
from roomkeeper.wire.power_levels import PowerLevels
from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion

StateKey = tuple[str, str]


def authorize(
    event: Event,
    state: StateView,
    version: RoomVersion,
    *,
    power_levels: PowerLevels | None = None,
    verified_servers: Collection[str] | None = None,
) -> None:
    """Raise AuthorizationRefused unless the state before the event allows it.

    `state` holds the accepted events in force, the create event among them in every room version.
    `power_levels`, if given, must be `PowerLevels.from_state` of that state. `verified_servers` are the servers
    whose signature of this event was verified; without it, those named in `signatures` count, which is right
    wherever signatures were verified before.
    """
    if event.type == "m.room.create":
        _check_create(event, version)
        return
    create = state.get(CREATE)
    if create is None:
        _refuse_unknown_room(version)
    _check_room(event, create, version)
    levels = power_levels or PowerLevels.from_state(create, state.get(POWER_LEVELS), version)
    case = Case(event, state, version, create, levels, verified_servers)
    if event.type == "m.room.member":
        check_membership(case)
    else:
        _check_sender(case)


def auth_event_keys(
    event_type: str, sender: str, state_key: str | None, content: Mapping[str, Any], version: RoomVersion
) -> tuple[StateKey, ...]:
    """The entries of the room's state that are the event's auth events, where the room has them."""
    if event_type == "m.room.create":
        return ()
    keys = [POWER_LEVELS, ("m.room.member", sender)]
    if not version.room_id_is_create_hash:
        keys.insert(0, CREATE)
    if event_type == "m.room.member" and state_key is not None:
        keys += _membership_keys(state_key, content)
    return tuple(dict.fromkeys(keys))


def state_from_auth_events(
    event: Event,
    auth_events: Sequence[Event],
    version: RoomVersion,
    *,
    create: Event | None = None,
    rejected: Collection[str] = (),
) -> dict[StateKey, Event]:
    """Rule 3: the state that the event's auth events make up, by which `authorize` can judge the event.

    `create` is the room's create event, which from version 12 on is no auth event. `rejected` are the ids of
    rejected events. Raises AuthorizationRefused.
    """
    expected = auth_event_keys(event.type, event.sender, event.state_key, event.content, version)
    state: dict[StateKey, Event] = {}
    for auth_event in auth_events:
        key = (auth_event.type, "" if auth_event.state_key is None else auth_event.state_key)
        if key in state:
            raise refusal("3.1", f"Two auth events are for {key}; name one.", version)
        if auth_event.state_key is None or key not in expected:
            raise refusal("3.2", f"{key} is not among the auth events of such an event.", version)
        if auth_event.event_id in rejected:
            raise refusal("3.3", f"The auth event {auth_event.event_id} was rejected.", version)
        if auth_event.room_id != event.room_id:
            raise refusal(_other_room_rule(version), "An auth event is of another room.", version)
        state[key] = auth_event
    if not version.room_id_is_create_hash and CREATE not in state and event.type != "m.room.create":
        raise refusal("3.4", "The create event is missing among the auth events.", version)
    if version.room_id_is_create_hash and create is not None:
        state[CREATE] = create
    return state


def may_redact(redaction: Event, target: Event, power_levels: PowerLevels) -> bool:
    """Whether a received redaction takes effect on its target, both being of one room.

    This trusts a server with its own users' events; what a server lets its users send is `may_send_redaction`.
    # spec: room versions §Handling redactions
    """
    if power_levels.user_level(redaction.sender) >= power_levels.redact:
        return True
    return server_name_of(redaction.sender) == server_name_of(target.sender)


def may_send_redaction(sender: str, target: Event, power_levels: PowerLevels) -> bool:
    """Whether a user of ours may redact this event: their own always, others' with the redact level.

    # spec: client-server §Redactions
    """
    return sender == target.sender or power_levels.user_level(sender) >= power_levels.redact


def _check_create(event: Event, version: RoomVersion) -> None:
    """Rule 1."""
    if event.prev_events:
        raise refusal("1.1", "A create event has no prev_events.", version)
    if version.room_id_is_create_hash:
        if "room_id" in event.pdu:
            raise refusal("1.2", "A create event of this room version has no room_id.", version)
    elif server_name_of(event.room_id) != server_name_of(event.sender):
        raise refusal("1.2", "The room id must be of the sender's own server.", version)
    room_version = event.content.get("room_version", "1")
    if "room_version" in event.content and room_version not in list(ROOM_VERSIONS):
        raise refusal("1.3", f"Room version {room_version!r} is not known.", version)
    if version.creators_have_infinite_power and not _are_user_ids(event.content.get("additional_creators", [])):
        raise refusal("1.4", "additional_creators must be a list of user ids.", version)
    if version.creator_in_content and "creator" not in event.content:
        raise refusal("1.4", "A create event of this room version needs content.creator.", version)


def _are_user_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) and is_user_id(entry) for entry in value)


def _refuse_unknown_room(version: RoomVersion) -> NoReturn:
    rule = "2" if version.room_id_is_create_hash else "3.4"
    raise refusal(rule, "The room has no create event; the first event must be one.", version)


def _check_room(event: Event, create: Event, version: RoomVersion) -> None:
    """Rules 2 and 4."""
    if version.room_id_is_create_hash and event.room_id != create.room_id:
        raise refusal("2", "The room id does not name the room's create event.", version)
    if create.content.get("m.federate") is False:
        server_name = server_name_of(create.sender)
        if server_name_of(event.sender) != server_name:
            raise refusal("4", f"The room is not federated; only users of {server_name} take part.", version)


def _check_sender(case: Case) -> None:
    """Rules 6 to 11."""
    event = case.event
    if case.membership_of(event.sender) != "join":
        raise case.refuse("6", f"{event.sender} is not in the room; join it first.")
    level = case.sender_level
    if event.type == "m.room.third_party_invite":
        if level < case.levels.invite:
            raise case.refuse("7.1", f"To invite takes power level {case.levels.invite}; the sender has {level}.")
        return
    required = case.levels.event_level(event.type, is_state=event.state_key is not None)
    if required > level:
        raise case.refuse("8", f"Sending {event.type} takes power level {required}; the sender has {level}.")
    if event.state_key is None:
        return
    if event.state_key.startswith("@") and event.state_key != event.sender:
        raise case.refuse("9", "A state_key that starts with @ must be the sender's user id.")
    if event.type == "m.room.power_levels":
        check_power_levels(case)


def _membership_keys(target: str, content: Mapping[str, Any]) -> list[StateKey]:
    """What a membership event's auth events have beyond those of every event."""
    keys = [("m.room.member", target)]
    membership = content.get("membership")
    if membership in ("join", "invite", "knock"):
        keys.append(JOIN_RULES)
    if membership == "invite" and isinstance(token := _third_party_token(content), str):
        keys.append(("m.room.third_party_invite", token))
    authorising_user = content.get("join_authorised_via_users_server")
    if membership == "join" and isinstance(authorising_user, str):
        keys.append(("m.room.member", authorising_user))
    return keys


def _third_party_token(content: Mapping[str, Any]) -> object:
    invite = content.get("third_party_invite")
    signed = invite.get("signed") if isinstance(invite, dict) else None
    return signed.get("token") if isinstance(signed, dict) else None


def _other_room_rule(version: RoomVersion) -> str:
    """The rule has one number more where rule "no create event" stands before it."""
    return "3.4" if version.room_id_is_create_hash else "3.5"
