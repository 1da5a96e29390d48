"""Fixtures for tests of the agent's parts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.time_limit import time_limit


@pytest.fixture(autouse=True)
def limited() -> Iterator[None]:
    """Nothing hangs for ever."""
    with time_limit():
        yield
