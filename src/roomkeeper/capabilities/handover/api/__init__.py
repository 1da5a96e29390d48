"""The endpoints of handover."""

from __future__ import annotations

from roomkeeper.capabilities.handover.api.departures import DeparturesApi
from roomkeeper.capabilities.handover.api.succession import SuccessionApi

__all__ = ["DeparturesApi", "SuccessionApi"]
