"""Who may join, invite, leave, kick, ban and knock: rule 5 of `auth_rules`, which lists the numbers.

# spec: room versions §Authorisation rules, on `m.room.member`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from nacl.signing import VerifyKey

from roomkeeper.wire.auth_case import Case
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.identifiers import is_user_id, parse_user_id
from roomkeeper.wire.power_levels import creators_of
from roomkeeper.wire.signing import is_signature, signable_bytes, verify_key_from_base64

MAX_SIGNATURE_TRIALS: Final = 100
"""How often a third-party invite's signatures are tried on its keys: an event must not cost seconds."""


def check_membership(case: Case) -> None:
    """Rule 5. Raises AuthorizationRefused unless the membership event is allowed."""
    content = case.event.content
    if case.event.state_key is None or "membership" not in content:
        raise case.refuse("5.1", "A membership event needs a state_key and content.membership.")
    if "join_authorised_via_users_server" in content:
        _check_authorising_server(case)
    rule = _BY_MEMBERSHIP.get(case.event.membership or "")
    if rule is None:
        raise case.refuse("5.8", "The membership must be join, invite, leave, ban or knock.")
    rule(case)


def _check_authorising_server(case: Case) -> None:
    """Rule 5.2."""
    user_id = case.event.content["join_authorised_via_users_server"]
    if not isinstance(user_id, str) or not is_user_id(user_id):
        raise case.refuse("5.2.1", "join_authorised_via_users_server must be a user id.")
    server_name = parse_user_id(user_id).server_name
    if not case.is_signed_by(server_name):
        raise case.refuse("5.2.1", f"The join must be signed by {server_name}, whose user authorises it.")


def _check_join(case: Case) -> None:
    """Rule 5.3."""
    event = case.event
    if event.prev_events == [case.create.event_id] and case.target in _first_to_join(case):
        return
    if event.sender != case.target:
        raise case.refuse("5.3.2", "Nobody can join a room for someone else; invite them.")
    membership = case.membership_of(event.sender)
    if membership == "ban":
        raise case.refuse("5.3.3", f"{event.sender} is banned from the room; ask a moderator to lift the ban.")
    join_rule = case.join_rule
    if join_rule == "public":
        return
    if join_rule in ("invite", "knock", "restricted", "knock_restricted") and membership in ("invite", "join"):
        return
    if join_rule in ("restricted", "knock_restricted"):
        _check_authorising_user(case)
        return
    raise case.refuse("5.3.7", f"{event.sender} is not invited, and the join rule is {join_rule!r}.")


def _first_to_join(case: Case) -> frozenset[str]:
    """Whose join may follow right upon the create event; additional creators are no such users."""
    if case.version.creator_in_content:
        return creators_of(case.create, case.version)
    return frozenset({case.create.sender})


def _check_authorising_user(case: Case) -> None:
    """Rule 5.3.5.2."""
    user_id = case.event.content.get("join_authorised_via_users_server")
    if not isinstance(user_id, str) or case.membership_of(user_id) != "join":
        raise case.refuse("5.3.5.2", "A restricted join must be authorised by a member of the room.")
    if case.levels.user_level(user_id) < case.levels.invite:
        raise case.refuse("5.3.5.2", f"{user_id} may not invite, so cannot authorise a restricted join.")


def _check_invite(case: Case) -> None:
    """Rule 5.4."""
    if "third_party_invite" in case.event.content:
        _check_third_party_invite(case)
        return
    _require_joined_sender(case, "5.4.2")
    membership = case.membership_of(case.target)
    if membership == "join":
        raise case.refuse("5.4.3", f"{case.target} is already in the room.")
    if membership == "ban":
        raise case.refuse("5.4.3", f"{case.target} is banned from the room; unban them first.")
    if case.sender_level < case.levels.invite:
        raise case.refuse("5.4.5", _too_low("invite", case.sender_level, case.levels.invite))


