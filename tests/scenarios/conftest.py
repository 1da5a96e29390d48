"""Fixtures for scenarios: application services."""

from tests.integration.appservices.conftest import bridge, make_bridge

__all__ = ["bridge", "make_bridge"]
