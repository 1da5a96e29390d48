"""What Segment's SDKs send, and what is taken of it. Pure.

spec: Segment's HTTP Tracking API: a message has ``type``, ``messageId``, ``timestamp``, ``userId`` or ``anonymousId``,
``event`` and ``properties`` (track), ``traits`` (identify); a batch has ``batch`` and ``sentAt``.
"""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

from roomkeeper.capabilities.repair.intake.keys import Sender
from roomkeeper.capabilities.repair.intake.storing import Arrived
from roomkeeper.capabilities.repair.masking import known_as, mask_text
from roomkeeper.platform.errors import BadJson, TooLarge

MOST_BODY: Final = 512 * 1024
MOST_UNPACKED: Final = 2 * 1024 * 1024
MOST_MESSAGE: Final = 32 * 1024
MOST_BATCH: Final = 2000
LONGEST_ID: Final = 255
LONGEST_NAME: Final = 64
SURE_MS: Final = 5_000
"""By so much a request may take: a clock that differs by less is right, and is left alone."""
TYPES: Final = ("track", "identify", "page", "screen", "group", "alias")
IGNORED: Final = ("group", "alias")
"""Taken, since SDKs send them, and not kept: no tracking plan speaks of them."""
NOT_WORD: Final = re.compile(r"\W+")
CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Id = str | int


class Message(msgspec.Struct, rename="camel", kw_only=True):
    """One message; members that are not named here are not read."""

    type: str = "track"
    event: str | None = None
    name: str | None = None
    user_id: Id | None = None
    anonymous_id: Id | None = None
    message_id: str | None = None
    timestamp: datetime | int | float | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    correlation_id: Id | None = None


class Envelope(msgspec.Struct, rename="camel", kw_only=True):
    """What stands around messages: in a batch, and in a single one."""

    write_key: str | None = None
    sent_at: datetime | int | float | None = None
    batch: list[msgspec.Raw] | None = None


class Refused(ValueError):
    """A message that cannot be taken; the text says why."""


class Identified(NamedTuple):
    """An anonymous visitor has said who they are."""

    anonymous_id: str
    user_id: str


_message = msgspec.json.Decoder(Message)
_envelope = msgspec.json.Decoder(Envelope)


def unpacked(body: bytes, encoding: str | None) -> bytes:
    """The body without its ``Content-Encoding``. Raises `BadJson`, `TooLarge`."""
    if encoding is None or encoding.lower() == "identity":
        return body
    if encoding.lower() not in ("gzip", "deflate"):
        raise BadJson("The body may be packed with gzip or deflate, with nothing else.")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either of the two, by its head
    try:
        plain = unpacker.decompress(body, MOST_UNPACKED)
    except zlib.error as error:
        raise BadJson(f"The body is not packed as its Content-Encoding says: {error}.") from None
    if unpacker.unconsumed_tail:
        raise TooLarge(f"Unpacked, the body may have {MOST_UNPACKED} bytes at most.")
    return plain


def envelope_of(body: bytes) -> Envelope:
    """What stands around the messages. Raises `BadJson`."""
    try:
        return _envelope.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadJson(f"This is no body of the tracking API: {error}.") from None


def message_of(raw: bytes | msgspec.Raw) -> Message:
    """One message. Raises `Refused`."""
    if len(memoryview(raw)) > MOST_MESSAGE:
        raise Refused(f"a message may have {MOST_MESSAGE} bytes at most")
    try:
        message = _message.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(str(error)[:200]) from None
    if message.type not in TYPES:
        raise Refused(f"type must be one of {', '.join(TYPES)}")
    return message


def skew_of(envelope: Envelope, received_ts: int) -> int | None:
    """How far the sender's clock is ahead, in milliseconds; 0 where it is right, `None` where it does not say."""
    if envelope.sent_at is None:
        return None
    skew = milliseconds(envelope.sent_at) - received_ts
    return skew if abs(skew) > SURE_MS else 0


def arrived(message: Message, sender: Sender, received_ts: int, skew_ms: int | None, oldest_ts: int) -> Arrived:
    """A message as an event. Raises `Refused`."""
    ts = (
        received_ts if message.timestamp is None else min(received_ts, milliseconds(message.timestamp) - (skew_ms or 0))
    )
    if ts < oldest_ts:
        raise Refused("the event is older than events are kept")
    user_id = _user_of(message, sender)
    properties = (message.traits if message.type == "identify" else message.properties) or {}
    correlation_id = (
        message.correlation_id if message.correlation_id is not None else properties.get("correlation_id", "")
    )
    name = _name_of(message)
    return Arrived(
        user_id=user_id,
        name=name,
        side=sender.side,
        ts=ts,
        received_ts=received_ts,
        skew_ms=skew_ms,
        correlation_id=mask_text(str(correlation_id), is_id=True)[:LONGEST_ID] if correlation_id else "",
        source=sender.source,
        # Where the sender gives no id, the same thing at the same time is the same event.
        message_id=message.message_id or f"{name} {message.timestamp} {msgspec.json.encode(properties).decode()}",
        properties=properties,
    )


def identified(message: Message, sender: Sender) -> Identified | None:
    """Who an anonymous visitor is, where a message says so and its sender may speak for anybody."""
    if message.type != "identify" or message.user_id in (None, "") or message.anonymous_id in (None, ""):
        return None
    return None if sender.user_id is not None else Identified(_anonymous(message), known_as(str(message.user_id)))


def milliseconds(time: datetime | float) -> int:
    """Since 1970. A number is in milliseconds already."""
    if isinstance(time, datetime):
        return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
    return int(max(-(2.0**53), min(2.0**53, time)))


def _user_of(message: Message, sender: Sender) -> str:
    if sender.user_id is not None:
        return sender.user_id
    if message.user_id not in (None, ""):
        if len(str(message.user_id)) > LONGEST_ID:
            raise Refused(f"userId may have {LONGEST_ID} characters at most")
        return known_as(str(message.user_id))
    if message.anonymous_id in (None, ""):
        raise Refused("it needs a userId or an anonymousId")
    return _anonymous(message)


def _anonymous(message: Message) -> str:
    if len(str(message.anonymous_id)) > LONGEST_ID:
        raise Refused(f"anonymousId may have {LONGEST_ID} characters at most")
    return f"anonymous:{known_as(str(message.anonymous_id))}"


def _name_of(message: Message) -> str:
    """The event's name as plans write it: “Message Sending” and “messageSending” are message_sending."""
    if message.type != "track":
        return message.type
    if not message.event:
        raise Refused("a track message needs the name of its event")
    name = NOT_WORD.sub("_", CAMEL.sub("_", mask_text(message.event))).strip("_").lower()
    if not name or len(name) > LONGEST_NAME:
        raise Refused(f"the name of an event has 1 to {LONGEST_NAME} letters and digits")
    return name
