"""What of screening needs somebody, for the console's overview: cases that wait long, detectors that are missing."""

from __future__ import annotations

from roomkeeper.capabilities.screening.looking import Looking
from roomkeeper.capabilities.screening.policies import Policies
from roomkeeper.capabilities.screening.settings import ScreeningSettings
from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.core.organisation import Permissions
from roomkeeper.core.overview import AttentionItem
from roomkeeper.platform.application import Application

MINUTE_MS = 60_000
PAGE = "screening"


class ScreeningAttention:
    """Says so, to each what they may see."""

    def __init__(
        self,
        app: Application,
        settings: ScreeningSettings,
        permissions: Permissions,
        policies: Policies,
        looking: Looking,
    ) -> None:
        self._app = app
        self._late_after_ms = settings.late_after_minutes * MINUTE_MS
        self._permissions = permissions
        self._policies = policies
        self._looking = looking

    async def of(self, actor: str) -> list[AttentionItem]:
        """See `overview.Attention`."""
        return [*await self._late(actor), *await self._missing(actor)]

    async def _late(self, actor: str) -> list[AttentionItem]:
        scope = await self._permissions.scope(actor, "screening.review")
        if not scope:
            return []
        within, now = None if scope.is_everywhere else scope.departments, self._app.clock.now_ms()
        count, since = await store.waiting(self._app.driver, within, now - self._late_after_ms)
        if not count or since is None:
            return []
        values: dict[str, str | int] = {"count": count, "late_after_ms": self._late_after_ms, "longest_ms": now - since}
        return [AttentionItem(code="screening.late", state="warning", page=PAGE, view="queue", values=values)]

    async def _missing(self, actor: str) -> list[AttentionItem]:
        if not await self._permissions.scope(actor, "screening.read"):
            return []
        found = []
        for detector in self._looking.detectors.all():
            absence = detector.absence()
            if absence is None or not (needing := self._policies.needing(detector)):
                continue
            values: dict[str, str | int] = {
                "detector": detector.name, "reason": absence, "policies": ", ".join(needing),
            }  # fmt: skip
            found.append(
                AttentionItem(code="screening.detector", state="failing", page=PAGE, view="detectors", values=values)
            )
        return found
