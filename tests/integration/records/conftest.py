"""Fixtures for records: the organisation's, and application services."""

from tests.integration.appservices.conftest import bridge, make_bridge
from tests.integration.organisation.conftest import make_office, office

__all__ = ["bridge", "make_bridge", "make_office", "office"]
