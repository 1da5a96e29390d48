"""Fixtures for safety: the organisation's."""

from tests.integration.organisation.conftest import make_office, office

__all__ = ["make_office", "office"]
