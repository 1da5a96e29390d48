"""Pure decisions about sessions: who gets one, where a customer is sent, what its room and m.direct look like."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.organisation.sessions.models import (
    SESSION,
    Candidate,
    Queue,
    RoutingRule,
    Session,
    Target,
    Wish,
)
from roomkeeper.core.rooms import RoomRequest
from roomkeeper.wire.globs import Glob
from roomkeeper.wire.room_versions import RoomVersion

STAFF_LEVEL = 50
SERVICE_MEMBERS = "io.element.functional_members"
DIRECT_BYTES = 60_000
"""Bytes of m.direct that the server fills at most: below what account data of one type may have."""
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 12
"""60 bits: more than can be guessed at the rate at which codes can be tried."""


# ------------------------------------------------------------ who gets it


def choose(queue: Queue, candidates: Iterable[Candidate], language: str) -> Candidate | None:
    """Who of a department gets the next session, `None` where nobody takes one."""
    free = [each for each in candidates if each.has_place and not each.has_customer]
    if not free:
        return None
    if queue.strategy == "round_robin":
        free.sort(key=lambda each: each.user_id)
        return next((each for each in free if each.user_id > queue.last_staff_id), free[0])
    if queue.strategy == "language" and language:
        speaking = [each for each in free if speaks(each.language, language)]
        free = speaking or free
    return min(free, key=lambda each: (each.open_sessions, each.user_id))


def speaks(known: str, wanted: str) -> bool:
    """Whether two language tags are of one language: the part before the hyphen counts."""
    return bool(known) and known.partition("-")[0].lower() == wanted.partition("-")[0].lower()


def matches(rule: RoutingRule, customer_id: str, wish: Wish) -> bool:
    """Whether all that a rule asks for applies."""
    if rule.languages and not any(_covers(language, wish.language) for language in rule.languages):
        return False
    if rule.customer and not Glob(rule.customer).matches(customer_id.lower()):
        return False
    topic = wish.topic.casefold()
    return not rule.words or any(word.casefold() in topic for word in rule.words)


def _covers(wanted: str, language: str) -> bool:
    wanted, language = wanted.lower(), language.lower()
    return language == wanted or language.startswith(f"{wanted}-")


def targets(rules: Iterable[RoutingRule], customer_id: str, wish: Wish) -> list[Target]:
    """Where the rules send a customer, the first first."""
    return [
        Target(rule.staff_id, rule.department_id if rule.staff_id is None else None)
        for rule in rules
        if matches(rule, customer_id, wish)
    ]


# ------------------------------------------------------------ the room


def content_of(session: Session) -> dict[str, Any]:
    """The content of the state event that tells what session a room is."""
    content = {
        "customer": session.customer_id,
        "state": session.state,
        "staff": session.staff_id,
        "department": session.department_id,
        "predecessor": session.predecessor,
        "voice": session.voice,
    }
    return {name: value for name, value in content.items() if value is not None}


def levels(version: RoomVersion, service: str, staff_id: str | None) -> dict[str, Any]:
    """The power levels: state is the server's, who takes care may invite colleagues and take messages back."""
    users = {} if version.creators_have_infinite_power else {service: 100}
    if staff_id is not None:
        users[staff_id] = STAFF_LEVEL
    return {
        "users": users,
        "users_default": 0,
        "events": {},
        "events_default": 0,
        "state_default": 100,
        "ban": 100,
        "kick": 100,
        "redact": 50,
        "invite": 50,
        "notifications": {"room": 50},
    }


def present(session: Session) -> list[str]:
    """Who is to be in the room besides the service account: whoever it only waits for, or is offered to, is not yet."""
    if session.state == "offered":
        return []
    if session.state == "open" and session.staff_id is not None:
        return [session.customer_id, session.staff_id]
    return [session.customer_id]


def session_state(service: str, session: Session) -> list[tuple[str, str, dict[str, Any]]]:
    """The first state of a room, besides that of every room.

    Who is in the room before may enter without an invitation: so that somebody who has declined can change their mind.
    """
    state = [
        (SERVICE_MEMBERS, "", {"service_members": [service]}),
        (SESSION, "", content_of(session)),
    ]
    if session.predecessor is not None:
        allowed = {"type": "m.room_membership", "room_id": session.predecessor}
        state.append(("m.room.join_rules", "", {"join_rule": "restricted", "allow": [allowed]}))
    return state


def other_of_direct_chat(creator: str, request: RoomRequest) -> str | None:
    """With whom a client wants to talk alone; `None` where it wants a room of another kind."""
    invited = set(request.invite)
    return invited.pop() if len(invited) == 1 and creator not in invited and is_private(request) else None


def pair_of_bridged_chat(creator: str, request: RoomRequest) -> list[str]:
    """Whom a bridge's bot brings together, and nobody else: two users, or none where it wants another kind of room."""
    invited = set(request.invite)
    return sorted(invited) if len(invited) == 2 and creator not in invited and is_private(request) else []


def is_private(request: RoomRequest) -> bool:
    """Whether a room is to be one of those who are invited, and nothing else."""
    if request.is_public or request.alias_localpart is not None or "type" in request.creation_content:
        return False
    return request.preset in ("private_chat", "trusted_private_chat")


# ------------------------------------------------------------ m.direct


def amended(content: Mapping[str, Any], user_id: str, sessions: Sequence[Session]) -> dict[str, Any]:
    """m.direct of a user with their sessions in it, each beside the other person and nobody else.

    `sessions` are those to be there, the newest first; where they do not all fit, the oldest are left out.
    """
    others = {session.room_id: other_of(session, user_id) for session in sessions}
    kept: dict[str, Any] = {}
    for other, room_ids in content.items():
        if isinstance(room_ids, list):
            left = [each for each in room_ids if not isinstance(each, str) or others.get(each, other) == other]
            if left or not room_ids:
                kept[other] = left
        else:
            kept[other] = room_ids
    size = len(msgspec.json.encode(kept))
    for room_id, whom in others.items():
        if whom is None:
            continue
        listed = kept.get(whom)
        if isinstance(listed, list) and room_id in listed:
            continue
        size += len(room_id) + len(whom) + 10
        if size > DIRECT_BYTES:
            break
        kept[whom] = [room_id, *(listed if isinstance(listed, list) else ())]
    return kept


def other_of(session: Session, user_id: str) -> str | None:
    """With whom somebody has a session; `None` where that is nobody yet, or they are no (more) part of it."""
    if user_id == session.customer_id:
        return session.staff_id
    return session.customer_id if user_id == session.staff_id else None


# ------------------------------------------------------------ links


def new_code() -> str:
    """A code that is easy to read out and to type."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def plain_code(code: str) -> str:
    """A code as it is stored, however it was typed."""
    return code.upper().replace("-", "").replace(" ", "")
