"""What runs by itself some time after a start writes rows that no request has caused: here, it never does."""

from __future__ import annotations

import pytest

from roomkeeper.capabilities.records import keeping
from roomkeeper.capabilities.screening import clearing
from roomkeeper.core.media import cleanup as media
from roomkeeper.core.organisation.widget import cleanup as widget
from roomkeeper.core.retention import service as retention

NEVER_S = 24 * 3600.0


@pytest.fixture(autouse=True)
def _nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "FIRST_S", NEVER_S)
    for module in (keeping, media, widget, retention):
        monkeypatch.setattr(module, "FIRST_LOOK_S", NEVER_S)
