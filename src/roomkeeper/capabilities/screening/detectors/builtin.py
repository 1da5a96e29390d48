"""The detectors that come with the server, put together."""

from __future__ import annotations

from roomkeeper.capabilities.screening.detectors.archive import ArchiveDetector
from roomkeeper.capabilities.screening.detectors.decode import DecodeDetector
from roomkeeper.capabilities.screening.detectors.documents import DocumentsDetector
from roomkeeper.capabilities.screening.detectors.external import ExternalDetector, ExternalSettings, load_service
from roomkeeper.capabilities.screening.detectors.files import KIND
from roomkeeper.capabilities.screening.detectors.known.adding import Adding
from roomkeeper.capabilities.screening.detectors.known.api import READ, WRITE, KnownMediaApi
from roomkeeper.capabilities.screening.detectors.known.detectors import (
    KnownDetector,
    KnownPartsDetector,
    KnownSoundDetector,
)
from roomkeeper.capabilities.screening.detectors.known.service import KnownMedia
from roomkeeper.capabilities.screening.detectors.links import Links
from roomkeeper.capabilities.screening.detectors.malware import MalwareDetector, MalwareSettings
from roomkeeper.capabilities.screening.detectors.registry import Detectors
from roomkeeper.capabilities.screening.detectors.sight import GoreDetector, NudityDetector
from roomkeeper.capabilities.screening.detectors.words import OcrTextDetector, SpeechTextDetector
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.media import Media
from roomkeeper.core.organisation import Permissions
from roomkeeper.core.organisation.rules import permission
from roomkeeper.platform.application import Application, DoctorFinding
from roomkeeper.platform.settings import Settings

SETTINGS: tuple[type[Settings], ...] = (MalwareSettings, ExternalSettings)
KNOWN_PACKAGE = "roomkeeper.capabilities.screening.detectors.known"


class BuiltIn:
    """What others use of them: the lists of known files, and putting a file on them."""

    def __init__(self, detectors: Detectors, known: KnownMedia, adding: Adding, malware: MalwareDetector) -> None:
        self.detectors = detectors
        self.known = known
        self.adding = adding
        self._malware = malware

    async def check(self) -> DoctorFinding:
        """For `roomkeeper doctor`: whether clamd answers, where it should."""
        absence = self._malware.absence()
        if absence is not None:
            return DoctorFinding(True, f"Malware is not looked for. {absence}")
        answers, said = await self._malware.answer()
        return DoctorFinding(
            answers, f"Malware is looked for: {said}." if answers else f"Malware is not found: {said}."
        )


def install(
    app: Application, analysis: Analysis, media: Media, permissions: Permissions, detectors: Detectors
) -> BuiltIn:
    """Add them to `detectors`, and serve the lists of known files."""
    analysis.add_kind(KIND)
    known = _install_known(app)
    whole, parts, sound = (
        KnownDetector(analysis, known),
        KnownPartsDetector(analysis, known),
        KnownSoundDetector(analysis, known),
    )
    archive = ArchiveDetector(analysis, known)
    malware = MalwareDetector(app.source.section(MalwareSettings), detectors.version_changed)
    reading = DocumentsDetector(analysis), DecodeDetector(analysis)
    models = NudityDetector(analysis), GoreDetector(analysis), OcrTextDetector(analysis), SpeechTextDetector(analysis)
    for detector in (whole, parts, sound, archive, *reading, malware, *models):
        detectors.add(detector)

    def tell() -> None:
        for detector in (whole, parts, sound, archive):
            detectors.version_changed(detector)

    known.on_change(tell)
    _install_external(app, detectors)
    permissions.declared.add(
        "known media",
        {
            READ: permission("See the lists of known files.", "moderator"),
            WRITE: permission("Change the lists of known files.", "moderator"),
        },
    )
    adding = Adding(analysis, known, whole, parts, sound)
    KnownMediaApi(app, media, known, adding).add_routes()
    app.background.add("signatures of malware", malware.watch)
    built_in = BuiltIn(detectors, known, adding, malware)
    app.doctor.add("malware", built_in.check)
    return built_in


def _install_known(app: Application) -> KnownMedia:
    app.packages.append(KNOWN_PACKAGE)
    known = KnownMedia(app)
    app.starting.add("known media", known.load)
    return known


def _install_external(app: Application, detectors: Detectors) -> None:
    links = Links(app)
    links.add_routes()
    for path in app.source.section(ExternalSettings).files:
        detectors.add(ExternalDetector(load_service(path), app.outgoing, app.clock, links.make))
