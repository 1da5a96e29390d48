"""The plug-ins that come with the server."""

from __future__ import annotations

from roomkeeper.core.analysis.analysers.perceptual_hash import PerceptualHashAnalyser
from roomkeeper.core.analysis.analysers.probe import ProbeAnalyser
from roomkeeper.core.analysis.analysers.thumbnail import ThumbnailAnalyser
from roomkeeper.core.analysis.analysers.types import TypeAnalyser
from roomkeeper.core.analysis.models import AnyAnalyser

TYPE = TypeAnalyser()
PROBE = ProbeAnalyser()
THUMBNAIL = ThumbnailAnalyser()
PERCEPTUAL_HASH = PerceptualHashAnalyser()

BUILT_IN: tuple[AnyAnalyser, ...] = (TYPE, PROBE, THUMBNAIL, PERCEPTUAL_HASH)
