"""The plug-ins of the detectors, and running one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from roomkeeper.capabilities.screening.detectors.archive import ArchiveAnalyser
from roomkeeper.capabilities.screening.detectors.decode import DecodeAnalyser
from roomkeeper.capabilities.screening.detectors.documents import DocumentAnalyser
from roomkeeper.capabilities.screening.detectors.known.sounds import SoundAnalyser
from roomkeeper.core.analysis import AnalysisFailed, AnyAnalyser
from roomkeeper.core.analysis.senses.fingerprint import FingerprintAnalyser
from roomkeeper.core.analysis.senses.likeness import FeatureAnalyser, MatchAnalyser
from roomkeeper.core.analysis.service import Analysis

ARCHIVE, DECODE, DOCUMENT = ArchiveAnalyser(), DecodeAnalyser(), DocumentAnalyser()
FINGERPRINT, FEATURES, MATCH, SOUND = FingerprintAnalyser(), FeatureAnalyser(), MatchAnalyser(), SoundAnalyser()
ALL: tuple[AnyAnalyser, ...] = (ARCHIVE, DECODE, DOCUMENT, FINGERPRINT, FEATURES, MATCH, SOUND)


async def run(analysis: Analysis, analyser: AnyAnalyser, file: Path, parameters: Any = None) -> Any:
    """The result, within the plug-in's time."""
    async with asyncio.timeout(analyser.seconds + 60):
        return await analysis.run(analyser, file, parameters or analyser.parameters(), user="a")


async def outcome(analysis: Analysis, analyser: AnyAnalyser, file: Path) -> Any:
    """The result or the failure."""
    try:
        return await run(analysis, analyser, file)
    except AnalysisFailed as failure:
        return failure
