"""A closed account, and how far its clearing is."""

from __future__ import annotations

from typing import Literal

import msgspec

CLOSING = "account_closing"
"""The kind of job."""


class ClosedAccount(msgspec.Struct, frozen=True):
    """Whose account was closed; `erase`: what is kept of them goes, too."""

    user_id: str
    erase: bool


class Progress(msgspec.Struct):
    """The cursor. `cleaner` is the number of the area whose entries are being removed."""

    phase: Literal["rooms", "profile", "entries"] = "rooms"
    cleaner: int = 0
    done: int = 0
