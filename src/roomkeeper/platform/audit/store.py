"""The audit log's table. It has no update and no delete, and the database refuses both."""

from __future__ import annotations

import msgspec

from roomkeeper.platform.audit.context import actor as current_actor
from roomkeeper.platform.audit.context import stated_reason
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Reader, Write


class AuditEntry(msgspec.Struct, frozen=True):
    """One privileged read or action. `ts` is in milliseconds."""

    id: int
    ts: int
    actor: str
    permission: str
    object: str
    reason: str


class AuditLog:
    """Writes entries as part of what they tell of, and reads them page by page."""

    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def record(
        self,
        write: Write,
        *,
        permission: str,
        target: str,
        reason: str = "",
        actor: str | None = None,
        append: bool = False,
    ) -> None:
        """Make the entry part of `write`: the action and its entry become durable together or not at all.

        The actor is who makes the request that is being served, where none is named; the reason that they stated with
        it stands behind the `reason` here. `append`: one of many, see `Statement`.
        """
        stated = stated_reason.get()
        write.add(
            "INSERT INTO audit_log (ts, actor, permission, object, reason) VALUES ($1, $2, $3, $4, $5)",
            self._clock.now_ms(),
            current_actor.get() if actor is None else actor,
            permission,
            target,
            f"{reason}: {stated}" if reason and stated else reason or stated,
            rows=1,
            append=append,
        )

    async def page(self, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """Entries, newest first, older than the entry with id `before`."""
        rows = await self._reader.query(
            "SELECT id, ts, actor, permission, object, reason FROM audit_log WHERE CAST($1 AS BIGINT) = 0 OR id < $1"
            " ORDER BY id DESC LIMIT $2",
            before or 0,
            limit,
        )
        return [AuditEntry(*row) for row in rows]

    async def about(self, target: str, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """The same, those whose object is `target`."""
        rows = await self._reader.query(
            "SELECT id, ts, actor, permission, object, reason FROM audit_log WHERE object = $1"
            " AND (CAST($2 AS BIGINT) = 0 OR id < $2) ORDER BY id DESC LIMIT $3",
            target,
            before or 0,
            limit,
        )
        return [AuditEntry(*row) for row in rows]
