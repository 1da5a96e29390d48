"""The audit log. It has no update and no delete, and the database refuses both."""

from __future__ import annotations

from collections.abc import AsyncIterator

from roomkeeper.platform.audit import exporting, store
from roomkeeper.platform.audit.context import actor as current_actor
from roomkeeper.platform.audit.context import stated_reason
from roomkeeper.platform.audit.models import AuditEntry, AuditFilter, AuditPage
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.database import Driver, Write


class AuditLog:
    """Writes entries as part of what they tell of, and reads them page by page."""

    def __init__(self, driver: Driver, clock: Clock) -> None:
        self._driver = driver
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
        store.insert(
            write,
            ts=self._clock.now_ms(),
            actor=current_actor.get() if actor is None else actor,
            permission=permission,
            target=target,
            reason=f"{reason}: {stated}" if reason and stated else reason or stated,
            append=append,
        )

    async def find(
        self, wanted: AuditFilter, *, before: int = 0, direction: store.Direction = "older", limit: int = 100
    ) -> AuditPage:
        """A page of entries beside the one with id `before` (0: at the end that is furthest from there)."""
        place = await store.place_of(self._driver, before) if before else None
        if before and place is None:
            return AuditPage([])
        found, more = await store.page(self._driver, wanted, place, direction, limit)
        if direction == "newer":
            found.reverse()
            # Whoever comes from an older page can go back there, also where nothing is newer.
            back = str(found[-1].id) if found else None
            return AuditPage(found, back, None if more is None else str(more))
        newer = str(found[0].id) if found and place is not None else None
        return AuditPage(found, None if more is None else str(more), newer)

    def export(self, wanted: AuditFilter, form: exporting.Format) -> AsyncIterator[bytes]:
        """All entries that are there now, as a file."""
        return exporting.lines(self._driver, wanted, form)

    async def permissions(self) -> list[str]:
        """The names of permissions that there are entries of."""
        return await store.permissions(self._driver)

    async def page(self, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """Entries, newest first, older than the entry with id `before`."""
        return (await self.find(AuditFilter(), before=before or 0, limit=limit)).entries

    async def about(self, target: str, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """The same, those whose object is `target`."""
        return (await self.find(AuditFilter(target=target), before=before or 0, limit=limit)).entries
