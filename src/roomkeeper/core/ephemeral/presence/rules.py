"""What presence a user has.

1. The most present of their devices counts. spec: client-server §Presence
2. Who is online but has done nothing for five minutes is unavailable, until they do something. §Idle timeout
3. A device that has not synced for a while is not there any more.
4. ``currently_active`` is told of everyone online: by rule 2 they were active less than five minutes ago, and that is
   what saves telling each time that they are. §Last active ago
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from roomkeeper.core.ephemeral.presence.models import OFFLINE, ONLINE, UNAVAILABLE, Device, Status
from roomkeeper.platform.errors import TooLarge

IDLE_MS = 300_000
MAX_STATUS_BYTES = 1024

_PRESENT = {OFFLINE: 0, UNAVAILABLE: 1, ONLINE: 2}


def state_of(devices: Iterable[Device], idle_ms: int) -> str:
    """The state of a user with these devices who did something `idle_ms` milliseconds ago."""
    state = max((device.state for device in devices), key=_PRESENT.__getitem__, default=OFFLINE)
    return UNAVAILABLE if state == ONLINE and idle_ms >= IDLE_MS else state


def content(status: Status, now_ms: int) -> dict[str, Any]:
    """The content of ``m.presence``."""
    told: dict[str, Any] = {"presence": status.state, "currently_active": status.state == ONLINE}
    if status.last_active_ts:
        told["last_active_ago"] = max(0, now_ms - status.last_active_ts)
    if status.status_msg is not None:
        told["status_msg"] = status.status_msg
    return told


def check_status_msg(status_msg: str | None) -> None:
    """`TooLarge` where it is."""
    if status_msg is not None and len(status_msg.encode()) > MAX_STATUS_BYTES:
        raise TooLarge(f"A status message may have {MAX_STATUS_BYTES} bytes at most.")
