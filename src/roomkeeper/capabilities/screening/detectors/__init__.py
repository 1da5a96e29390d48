"""What looks into media, one module each.

A module has one or more subclasses of `Detector` (`interface.py` says what that is) and, where it decodes anything, an
`Analyser` for a worker process. `registry.py` keeps those that are there. Workers import these modules too: nothing
heavy is imported at the top of one.
"""

from __future__ import annotations

from roomkeeper.capabilities.screening.detectors.interface import (
    Absent,
    Box,
    Detector,
    Failed,
    Finding,
    Label,
    MediaFile,
    MediaKind,
    Refused,
    Scores,
    Span,
    Text,
    kind_of,
)
from roomkeeper.capabilities.screening.detectors.registry import Detectors

__all__ = [
    "Absent",
    "Box",
    "Detector",
    "Detectors",
    "Failed",
    "Finding",
    "Label",
    "MediaFile",
    "MediaKind",
    "Refused",
    "Scores",
    "Span",
    "Text",
    "kind_of",
]
