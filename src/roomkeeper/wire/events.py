"""Room events: their hashes, ids, sizes, how they are built and how clients see them.

A PDU is an event as servers exchange it: a JSON object with hashes and signatures, but without its own id,
which is computed. `Event` holds the PDU together with the fields that everybody asks for.
# spec: server-server §PDUs, §Signing Events; room versions §Event format, §Event IDs
# spec: client-server §Size limits
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from roomkeeper.wire.canonical_json import MAX_INTEGER, canonical, check_canonical
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.identifiers import MAX_ID_BYTES, is_room_id, is_user_id
from roomkeeper.wire.redaction import redact
from roomkeeper.wire.room_versions import RoomVersion
from roomkeeper.wire.signing import Signer, encode_base64, encode_base64_url, signable_bytes

MAX_PDU_BYTES: Final = 65_536
MAX_AUTH_EVENTS: Final = 10
MAX_PREV_EVENTS: Final = 20

_NOT_HASHED: Final = frozenset({"unsigned", "signatures", "hashes"})


class Event(msgspec.Struct, frozen=True, gc=False):
    """A room event. `pdu` is the whole signed object; the other fields are read from it and never differ.

    `origin_server_ts` is in milliseconds since 1970. `state_key` is None for what is no state event. `redacts`
    is the target of an `m.room.redaction`, wherever the room version keeps it. Nobody changes `content` or
    `pdu` in place. Leaving it out of garbage collection (`gc=False`) is safe: JSON holds no cycles.
    """

    event_id: str
    room_id: str
    type: str
    sender: str
    state_key: str | None
    content: dict[str, Any]
    origin_server_ts: int
    depth: int
    prev_events: list[str]
    auth_events: list[str]
    redacts: str | None
    pdu: dict[str, Any]

    def __hash__(self) -> int:
        return hash(self.event_id)

    @property
    def is_state(self) -> bool:
        return self.state_key is not None

    @property
    def membership(self) -> str | None:
        """`content.membership` if it is a string; of use for `m.room.member` alone."""
        membership = self.content.get("membership")
        return membership if isinstance(membership, str) else None


def content_hash(pdu: Mapping[str, Any]) -> str:
    """The hash over the unredacted event, in unpadded base64, as it stands in `hashes.sha256`."""
    hashed = {key: value for key, value in pdu.items() if key not in _NOT_HASHED}
    return encode_base64(sha256(canonical(hashed)).digest())


def content_hash_matches(pdu: Mapping[str, Any]) -> bool:
    """Whether the event still has the content it was hashed with; if not, only its redacted form counts."""
    hashes = pdu.get("hashes")
    return isinstance(hashes, dict) and hashes.get("sha256") == content_hash(pdu)


def reference_hash(pdu: Mapping[str, Any], version: RoomVersion) -> bytes:
    """The SHA-256 over the essential fields, which names the event."""
    return sha256(signable_bytes(redact(pdu, version))).digest()


def event_id(pdu: Mapping[str, Any], version: RoomVersion) -> str:
    return _id_of(reference_hash(pdu, version))


def build(
    version: RoomVersion,
    *,
    room_id: str | None,
    type: str,  # noqa: A002 - the field's own name
    sender: str,
    content: dict[str, Any],
    origin_server_ts: int,
    depth: int,
    prev_events: list[str],
    auth_events: list[str],
    signer: Signer,
    state_key: str | None = None,
    redacts: str | None = None,
) -> Event:
    """A new event with its hashes and the signature of `signer`.

    `room_id` is None for the create event of a room version whose room ids are hashes, and for it alone.
    `redacts` goes where the room version wants it. Raises ProtocolViolation: M_BAD_JSON for content that has no
    canonical JSON, M_TOO_LARGE.
    """
    check_canonical(content)
    pdu: dict[str, Any] = {
        "type": type,
        "sender": sender,
        "content": content,
        "origin_server_ts": origin_server_ts,
        "depth": min(depth, MAX_INTEGER),
        "prev_events": prev_events,
        "auth_events": auth_events,
    }
    if room_id is not None:
        pdu["room_id"] = room_id
    if state_key is not None:
        pdu["state_key"] = state_key
    if redacts is not None:
        _set_redacts(pdu, redacts, version)
    return _seal(pdu, version, signer)


def from_pdu(pdu: dict[str, Any], version: RoomVersion) -> Event:
    """Read an event that came from elsewhere; its id is computed from what it holds.

    Format, canonical JSON and size are checked here; signatures, hashes and authorisation are not.
    Raises ProtocolViolation: M_BAD_JSON, M_INVALID_PARAM, M_TOO_LARGE.
    """
    check_canonical(pdu)
    _check_format(pdu, version)
    event = load(pdu, version)
    check_size(event)
    return event


def load(pdu: dict[str, Any], version: RoomVersion, event_id: str | None = None) -> Event:
    """An event that was checked when it was stored. Pass its id, which is known then, to save the hashing."""
    if event_id is None:
        event_id = _id_of(reference_hash(pdu, version))
    is_hash_named = version.room_id_is_create_hash and pdu["type"] == "m.room.create"
    return Event(
        event_id=event_id,
        room_id=f"!{event_id[1:]}" if is_hash_named else pdu["room_id"],
        type=pdu["type"],
        sender=pdu["sender"],
        state_key=pdu.get("state_key"),
        content=pdu["content"],
        origin_server_ts=pdu["origin_server_ts"],
        depth=pdu["depth"],
        prev_events=pdu["prev_events"],
        auth_events=pdu["auth_events"],
        redacts=_redacts_of(pdu, version) if pdu["type"] == "m.room.redaction" else None,
        pdu=pdu,
    )


def check_size(event: Event) -> None:
    """Raise ProtocolViolation (M_TOO_LARGE) for an event over 65,536 bytes or with a key over 255 bytes."""
    _check_key_sizes(event)
    size = len(canonical(event.pdu))
    if size > MAX_PDU_BYTES:
        message = f"The event has {size} bytes with its signatures; at most {MAX_PDU_BYTES} are allowed."
        raise ProtocolViolation(message, "M_TOO_LARGE")


def client_event(event: Event, *, include_room_id: bool = True) -> dict[str, Any]:
    """The event as clients get it; the caller adds `unsigned`. The content is shared, not copied.

    A redaction names its target both beside and in `content`, for clients of either generation.
    # spec: room versions §Version 11 "Moving the redacts property"
    """
    client: dict[str, Any] = {
        "type": event.type,
        "content": event.content,
        "sender": event.sender,
        "origin_server_ts": event.origin_server_ts,
        "event_id": event.event_id,
    }
    if event.state_key is not None:
        client["state_key"] = event.state_key
    if include_room_id:
        client["room_id"] = event.room_id
    if event.redacts is not None:
        client["redacts"] = event.redacts
        client["content"] = {**event.content, "redacts": event.redacts}
    return client


def _seal(pdu: dict[str, Any], version: RoomVersion, signer: Signer) -> Event:
    """Hash and sign. One encoding of the redacted event serves the signature and the event id alike."""
    pdu["hashes"] = {"sha256": encode_base64(sha256(canonical(pdu)).digest())}
    essential = canonical(redact(pdu, version))
    pdu["signatures"] = {signer.server_name: {signer.key_id: signer.sign(essential)}}
    event = load(pdu, version, _id_of(sha256(essential).digest()))
    check_size(event)
    return event


def _id_of(digest: bytes) -> str:
    return f"${encode_base64_url(digest)}"


def _set_redacts(pdu: dict[str, Any], redacts: str, version: RoomVersion) -> None:
    if version.redacts_in_content:
        pdu["content"] = {**pdu["content"], "redacts": redacts}
    else:
        pdu["redacts"] = redacts


def _redacts_of(pdu: dict[str, Any], version: RoomVersion) -> str | None:
    redacts = (pdu["content"] if version.redacts_in_content else pdu).get("redacts")
    return redacts if isinstance(redacts, str) else None


_REQUIRED: Final = (
    ("type", str),
    ("sender", str),
    ("content", dict),
    ("origin_server_ts", int),
    ("depth", int),
    ("prev_events", list),
    ("auth_events", list),
    ("hashes", dict),
    ("signatures", dict),
)
_OPTIONAL: Final = (("room_id", str), ("state_key", str), ("unsigned", dict))


def _check_format(pdu: dict[str, Any], version: RoomVersion) -> None:
    """The shape that the room version demands, before any rule looks inside."""
    for key, kind in _REQUIRED:
        if type(pdu.get(key)) is not kind:
            raise ProtocolViolation(f"An event needs `{key}`, as a JSON {_JSON_NAMES[kind]}.")
    for key, kind in _OPTIONAL:
        if key in pdu and type(pdu[key]) is not kind:
            raise ProtocolViolation(f"An event's `{key}` must be a JSON {_JSON_NAMES[kind]}.")
    if pdu["depth"] < 0:
        raise ProtocolViolation("An event's `depth` must not be negative.")
    _check_references(pdu, "prev_events", MAX_PREV_EVENTS)
    _check_references(pdu, "auth_events", MAX_AUTH_EVENTS)
    _check_identity(pdu, version)
    if type(pdu["hashes"].get("sha256")) is not str:
        raise ProtocolViolation("An event's `hashes` must have `sha256`, in unpadded base64.")
    if not all(type(by_key) is dict for by_key in pdu["signatures"].values()):
        raise ProtocolViolation("An event's `signatures` must be objects by server name.")


_JSON_NAMES: Final[dict[type, str]] = {str: "string", dict: "object", int: "integer", list: "array"}


def _check_references(pdu: dict[str, Any], key: str, limit: int) -> None:
    references = pdu[key]
    if len(references) > limit or not all(type(reference) is str for reference in references):
        raise ProtocolViolation(f"An event's `{key}` must be at most {limit} event ids.")


def _check_identity(pdu: dict[str, Any], version: RoomVersion) -> None:
    if not is_user_id(pdu["sender"]):
        raise ProtocolViolation("An event's `sender` must be a user id: @name:example.org.")
    may_lack_room_id = version.room_id_is_create_hash and pdu["type"] == "m.room.create"
    if "room_id" not in pdu and may_lack_room_id:
        return
    if not is_room_id(pdu.get("room_id", "")):
        raise ProtocolViolation("An event needs a valid `room_id`.")


def _check_key_sizes(event: Event) -> None:
    _check_key_size("type", event.type)
    _check_key_size("sender", event.sender)
    _check_key_size("room_id", event.room_id)
    _check_key_size("event_id", event.event_id)
    if event.state_key is not None:
        _check_key_size("state_key", event.state_key)


def _check_key_size(key: str, value: str) -> None:
    # A character has at most four bytes, so most values need no encoding.
    if len(value) * 4 > MAX_ID_BYTES and len(value.encode()) > MAX_ID_BYTES:
        raise ProtocolViolation(f"An event's `{key}` may have at most {MAX_ID_BYTES} bytes.", "M_TOO_LARGE")
