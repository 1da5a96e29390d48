"""Who gets what of one request, within bounds.

spec: client-server §Send-to-Device messaging
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from roomkeeper.core.ephemeral.to_device.models import Messages
from roomkeeper.platform.errors import InvalidParameter, TooLarge

EVERY_DEVICE = "*"
MAX_MESSAGES = 5_000
"""Messages that one request may make, one for each device."""
MAX_EVENT = 65_536
"""Bytes of one message."""
MAX_TOTAL = 8 * 1024 * 1024
"""Bytes that the messages of one request may have together, once they are made for each device."""
MAX_TYPE = 255


def check_type(event_type: str) -> None:
    """`InvalidParameter` for what cannot be a type."""
    if not event_type or "\0" in event_type or len(event_type.encode()) > MAX_TYPE:
        raise InvalidParameter(f"An event type must have 1 to {MAX_TYPE} bytes, and no NUL.")


def messages_for(
    sender: str, event_type: str, contents: Mapping[str, Mapping[str, Any]], device_ids: Sequence[str]
) -> Messages:
    """What each of a user's devices gets: what is for it by name, else what is for every device.

    Devices that there are not get nothing. Raises `TooLarge`.
    """
    encoded = {
        device_id: _encode(sender, event_type, content)
        for device_id, content in contents.items()
        if device_id == EVERY_DEVICE or device_id in device_ids
    }
    for_every = encoded.pop(EVERY_DEVICE, None)
    if for_every is None:
        return encoded
    return {device_id: encoded.get(device_id, for_every) for device_id in device_ids}


def check_bounds(messages: Mapping[str, Messages]) -> None:
    """`TooLarge` where one request makes too many messages, or too many bytes of them."""
    if sum(map(len, messages.values())) > MAX_MESSAGES:
        raise TooLarge(f"One request may send {MAX_MESSAGES} messages at most; send several requests.")
    if sum(len(event) for of_user in messages.values() for event in of_user.values()) > MAX_TOTAL:
        raise TooLarge(f"The messages of one request may have {MAX_TOTAL} bytes at most; send several requests.")


def _encode(sender: str, event_type: str, content: Mapping[str, Any]) -> bytes:
    event = msgspec.json.encode({"type": event_type, "sender": sender, "content": content})
    if len(event) > MAX_EVENT:
        raise TooLarge(f"A message to a device may have {MAX_EVENT} bytes at most.")
    return event
