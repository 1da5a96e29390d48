"""Looking into media: plug-ins that run in worker processes of their own, which may be killed at any time.

A worker imports this package too, so nothing heavy is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomkeeper.core.analysis import senses
from roomkeeper.core.analysis.analysers import BUILT_IN, PERCEPTUAL_HASH, PROBE, THUMBNAIL, TYPE
from roomkeeper.core.analysis.analysers.probe import ImageFacts, ProbeParameters
from roomkeeper.core.analysis.analysers.thumbnail import Thumbnail, ThumbnailParameters
from roomkeeper.core.analysis.analysers.types import sniff
from roomkeeper.core.analysis.models import IMAGES, Analyser, AnalysisFailed, AnyAnalyser, Priority, Refused, WorkerKind
from roomkeeper.core.analysis.settings import AnalysisSettings
from roomkeeper.platform.logs import get_logger

if TYPE_CHECKING:
    from roomkeeper.core.analysis.service import Analysis
    from roomkeeper.platform.application import Application

log = get_logger(area="analysis")

__all__ = [
    "BUILT_IN",
    "PERCEPTUAL_HASH",
    "PROBE",
    "THUMBNAIL",
    "TYPE",
    "Analyser",
    "AnalysisFailed",
    "AnalysisSettings",
    "AnyAnalyser",
    "ImageFacts",
    "Priority",
    "ProbeParameters",
    "Refused",
    "Thumbnail",
    "ThumbnailParameters",
    "WorkerKind",
    "install",
    "make",
    "sniff",
]


def make(settings: AnalysisSettings) -> Analysis:
    """The service, with the plug-ins for images and the senses. No worker starts before there is work for it."""
    from roomkeeper.core.analysis.service import Analysis

    analysis = Analysis(settings)
    memory = settings.worker_memory_mib * 1024 * 1024
    for kind in (WorkerKind(name=IMAGES, processes=settings.image_workers, memory=memory), *senses.KINDS):
        analysis.add_kind(kind)
    for analyser in (*BUILT_IN, *senses.ALL):
        analysis.register(analyser)
    return analysis


def install(app: Application) -> Analysis:
    """Make the service for a server."""
    from roomkeeper.platform.figures import Figure

    analysis = make(app.source.section(AnalysisSettings))

    async def tell_what_is_absent() -> None:
        for name, why in analysis.absent:
            log.warning("a plug-in is not there", name=name, reason=why)

    app.starting.add("analysis", tell_what_is_absent)
    app.ending.add("analysis", analysis.stop)
    app.doctor.add("analysis", analysis.check)
    app.checks.add("analysis", analysis.examine)
    app.figures.add("analysis_waiting", Figure(unit="count", read=lambda: analysis.waiting, keeps="most"))
    app.figures.add("analysis_workers", Figure(unit="count", read=lambda: analysis.workers))
    return analysis
