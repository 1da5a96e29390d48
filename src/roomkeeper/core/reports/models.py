"""A report."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["event", "room", "user"]


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody finds that others should look at. `received_ts` is in milliseconds; `user_id` is who is reported,
    or the sender of the event."""

    id: int
    received_ts: int
    reporter: str
    kind: Kind
    reason: str
    room_id: str | None = None
    event_id: str | None = None
    user_id: str | None = None
