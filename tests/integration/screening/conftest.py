"""Fixtures for screening: the organisation's, and jobs that begin at once."""

from __future__ import annotations

import pytest

from roomkeeper.capabilities.screening import checking, rescreening
from roomkeeper.platform.jobs import service
from tests.integration.organisation.conftest import make_office, office

__all__ = ["make_office", "office"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "START_DELAY_S", 0.0)
    monkeypatch.setattr(rescreening, "GATHER_S", 0.05)
    monkeypatch.setattr(checking, "AGAIN_S", 0.05)
