"""Making a file known: its bytes, and what is similar to it, from then on."""

from __future__ import annotations

from roomkeeper.capabilities.screening.detectors.files import analysed
from roomkeeper.capabilities.screening.detectors.interface import Failed, MediaFile, Refused
from roomkeeper.capabilities.screening.detectors.known.detectors import (
    KnownDetector,
    KnownPartsDetector,
    KnownSoundDetector,
)
from roomkeeper.capabilities.screening.detectors.known.models import KnownItem, KnownLabel, NewItem
from roomkeeper.capabilities.screening.detectors.known.service import KnownMedia
from roomkeeper.core.analysis.senses.fingerprint import FingerprintParameters
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.platform.errors import Unavailable


class Adding:
    """Puts files on the lists; what can be found of each is asked of the detectors that will look for it."""

    def __init__(
        self,
        analysis: Analysis,
        known: KnownMedia,
        whole: KnownDetector,
        parts: KnownPartsDetector,
        sound: KnownSoundDetector,
    ) -> None:
        self._analysis = analysis
        self._known = known
        self._whole = whole
        self._parts = parts
        self._sound = sound

    async def add(self, file: MediaFile, label: KnownLabel, source: str, note: str, actor: str) -> KnownItem:
        """Make a file known, by all that there is to know it by. Raises `Unavailable` where workers are too busy."""
        try:
            item = NewItem(
                label=label,
                sha256=file.sha256,
                pdq=await self._pdq(file),
                source=source,
                note=note,
                features=await self._features(file),
                sound=await self._fingerprint(file),
            )
        except Failed as failed:
            raise Unavailable(f"The file could not be looked into: {failed}") from None
        return await self._known.add(item, actor)

    async def _pdq(self, file: MediaFile) -> str | None:
        if file.kind != "image":
            return None
        try:
            found = await analysed(self._analysis, self._whole.fingerprints, file, FingerprintParameters())
        except Refused:
            return None
        return found.upright or None

    async def _features(self, file: MediaFile) -> bytes:
        if file.kind != "image" or self._parts.absence() is not None:
            return b""
        try:
            return (await self._parts.features_of(file)).plain
        except Refused:
            return b""

    async def _fingerprint(self, file: MediaFile) -> bytes:
        if file.kind not in ("audio", "video") or self._sound.absence() is not None:
            return b""
        try:
            return (await self._sound.sound_of(file)).fingerprint
        except Refused:
            return b""
