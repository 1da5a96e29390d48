"""Media that nobody but their uploader is shown any more: known in memory, since each download asks."""

from __future__ import annotations

from roomkeeper.capabilities.screening.store import cases as store
from roomkeeper.core.media import Medium
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write

PAGE = 5_000


class WithheldMedia:
    """Which they are."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._media_ids: set[str] = set()

    async def load(self) -> None:
        """At the start."""
        after = ""
        while page := await store.withheld_after(self._app.driver, after, PAGE):
            self._media_ids.update(page)
            after = page[-1]

    def __contains__(self, media_id: str) -> bool:
        return media_id in self._media_ids

    def withholds(self, medium: Medium) -> bool:
        """See `media.Withheld`."""
        return medium.media_id in self._media_ids

    def add(self, write: Write, media_id: str, case_id: str) -> None:
        """Withhold a medium: at once, and with `write` for good."""
        store.withhold(write, media_id, case_id, self._app.clock.now_ms())
        self._media_ids.add(media_id)

    def remove(self, write: Write, media_id: str) -> None:
        """Make it part of `write` to show a medium again; `removed` is called when that is durable."""
        store.show_again(write, media_id)

    def removed(self, media_id: str) -> None:
        """It is durable."""
        self._media_ids.discard(media_id)
