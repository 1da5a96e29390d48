"""An entry of the audit log, and which entries somebody wants."""

from __future__ import annotations

import msgspec

LONGEST_TOLD = 500


class AuditEntry(msgspec.Struct, frozen=True):
    """One privileged read or action. `ts` is in milliseconds."""

    id: int
    ts: int
    actor: str
    permission: str
    object: str
    reason: str


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Entries to which all that is given applies.

    `since_ts` is the first time, `upto_ts` the one before which it ends; `text` stands somewhere in the reason,
    whatever its case.
    """

    actor: str = ""
    target: str = ""
    permission: str = ""
    since_ts: int | None = None
    upto_ts: int | None = None
    text: str = ""

    def told(self) -> str:
        """What of the log is looked at, as an object: so no look is found by its own text."""
        given = {"actor": self.actor, "object": self.target, "permission": self.permission, "text": self.text}
        times = {"from": self.since_ts, "to": self.upto_ts}
        parts = [f"{name}={value}" for name, value in given.items() if value]
        told = " ".join(parts + [f"{name}={ts}" for name, ts in times.items() if ts is not None])
        return told[:LONGEST_TOLD] or "*"


class AuditPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of the audit log, the newest entries first; `next_batch` for older ones, `prev_batch` for newer ones.

    Where a text is looked for, a page may have few entries, or none, and be followed by others all the same.
    """

    entries: list[AuditEntry]
    next_batch: str | None = None
    prev_batch: str | None = None