def _check_third_party_invite(case: Case) -> None:
    """Rule 5.4.1."""
    if case.membership_of(case.target) == "ban":
        raise case.refuse("5.4.1.1", f"{case.target} is banned from the room; unban them first.")
    signed = _object(_object(case.event.content["third_party_invite"]).get("signed"))
    if not signed:
        raise case.refuse("5.4.1.2", "third_party_invite needs an object `signed`.")
    token = signed.get("token")
    if not isinstance(token, str) or "mxid" not in signed:
        raise case.refuse("5.4.1.3", "third_party_invite.signed needs `mxid` and `token`.")
    if signed["mxid"] != case.target:
        raise case.refuse("5.4.1.4", "third_party_invite.signed.mxid is not the invited user.")
    invite = case.state.get(("m.room.third_party_invite", token))
    if invite is None:
        raise case.refuse("5.4.1.5", "The room has no third-party invite with this token.")
    if invite.sender != case.event.sender:
        raise case.refuse("5.4.1.6", "The third-party invite was sent by someone else.")
    if not _is_signed_by_invite(signed, invite.content):
        raise case.refuse("5.4.1.8", "No signature in third_party_invite.signed matches the invite's keys.")


def _is_signed_by_invite(signed: dict[str, Any], invite: dict[str, Any]) -> bool:
    """Rule 5.4.1.7."""
    message = signable_bytes(signed)
    trials = ((key, signature) for key in _public_keys(invite) for signature in _signatures(signed))
    return any(is_signature(message, signature, key) for key, signature in islice(trials, MAX_SIGNATURE_TRIALS))


def _public_keys(invite: dict[str, Any]) -> Iterator[VerifyKey]:
    listed = invite.get("public_keys")
    entries = [_object(entry).get("public_key") for entry in listed] if isinstance(listed, list) else []
    for text in (invite.get("public_key"), *entries):
        try:
            if isinstance(text, str):
                yield verify_key_from_base64(text)
        except ProtocolViolation:
            continue  # a key that is none matches nothing


def _signatures(signed: dict[str, Any]) -> Iterator[str]:
    for by_key in _object(signed.get("signatures")).values():
        for signature in _object(by_key).values():
            if isinstance(signature, str):
                yield signature


def _check_leave(case: Case) -> None:
    """Rule 5.5."""
    if case.event.sender == case.target:
        if case.membership_of(case.target) not in ("invite", "join", "knock"):
            raise case.refuse("5.5.1", f"{case.target} is not in the room, nor invited, nor knocking.")
        return
    _require_joined_sender(case, "5.5.2")
    if case.membership_of(case.target) == "ban" and case.sender_level < case.levels.ban:
        raise case.refuse("5.5.3", _too_low("unban", case.sender_level, case.levels.ban))
    _require_power_over_target(case, "5.5.5", "kick", case.levels.kick)


def _check_ban(case: Case) -> None:
    """Rule 5.6."""
    _require_joined_sender(case, "5.6.1")
    _require_power_over_target(case, "5.6.3", "ban", case.levels.ban)


def _check_knock(case: Case) -> None:
    """Rule 5.7."""
    if case.join_rule not in ("knock", "knock_restricted"):
        raise case.refuse("5.7.1", "Nobody can knock on this room; its join rule does not say so.")
    if case.event.sender != case.target:
        raise case.refuse("5.7.2", "Nobody can knock for someone else.")
    membership = case.membership_of(case.event.sender)
    if membership in ("ban", "invite", "join"):
        raise case.refuse("5.7.4", f"{case.event.sender} cannot knock: the membership is {membership!r}.")


def _require_joined_sender(case: Case, rule: str) -> None:
    if case.membership_of(case.event.sender) != "join":
        raise case.refuse(rule, f"{case.event.sender} is not in the room; join it first.")


def _require_power_over_target(case: Case, rule: str, deed: str, needed: int) -> None:
    if case.sender_level < needed:
        raise case.refuse(rule, _too_low(deed, case.sender_level, needed))
    if case.target_level >= case.sender_level:
        message = f"{case.target} has a power level as high as that of {case.event.sender}; cannot {deed} them."
        raise case.refuse(rule, message)


def _too_low(deed: str, level: int, needed: int) -> str:
    return f"To {deed} takes power level {needed}; the sender has {level}."


def _object(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, and else an empty one."""
    return value if isinstance(value, dict) else {}


_BY_MEMBERSHIP: Final[dict[str, Callable[[Case], None]]] = {
    "join": _check_join,
    "invite": _check_invite,
    "leave": _check_leave,
    "ban": _check_ban,
    "knock": _check_knock,
}
