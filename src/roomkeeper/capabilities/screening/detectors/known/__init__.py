"""Files that are known to be bad: found again by the same bytes, a similar picture, a part of it, or their sound."""

from __future__ import annotations

from roomkeeper.capabilities.screening.detectors.known.models import KnownItem, KnownLabel

__all__ = ["KnownItem", "KnownLabel"]
