"""The detectors of what is known: the same file or a similar picture; parts of a picture; a sound."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Mapping, Sequence

from roomkeeper.capabilities.screening.detectors.files import FILES, analysed
from roomkeeper.capabilities.screening.detectors.interface import (
    MEDIA_KINDS,
    Detector,
    Finding,
    Label,
    MediaFile,
    MediaKind,
    Refused,
    Scores,
    Span,
)
from roomkeeper.capabilities.screening.detectors.known import sounds
from roomkeeper.capabilities.screening.detectors.known.models import Hit, KnownItem
from roomkeeper.capabilities.screening.detectors.known.rules import inlier_score
from roomkeeper.capabilities.screening.detectors.known.service import KnownMedia
from roomkeeper.capabilities.screening.detectors.known.sounds import Sound, SoundAnalyser, SoundParameters
from roomkeeper.core.analysis.senses import FEATURES, FINGERPRINT, MATCH
from roomkeeper.core.analysis.senses.fingerprint import FingerprintParameters
from roomkeeper.core.analysis.senses.likeness import FeatureParameters, Features, MatchParameters
from roomkeeper.core.analysis.service import Analysis

LABELS: Mapping[str, Label] = {
    "prohibited": Label("It is on the list of what nobody may send.", review=0.5, block=0.7),
    "unwanted": Label("It is on the list of what a moderator looks at first.", review=0.5),
}
COMPARED = 20
"""Known pictures that one is compared with feature by feature."""


def scores_of(hits: Iterable[Hit], hashes: Mapping[str, str] | None = None, where: str = "") -> Scores:
    """What was found, as a detector says it."""
    best = sorted(hits, key=lambda hit: -hit.score)
    labels = dict.fromkeys(LABELS, 0.0)
    for hit in best:
        labels[hit.item.label] = max(labels[hit.item.label], hit.score)
    findings = tuple(Finding(hit.item.label, hit.score, where + described(hit.item, hit.how)) for hit in best)
    return Scores(labels=labels, findings=findings, hashes=hashes or {})


def described(item: KnownItem, how: str) -> str:
    """An item in words."""
    about = ", ".join(part for part in (item.source, item.note) if part)
    return f"Known file {item.id}{f' ({about})' if about else ''}: {how}."


class KnownDetector(Detector):
    """The very bytes, by SHA-256, or a picture like a known one, by PDQ: re-encoded, resized, grey, turned."""

    name = "known"
    kinds = MEDIA_KINDS
    labels = LABELS
    timeout = 20.0
    required = True

    def __init__(self, analysis: Analysis, known: KnownMedia) -> None:
        self._analysis = analysis
        self._known = known
        self.fingerprints = FINGERPRINT

    @property
    def version(self) -> str:
        """Of the hash, and of the lists."""
        return f"{self.fingerprints.version}.{self._known.generation}"

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        exact = await self._known.exact([file.sha256])
        hits = [Hit(item, "it is the very same file", 1.0) for item in exact.values()]
        if file.kind != "image":
            return scores_of(hits)
        try:
            found = await analysed(self._analysis, self.fingerprints, file, FingerprintParameters())
        except Refused:
            if hits:
                return scores_of(hits)
            raise
        same = {hit.item.id for hit in hits}
        hits += [hit for hit in await self._known.similar(found.all) if hit.item.id not in same]
        return scores_of(hits, {"pdq": found.upright} if found.upright else None)


class KnownPartsDetector(Detector):
    """A picture that a known one can be laid over: cropped, framed, turned by any angle, mirrored, pasted in."""

    name = "known_parts"
    kinds = frozenset[MediaKind]({"image"})
    labels = LABELS
    timeout = 30.0

    def __init__(self, analysis: Analysis, known: KnownMedia) -> None:
        self._analysis = analysis
        self._known = known
        self.features = FEATURES
        self.matches = MATCH

    @property
    def version(self) -> str:
        """Of the features, and of the lists."""
        return f"{self.features.version}.{self.matches.version}.{self._known.generation}"

    def absence(self) -> str | None:
        """OpenCV is optional."""
        return self._analysis.absence(self.features)

    async def features_of(self, file: MediaFile) -> Features:
        """The features of a picture. Raises `Failed`, `Refused`."""
        return await analysed(self._analysis, self.features, file, FeatureParameters())

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        index = self._known.features
        if not len(index):
            return scores_of(())
        features = await self.features_of(file)
        ways = [features.plain, features.mirrored]
        candidates = await asyncio.to_thread(index.candidates, ways, COMPARED)
        if not candidates:
            return scores_of(())
        others = [index.features(item_id) for item_id in candidates]
        matches = await analysed(self._analysis, self.matches, file, MatchParameters(features, others))
        return scores_of(await self._known.hits(_agreeing(candidates, matches.inliers)))


def _agreeing(candidates: Sequence[int], inliers: Sequence[int]) -> list[tuple[int, str, float]]:
    return [
        (item_id, f"{count} places of the pictures fit over one another", inlier_score(count))
        for count, item_id in sorted(zip(inliers, candidates, strict=True), reverse=True)
        if count
    ]


class KnownSoundDetector(Detector):
    """A known sound in a sound or video, whole or in part, however it was encoded."""

    name = "known_sound"
    kinds = frozenset[MediaKind]({"audio", "video"})
    labels = LABELS
    timeout = 90.0

    def __init__(self, analysis: Analysis, known: KnownMedia) -> None:
        self._analysis = analysis
        self._known = known
        self.sounds = SoundAnalyser()
        assert self.sounds.kind == FILES
        analysis.register(self.sounds)

    @property
    def version(self) -> str:
        """Of the fingerprint, and of the lists."""
        return f"{self.sounds.version}.{self._known.generation}"

    def absence(self) -> str | None:
        """The program is optional."""
        return None if shutil.which(sounds.PROGRAM) else sounds.MISSING

    async def sound_of(self, file: MediaFile) -> Sound:
        """The fingerprint of a sound. Raises `Failed`, `Refused`."""
        return await analysed(self._analysis, self.sounds, file, SoundParameters())

    async def look(self, file: MediaFile) -> Scores:
        """See `Detector.look`."""
        index = self._known.sounds
        if index is None:
            return scores_of(())
        try:
            sound = await self.sound_of(file)
        except Refused:
            if file.kind == "video":
                return scores_of(())  # a video may have no sound
            raise
        found = await asyncio.to_thread(index.find, sound.fingerprint)
        spans = {item_id: Span(start, end) for item_id, _, start, end in found}
        hits = await self._known.hits(
            [(item_id, f"{error:.0%} of the sound's bits differ", 1 - error / 2) for item_id, error, _, _ in found]
        )
        scores = scores_of(hits)
        ordered = sorted(hits, key=lambda hit: -hit.score)
        findings = tuple(
            Finding(finding.label, finding.score, finding.text, span=spans[hit.item.id])
            for finding, hit in zip(scores.findings, ordered, strict=True)
        )
        return Scores(labels=scores.labels, findings=findings)
