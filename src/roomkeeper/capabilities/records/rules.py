"""Pure decisions of records: of which kind an entry is, how it is shown, which policy counts.

1.  Every event of a recorded room becomes an entry, of whatever type.
2.  The policy of the department counts, or else that of the nearest one above it that has one, or else the general one.
3.  Whoever is to agree is not recorded before they have, where the policy says so; one who refuses, as it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from roomkeeper.capabilities.records.models import (
    ERASED,
    NORMAL,
    RECORDING,
    REDACTED,
    Attachment,
    Consent,
    Entry,
    Policy,
    Record,
    RoomKind,
    Shown,
)
from roomkeeper.core.organisation.sessions.models import SESSION

KINDS: Final[Mapping[str, str]] = {
    "m.room.message": "message",
    "m.sticker": "message",
    "m.room.redaction": "redaction",
    "m.reaction": "reaction",
    "m.room.encrypted": "encrypted",
    SESSION: "session",
    RECORDING: "consent",
}
MEMBERSHIPS: Final = frozenset({"join", "leave", "invite", "ban", "knock"})
ALWAYS: Final = frozenset({SESSION, RECORDING})
"""Types that are recorded whatever the switch says: so that the record shows when and why it has nothing."""
DEFAULTS: Final[Mapping[str, Policy]] = {
    "session": Policy(kind="session"),
    "room": Policy(kind="room", record=False, consent="none", supervisors=False),
}
POSITIONS: Final = (b'"m.location"', b'"org.matrix.msc3488.location"', b'"geo_uri"')
"""What the JSON of an event has in it that says where somebody is."""
MOST_TEXT: Final = 65_536
EVENT: Final = b'{"auth_events":'
"""How the canonical JSON of an event begins."""
_STATES: Final[Mapping[int, Literal["whole", "redacted", "erased"]]] = {
    NORMAL: "whole",
    REDACTED: "redacted",
    ERASED: "erased",
}


def kind_of(event_type: str, state_key: str | None, pdu: bytes) -> str:
    """The kind of entry that an event becomes; `pdu` is its JSON, which is looked into where the type does not say."""
    if event_type == "m.room.member" and state_key is not None:
        content = msgspec.json.decode(pdu).get("content")
        membership = content.get("membership") if isinstance(content, dict) else None
        return membership if membership in MEMBERSHIPS else "other"
    if event_type == "m.room.message" and b'"m.replace"' in pdu:
        return "edit" if _relation(msgspec.json.decode(pdu).get("content"))[0] == "m.replace" else "message"
    kind = KINDS.get(event_type)
    return kind if kind is not None else "other" if state_key is None else "state"


def is_position(pdu: bytes) -> bool:
    """Whether an event says where somebody is; `pdu` is its JSON."""
    return any(each in pdu for each in POSITIONS)


def _relation(content: Any) -> tuple[str | None, str | None]:
    """The type of a relation, and the event that it is to."""
    relation = content.get("m.relates_to") if isinstance(content, dict) else None
    if not isinstance(relation, dict):
        return None, None
    kind, target = relation.get("rel_type"), relation.get("event_id")
    return (kind if isinstance(kind, str) else None), (target if isinstance(target, str) else None)


def redacts(pdu: Mapping[str, Any]) -> str | None:
    """The event that a redaction is about, wherever the room version has it."""
    content = pdu.get("content")
    target = pdu.get("redacts") or (content.get("redacts") if isinstance(content, dict) else None)
    return target if isinstance(target, str) else None


# ---------------------------------------------------------------- policies


def policy_for(policies: Mapping[tuple[str, str], Policy], kind: RoomKind, above: Iterable[str]) -> Policy:
    """The policy that counts; `above` are the department and those above it, the nearest first."""
    for department_id in (*above, ""):
        found = policies.get((department_id, kind))
        if found is not None:
            return found
    return DEFAULTS[kind]


def first_state(policy: Policy) -> dict[str, Any]:
    """What the state event says at the beginning."""
    consent: Consent = {"none": "none", "tell": "shown", "ask": "asked"}[policy.consent]  # type: ignore[assignment]
    return {"recorded": policy.consent != "ask" or policy.until_answer, "consent": consent}


def answered(policy: Policy, *, agrees: bool) -> dict[str, Any]:
    """What the state event says when the customer has answered."""
    if agrees:
        return {"recorded": True, "consent": "given"}
    return {"recorded": policy.on_refusal == "continue", "consent": "refused"}


# ---------------------------------------------------------------- how entries are shown


def show(entry: Entry, *, with_redacted: bool = False, raw: bool = False) -> Shown:
    """An entry in the one form; what was redacted has its content only `with_redacted`."""
    shown = Shown(
        seq=entry.seq, kind=entry.kind, ts=entry.ts, state=_STATES[entry.state], id=entry.source, hash=entry.hash.hex()
    )
    if entry.content is None:
        return shown
    shown = msgspec.structs.replace(shown, sender=entry.sender)
    if entry.state == REDACTED and not with_redacted:
        return shown
    content = msgspec.json.decode(entry.content)
    made = _of_event(shown, content) if is_event(content) else _of_other(shown, content)
    return msgspec.structs.replace(made, content=content) if raw else made


def is_event(content: Mapping[str, Any]) -> bool:
    """Whether a content is a Matrix event, and not what came from another program or was read."""
    return "hashes" in content and "type" in content


def _of_event(shown: Shown, pdu: Mapping[str, Any]) -> Shown:
    content = pdu.get("content")
    content = content if isinstance(content, dict) else {}
    newest = content.get("m.new_content") if shown.kind == "edit" else None
    body = newest if isinstance(newest, dict) else content
    target = redacts(pdu) if shown.kind == "redaction" else _relation(content)[1]
    reaction = content.get("m.relates_to") if shown.kind == "reaction" else None
    text = _text(reaction, "key") if isinstance(reaction, dict) else _text(body, "body")
    if shown.kind in MEMBERSHIPS:
        text = pdu.get("state_key", "")
    if shown.kind == "redaction":
        text = _text(content, "reason")
    if shown.kind in ("session", "consent", "state", "other"):
        shown = msgspec.structs.replace(shown, content={"type": pdu.get("type"), "content": content})
    return msgspec.structs.replace(
        shown, text=text, html=_text(body, "formatted_body"), target=target, attachments=tuple(_files(body))
    )


def _files(body: Mapping[str, Any]) -> Iterable[Attachment]:
    encrypted = body.get("file")
    url = encrypted.get("url") if isinstance(encrypted, dict) else body.get("url")
    if not isinstance(url, str):
        return
    info = body.get("info")
    info = info if isinstance(info, dict) else {}
    size = info.get("size")
    yield Attachment(
        url=url,
        name=_text(body, "filename") or _text(body, "body"),
        type=_text(info, "mimetype"),
        size=size if isinstance(size, int) else None,
    )


def _of_other(shown: Shown, content: Mapping[str, Any]) -> Shown:
    files = content.get("attachments", ())
    return msgspec.structs.replace(
        shown,
        sender_name=_text(content, "sender_name"),
        text=_text(content, "text"),
        html=_text(content, "html"),
        target=content.get("target"),
        attachments=tuple(msgspec.convert(each, Attachment) for each in files),
    )


def _text(content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    return value[:MOST_TEXT] if isinstance(value, str) else ""


class _Body(msgspec.Struct):
    body: Any = None


class _Said(msgspec.Struct):
    content: _Body


def searchable_text(entry: Entry) -> str:
    """What an entry is found by."""
    if entry.content is None or entry.kind not in ("message", "edit", "note", "screenshot", "call"):
        return ""
    if entry.kind == "message" and entry.content.startswith(EVENT) and b'"filename"' not in entry.content:
        # Nearly every entry: it is found by its body alone.
        body = msgspec.json.decode(entry.content, type=_Said).content.body
        return body[:MOST_TEXT] if isinstance(body, str) else ""
    shown = show(entry, with_redacted=True)
    names = [file.name for file in shown.attachments if file.name != shown.text]
    return "\n".join([shown.text, *names]).strip()


# ---------------------------------------------------------------- who


def people_in(record: Record, senders: Sequence[str | None]) -> list[str]:
    """Those who take part, each once."""
    named = [record.owner, *senders]
    return list(dict.fromkeys(name for name in named if name))
