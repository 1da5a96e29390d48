"""Fixtures: an organisation with nobody but its owner."""

from tests.integration.organisation.conftest import make_office, office

__all__ = ["make_office", "office"]
